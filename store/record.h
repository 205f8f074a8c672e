/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record as text: JSON that people can read, read back strictly. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"

#include <stddef.h>

enum { RECORD_LIMIT = 256 * 1024, RECORD_VERSION = 1 };

/**
 * record_format() - write an attachment as JSON
 * @text:   to be freed by the caller
 * @length: bytes
 *
 * ERROR_STORE with errnum EFBIG above RECORD_LIMIT, EILSEQ when a text in it is not UTF-8.
 */
int record_format(const struct attachment *attachment, char **text, size_t *length, struct error *err);

/**
 * record_parse() - read what record_format() wrote
 * @into: undefined on failure
 *
 * Every number, text and count is checked. ERROR_STORE with errnum EBADMSG when it is no record;
 * ENOTSUP when it is one of another version, which is nobody's to throw away; ENOMEM when nobody knows.
 */
int record_parse(struct attachment *into, const char *text, size_t length, struct error *err);
