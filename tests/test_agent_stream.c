/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent/stream: a recorded watch of etcd 3.4 comes out the same wherever it is cut. agent/backoff: its bounds. */
#include "agent/stream.h"

#include "agent/backoff.h"
#include "tests/tap.h"

#include <stdlib.h>

static const char recorded[] =
	"{\"result\":{\"header\":{\"cluster_id\":\"14841639068965178418\",\"revision\":\"7\",\"raft_term\":\"2\"},"
	"\"created\":true}}\n"
	"{\"result\":{\"header\":{\"revision\":\"8\"},\"events\":[{\"kv\":{\"key\":\"L3g=\",\"mod_revision\":\"8\","
	"\"value\":\"e30=\"}}]}}\n"
	"\n"
	"{\"result\":{\"header\":{\"revision\":\"9\"},\"events\":[{\"type\":\"DELETE\",\"kv\":{\"key\":\"L3g=\",\"mod_"
	"revision\":\"9\"}}]}}\n"
	"{\"error\":{\"grpc_code\":14,\"http_code\":503,\"message\":\"etcdserver: server stopped\"}}\n";

static int lines[4];

/** measure_lines() - by another way than the one that is tested */
static void measure_lines(void)
{
	int count = 0;

	for (const char *line = recorded; *line; line = strchr(line, '\n') + 1)
		if (*line != '\n' && count < 4)
			lines[count++] = (int)(strchr(line, '\n') - line);
}

/** count_lines() - of the recording in two pieces. Return: how many were right */
static int count_lines(size_t cut)
{
	struct stream stream = {.bytes = NULL};
	struct error err = ERROR_INIT;
	const size_t pieces[] = {cut, sizeof recorded - 1 - cut};
	const char *line, *from = recorded;
	size_t length;
	int count = 0;

	for (int i = 0; i < 2; from += pieces[i++]) {
		if (stream_append(&stream, from, pieces[i], &err) < 0)
			return -1;
		for (; stream_next(&stream, &line, &length); count++)
			if (count < 4 && ((int)length != lines[count] || line[0] != '{' || line[length - 1] != '}'))
				return -1;
	}
	stream_clear(&stream);
	return count;
}

static void test_cuts(void)
{
	size_t wrong = 0;

	for (size_t cut = 0; cut < sizeof recorded; cut++)
		wrong += count_lines(cut) != 4;
	is_int(wrong, 0, "four lines, wherever the recording is cut");
}

static void test_byte_by_byte(void)
{
	struct stream stream = {.bytes = NULL};
	struct error err = ERROR_INIT;
	const char *line;
	size_t length;
	int count = 0;

	for (size_t i = 0; i < sizeof recorded - 1; i++) {
		(void)stream_append(&stream, recorded + i, 1, &err);
		count += stream_next(&stream, &line, &length);
	}
	is_int(count, 4, "four lines, byte by byte");
	is_int(stream.length - stream.taken, 0, "and nothing is left");
	stream_clear(&stream);
}

static void test_endless(void)
{
	enum { PIECE = 1 << 20 };
	struct stream stream = {.bytes = NULL};
	struct error err = ERROR_INIT;
	char *piece = malloc(PIECE);
	const char *line;
	size_t length;
	int pieces = 0;

	memset(piece, 'x', PIECE);
	while (pieces < 64 && stream_append(&stream, piece, PIECE, &err) == 0) {
		(void)stream_next(&stream, &line, &length);
		pieces++;
	}
	is_int(pieces, STREAM_LINE_LIMIT / PIECE, "a line without an end is given up");
	is_int(err.code, ERROR_DECODE, "and that is said");
	stream_clear(&stream);
	free(piece);
}

static void test_backoff(void)
{
	struct backoff backoff = {.failures = 0};
	int wrong = 0;

	for (int64_t longest = BACKOFF_FIRST_MS, i = 0; i < 40; i++, longest *= 2) {
		const int64_t bound = longest > BACKOFF_LAST_MS || i > 20 ? BACKOFF_LAST_MS : longest;
		const int64_t delay = backoff_next(&backoff);

		if (i > 20)
			longest = BACKOFF_LAST_MS;
		wrong += delay < bound / 2 || delay >= bound;
	}
	is_int(wrong, 0, "from a half of 100 ms up to 30 s, doubled each time");
}

int main(void)
{
	measure_lines();
	test_cuts();
	test_byte_by_byte();
	test_endless();
	test_backoff();
	return done();
}
