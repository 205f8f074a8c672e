/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resolv.conf into the "dns" of a result. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"

#include <stddef.h>

enum { MAX_RESOLV_CONF = 64 * 1024 };

/**
 * resolv_read() - read a file in the format of resolv.conf(5)
 * @path: followed if it is a symbolic link, as /etc/resolv.conf often is
 *
 * ERROR_IO names the path: not there, no regular file (nothing blocks, also on a FIFO), more than 64 KiB.
 */
int resolv_read(struct dns *dns, const char *path, struct error *err);

/**
 * resolv_parse() - the file's text
 * @path: for messages
 *
 * As the reference's parser: white space separates words, lines that begin with "#" or ";" and lines of one word are
 * skipped, the last "domain" wins, several "search" and "options" lines add up. ERROR_CONFIG when there are more words
 * than a result of ours has room for.
 */
int resolv_parse(struct dns *dns, char *text, const char *path, struct error *err);
