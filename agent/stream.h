/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as they come from a connection, cut into lines: a watch is one JSON object per line, without an end. */
#pragma once

#include "base/error.h"

#include <stddef.h>

enum { STREAM_LINE_LIMIT = 16 << 20, STREAM_LIMIT = 64 << 20 };

/**
 * struct stream - what has come and has not been taken
 * @bytes:   owned; @room of them, @length in use
 * @taken:   at the beginning, handed out already. @scanned: up to here there is no end of a line
 */
struct stream {
	char *bytes;
	size_t room, length, taken, scanned;
};

/** stream_append() - ERROR_DECODE when a line is longer than STREAM_LINE_LIMIT, or all that waits than STREAM_LIMIT, ERROR_IO without memory */
int stream_append(struct stream *stream, const void *bytes, size_t length, struct error *err);

/**
 * stream_next() - the next whole line that is not empty, without its end; valid until the next stream_append()
 *
 * Return: 1, or 0 when none is whole yet
 */
int stream_next(struct stream *stream, const char **line, size_t *length);

/** stream_clear() - forget everything, also half a line */
void stream_clear(struct stream *stream);
