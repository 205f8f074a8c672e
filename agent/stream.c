/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines out of pieces. */
#include "agent/stream.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096 };

/** close_up() - what was handed out makes room */
static void close_up(struct stream *stream)
{
	if (stream->taken == 0)
		return;
	stream->length -= stream->taken;
	stream->scanned -= stream->taken;
	memmove(stream->bytes, stream->bytes + stream->taken, stream->length);
	stream->taken = 0;
}

static int make_room(struct stream *stream, size_t length, struct error *err)
{
	size_t room = stream->room ? stream->room : FIRST_ROOM;

	while (room < stream->length + length)
		room *= 2;
	if (room == stream->room)
		return 0;
	char *bytes = realloc(stream->bytes, room);
	if (!bytes)
		return error_set(err, ERROR_IO, ENOMEM, "keep a line of a watch");
	stream->bytes = bytes;
	stream->room = room;
	return 0;
}

int stream_append(struct stream *stream, const void *bytes, size_t length, struct error *err)
{
	close_up(stream);
	/* All lines that are whole may be as many as they like; what must have an end is the last one */
	if (stream->scanned == stream->length && stream->length + length > STREAM_LINE_LIMIT)
		return error_set(err, ERROR_DECODE, 0, "a line of more than %d bytes", STREAM_LINE_LIMIT);
	if (stream->length + length > STREAM_LIMIT)
		return error_set(err, ERROR_DECODE, 0, "more than %d bytes at once", STREAM_LIMIT);
	if (make_room(stream, length, err) < 0)
		return -1;
	memcpy(stream->bytes + stream->length, bytes, length);
	stream->length += length;
	return 0;
}

int stream_next(struct stream *stream, const char **line, size_t *length)
{
	while (stream->scanned < stream->length) {
		const char *begin = stream->bytes + stream->taken;
		const char *end = memchr(stream->bytes + stream->scanned, '\n', stream->length - stream->scanned);

		if (!end) {
			stream->scanned = stream->length;
			break;
		}
		stream->taken = stream->scanned = (size_t)(end + 1 - stream->bytes);
		if (end == begin)
			continue;
		*line = begin;
		*length = (size_t)(end - begin);
		return 1;
	}
	return 0;
}

void stream_clear(struct stream *stream)
{
	free(stream->bytes);
	*stream = (struct stream){.bytes = NULL};
}
