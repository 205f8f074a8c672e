/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/field: case of keys, null, wrong types, ranges, paths in messages. */
#include "conf/field.h"

#include "tests/tap.h"

static const char DOCUMENT[] =
	"{\"SubNet\": \"10.0.0.0/8\", \"name\": \"a\", \"NAME\": \"b\", \"nothing\": null,"
	" \"number\": 7, \"real\": 7.0, \"yes\": true, \"large\": 4294967296, \"negative\": -1,"
	" \"empty\": \"\", \"list\": [[{\"subnet\": 7}]], \"object\": {\"ip\": \"10.0.0.01\"},"
	" \"long\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}";
static struct field root;

static void test_keys(void)
{
	struct error err = ERROR_INIT;
	const char *text = "default";

	is_int(field_text(&root, "name", &text, &err), 0, "read");
	is_text(text, "a", "the exact key wins");
	is_int(field_text(&root, "Name", &text, &err), 0, "read");
	is_text(text, "b", "else the last that matches without regard to case");
	text = "default";
	is_int(field_text(&root, "nothing", &text, &err), 0, "null is absent");
	is_text(text, "default", "and leaves the default");
	is_int(field_text(&root, "missing", &text, &err), 0, "missing is absent");
	is_text(text, "default", "and leaves the default");
}

static void test_wrong_types(void)
{
	struct error err = ERROR_INIT;
	struct field list = field_get(&root, "list"), set = field_item(&list, 0), range = field_item(&set, 0);
	struct prefix prefix = {.length = 0};

	is_int(field_prefix(&range, "subnet", &prefix, &err), -1, "a number is no prefix");
	is_int(err.code, ERROR_DECODE, "code 6");
	is_text(err.msg, "list[0][0].subnet: expected a string, got 7", "path and value");
	error_clear(&err);
	is_int(field_object(&root, "list", &range, &err), -1, "a list is no object");
	is_text(err.msg, "list: expected an object, got [[{\"subnet\":7}]]", "path and value");
	error_clear(&err);
	is_int(field_array(&root, "yes", &range, &err), -1, "a boolean is no list");
	is_text(err.msg, "yes: expected a list, got true", "path and value");
}

static void test_long_values_are_cut(void)
{
	struct error err = ERROR_INIT;
	bool yes = false;

	is_int(field_boolean(&root, "long", &yes, &err), -1, "a string is no boolean");
	ok(strlen(err.msg) < 140, "the message is short");
	is_text(err.msg + strlen(err.msg) - 4, "x...", "and says that it was cut");
}

static void test_integers(void)
{
	struct error err = ERROR_INIT;
	int64_t number = -5;
	uint32_t narrow = 3;

	is_int(field_integer(&root, "number", 0, 10, &number, &err), 0, "in range");
	is_int(number, 7, "value");
	is_int(field_integer(&root, "number", 8, 10, &number, &err), -1, "below");
	is_text(err.msg, "number: 7 is not between 8 and 10", "path, value, range");
	is_int(err.code, ERROR_CONFIG, "code 7");
	error_clear(&err);
	is_int(field_integer(&root, "real", 0, 10, &number, &err), -1, "7.0 is no integer");
	is_text(err.msg, "real: expected an integer, got 7.0", "path and value");
	error_clear(&err);
	is_int(field_uint32(&root, "large", &narrow, &err), -1, "2^32 does not fit");
	is_int(narrow, 3, "untouched");
	error_clear(&err);
	is_int(field_uint32(&root, "negative", &narrow, &err), -1, "negative");
	is_text(err.msg, "negative: -1 is not between 0 and 4294967295", "path, value, range");
}

static void test_addresses(void)
{
	struct error err = ERROR_INIT;
	struct field object = field_get(&root, "object");
	struct ip ip = {.family = AF_UNSPEC};
	struct prefix prefix = {.length = 0};

	is_int(field_prefix(&root, "subnet", &prefix, &err), 0, "prefix, key in another case");
	is_int(prefix.length, 8, "length");
	is_int(field_ip(&root, "empty", &ip, &err), 0, "empty text is absent");
	ok(!ip_is_set(&ip), "no address");
	is_int(field_ip(&object, "ip", &ip, &err), -1, "leading zero");
	is_text(err.msg, "object.ip: invalid IP address: 10.0.0.01", "path and value");
	is_int(err.code, ERROR_CONFIG, "code 7");
}

static void test_copies_and_limits(void)
{
	struct error err = ERROR_INIT;
	struct field list = field_get(&root, "list"), missing = field_get(&root, "missing");
	struct field beyond = field_item(&list, 3);
	char room[4] = "abc";

	is_int(field_copy(&root, "subnet", room, sizeof room, &err), -1, "too long");
	is_text(err.msg, "subnet: longer than 3 bytes: 10.0.0.0/8", "limit and value");
	is_text(room, "abc", "untouched");
	error_clear(&err);
	is_int(field_limit(&list, 0, &err), -1, "too many");
	is_text(err.msg, "list: 1 entries, at most 0 are served", "path, count, limit");
	is_int(field_count(&missing), 0, "absent list is empty");
	ok(!beyond.json, "item beyond the end is absent");
	error_clear(&err);
	is_int(field_as_object(&beyond, &err), -1, "and refused where one must be");
	is_text(err.msg, "list[3]: expected an object, got nothing", "path");
}

static void test_deep_paths_keep_their_end(void)
{
	struct field field = root;

	for (int i = 0; i < 40; i++)
		field = field_get(&field, "object");
	is_int(strlen(field.path), FIELD_PATH_SIZE - 1, "cut to the room");
	ok(strncmp(field.path, "...", 3) == 0, "at the front");
	is_text(field.path + FIELD_PATH_SIZE - 8, ".object", "the end stays");
}

int main(void)
{
	json_t *document = json_loads(DOCUMENT, 0, NULL);

	if (!ok(document != NULL, "document"))
		return done();
	root = field_root(document, "");
	test_keys();
	test_wrong_types();
	test_long_values_are_cut();
	test_integers();
	test_addresses();
	test_copies_and_limits();
	test_deep_paths_keep_their_end();
	json_decref(document);
	return done();
}
