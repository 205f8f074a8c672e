/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every JSON document that the program prints. */
#pragma once

#include "base/error.h"
#include "conf/request.h"
#include "plugin/resources.h"

/**
 * result_write() - the attachment as a CNI result in the shape of the request's version, to @fd
 * @attachment: NULL, or of MODE_CHAINED: the result that the request brought is handed on
 *
 * A reader that went away or a full disk is a failure (ERROR_IO): the runtime does not know of the
 * attachment then, so the caller takes it back.
 */
int result_write(const struct attachment *attachment, const struct request *request, int fd, struct error *err);

/** result_write_loopback() - @prev_result if given, else lo with the addresses of @attachment */
int result_write_loopback(const struct attachment *attachment, const struct request *request, int fd,
			  struct error *err);

/** result_write_versions() - answer to VERSION */
int result_write_versions(int fd, struct error *err);

/** result_write_error() - the one CNI error object. Return: 0, or -1 when not even that could be written */
int result_write_error(const struct error *failure, int fd);
