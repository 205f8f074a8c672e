/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration from stdin. */
#include "conf/input.h"

#include "base/cleanup.h"
#include "conf/field.h"
#include "conf/json_text.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/** wait_for_input() - until there is something to read or an end; a descriptor that is not open counts as readable */
static int wait_for_input(int fd, int64_t deadline, struct error *err)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	for (;;) {
		int64_t left = deadline - now_ms();
		int ready = left > 0 ? poll(&poll_fd, 1, (int)left) : 0;

		if (ready > 0)
			return 0;
		if (ready == 0)
			return error_set(err, ERROR_IO, 0, "error reading from stdin: no end of the input in time");
		if (errno != EINTR)
			return error_set(err, ERROR_IO, errno, "error reading from stdin: poll");
	}
}

/** read_some() - Return: 1 there may be more, 0 end of input, -1 failure */
static int read_some(int fd, char *into, size_t room, size_t *length, struct error *err)
{
	ssize_t got = read(fd, into + *length, room - *length);

	if (got > 0)
		*length += (size_t)got;
	if (got >= 0)
		return got > 0;
	if (errno == EINTR || errno == EAGAIN)
		return 1;
	return error_set(err, ERROR_IO, errno, "error reading from stdin");
}

int input_read(int fd, int timeout_ms, char **content, size_t *length, struct error *err)
{
	/* all the room at once: the kernel gives pages only as they are written to */
	AUTO_FREE char *text = malloc(INPUT_LIMIT + 2);
	int64_t deadline = now_ms() + timeout_ms;
	size_t used = 0;
	int more = 1;

	if (!text)
		return error_set(err, ERROR_IO, ENOMEM, "error reading from stdin");
	while (more > 0) {
		if (wait_for_input(fd, deadline, err) < 0)
			return -1;
		more = read_some(fd, text, INPUT_LIMIT + 1, &used, err);
		if (used > INPUT_LIMIT)
			return error_set(err, ERROR_IO, 0, "error reading from stdin: more than %d bytes", INPUT_LIMIT);
	}
	if (more < 0)
		return -1;
	text[used] = '\0';
	*content = text;
	*length = used;
	text = NULL;
	return 0;
}

/** is_too_large() - a number that was decoded as real though it is no int64_t */
static bool is_too_large(const json_t *json)
{
	return json_is_real(json) && (json_real_value(json) >= 0x1p63 || json_real_value(json) < -0x1p63);
}

/** find_too_large() - the first number below @field that is no int64_t, in the order of the text. @found: its path */
static bool find_too_large(const struct field *field, struct field *found)
{
	const char *key;
	json_t *value;

	if (is_too_large(field->json))
		*found = *field;
	/* jansson's iterator takes a non-const object but does not change it */
	json_object_foreach((json_t *)(uintptr_t)field->json, key, value)
	{
		struct field member = field_get(field, key);

		if (find_too_large(&member, found))
			return true;
	}
	for (size_t i = 0; i < field_count(field); i++) {
		struct field item = field_item(field, i);

		if (find_too_large(&item, found))
			return true;
	}
	return found->json != NULL;
}

/** refuse() - in the decoder's words; it knows only the place of a number that it has no room for, so name the field */
static int refuse(const char *content, size_t length, const json_error_t *fault, struct error *err)
{
	const char *const where = "error unmarshall network config: ";
	struct field found = {.json = NULL};

	if (json_error_code(fault) == json_error_numeric_overflow) {
		json_error_t ignored;
		json_auto_t *again = json_decode(
			content, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &ignored);
		struct field root = field_root(again, "");

		(void)find_too_large(&root, &found);
	}
	return error_set(err, ERROR_DECODE, 0, "%s%s%sline %d column %d: %s", where, found.path,
			 found.path[0] ? ": " : "", fault->line, fault->column, fault->text);
}

int input_parse(const char *content, size_t length, json_t **document, struct error *err)
{
	json_error_t fault = {.line = 0};
	json_t *parsed;
	struct field root;
	char value[FIELD_VALUE_SIZE];

	if (length == 0)
		return error_set(err, ERROR_DECODE, 0, "error unmarshall network config: unexpected end of JSON input");
	parsed = json_decode(content, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &fault);
	if (!parsed && json_error_code(&fault) == json_error_out_of_memory)
		return error_set(err, ERROR_IO, ENOMEM, "error unmarshall network config");
	if (!parsed)
		return refuse(content, length, &fault, err);
	if (json_is_object(parsed)) {
		*document = parsed;
		return 0;
	}
	root = field_root(parsed, "");
	(void)error_set(err, ERROR_DECODE, 0, "error unmarshall network config: expected an object, got %s",
			field_value(&root, value));
	json_decref(parsed);
	return -1;
}
