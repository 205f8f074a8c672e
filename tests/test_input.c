/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/input: closed, idle, endless, huge, not JSON. */
#include "conf/input.h"

#include "base/cleanup.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <sys/mman.h>

/** file_of() - an anonymous file that holds @length times @letter */
static int file_of(char letter, size_t length)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	char block[4096];

	memset(block, letter, sizeof block);
	while (length > 0) {
		ssize_t done = write(fd, block, length < sizeof block ? length : sizeof block);

		if (done <= 0)
			break;
		length -= (size_t)done;
	}
	(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

static void fails(int fd, const char *msg, const char *name)
{
	struct error err = ERROR_INIT;
	AUTO_FREE char *content = NULL;
	size_t length = 0;

	is_int(input_read(fd, 50, &content, &length, &err), -1, name);
	is_int(err.code, ERROR_IO, name);
	is_text(err.msg, msg, name);
}

static void test_sizes(void)
{
	struct error err = ERROR_INIT;
	static const size_t sizes[] = {0, 1, 16384, 16385, 100000, INPUT_LIMIT};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		AUTO_CLOSE int fd = file_of('x', sizes[i]);
		AUTO_FREE char *content = NULL;
		size_t length = 7;

		is_int(input_read(fd, 1000, &content, &length, &err), 0, "read");
		is_int(length, sizes[i], "all of it");
		ok(content && strlen(content) == sizes[i], "terminated");
	}
}

static void test_refused(void)
{
	AUTO_CLOSE int large = file_of('x', INPUT_LIMIT + 1);
	AUTO_CLOSE int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int directory = open("/", O_RDONLY | O_CLOEXEC);
	int closed = dup(zero);

	fails(large, "error reading from stdin: more than 1048576 bytes", "1 MiB and a byte");
	fails(zero, "error reading from stdin: more than 1048576 bytes", "endless");
	fails(directory, "error reading from stdin: Is a directory", "a directory");
	(void)close(closed);
	fails(closed, "error reading from stdin: Bad file descriptor", "closed");
}

static void test_idle(void)
{
	int ends[2];

	if (!ok(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0, "pipe"))
		return;
	fails(ends[0], "error reading from stdin: no end of the input in time", "idle");
	ok(write(ends[1], "{}", 2) == 2, "a beginning");
	fails(ends[0], "error reading from stdin: no end of the input in time", "no end");
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void refused(const char *content, size_t length, const char *start)
{
	struct error err = ERROR_INIT;
	json_t *document = NULL;

	is_int(input_parse(content, length, &document, &err), -1, start);
	is_int(err.code, ERROR_DECODE, start);
	ok(strncmp(err.msg, start, strlen(start)) == 0, err.msg);
	ok(!document, "no document");
}

static void test_not_a_configuration(void)
{
	static const char start[] = "error unmarshall network config: ";
	static const char *const cases[] = {"{",
					    "nonsense",
					    "{} x",
					    "{\"a\":1,\"a\":1}",
					    "{\"a\":}",
					    "{} {}",
					    "{\"a\":1e400}",
					    "{'a':1}",
					    "{/**/}",
					    "\xef\xbb\xbf{}",
					    "{\"a\":\"\xff\"}",
					    "{\"a\":99999999999999999999}",
					    "{\"a\":\"\\u0000\"}",
					    "{,}"};
	static char deep[100000];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		refused(cases[i], strlen(cases[i]), start);
	refused("{\"a\":1}\0", 8, start);
	refused("{\"b\":7,\"a\":{\"mtu\":99999999999999999999}}", 40,
		"error unmarshall network config: a.mtu: line 1 ");
	refused("{\"a\":[1,[2,-99999999999999999999]],\"b\":1e30}", 44,
		"error unmarshall network config: a[1][1]: line 1 ");
	memset(deep, '[', sizeof deep);
	refused(deep, sizeof deep, start);
	refused("", 0, "error unmarshall network config: unexpected end of JSON input");
	refused("[1]", 3, "error unmarshall network config: expected an object, got [1]");
	refused("7", 1, "error unmarshall network config: expected an object, got 7");
	refused("null", 4, "error unmarshall network config: expected an object, got n");
}

static void test_a_configuration(void)
{
	struct error err = ERROR_INIT;
	json_t *document = NULL;

	is_int(input_parse("{\"name\": \"a\"}\n", 14, &document, &err), 0, "an object and a newline");
	ok(json_is_object(document), "parsed");
	json_decref(document);
}

int main(void)
{
	test_sizes();
	test_refused();
	test_idle();
	test_not_a_configuration();
	test_a_configuration();
	return done();
}
