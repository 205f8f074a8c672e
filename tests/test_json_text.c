/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding without memory: the document as it is, or none. */
#include "conf/json_text.h"

#include "tests/tap.h"

#include <stdlib.h>

enum { MANY_CALLS = 10000, LONGEST = 70 };

/* Which allocation fails, counted from 1, and whether all after it do; jansson takes plain functions, so it has to be here */
static int failing_at;
static bool for_good;

static void *fail_some(size_t size)
{
	failing_at--;
	return failing_at == 0 || (for_good && failing_at < 0) ? NULL : malloc(size);
}

/** describe() - a document in which tokens of this length stand in every place where one can */
static void describe(char *text, size_t size, int length)
{
	static const char filler[] = "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij";

	(void)snprintf(text, size, "{\"%.*s\": \"%.*s\", \"list\": [\"%.*s\", 1234567, null, {\"a\": [], \"b\": {}}]}",
		       length, filler, length, filler, length, filler);
}

/** survives() - every allocation fails once. Return: how often, 0 when some document was not what the text says */
static int survives(const char *text, const json_t *expected)
{
	json_error_t fault;

	for (int tries = 1; tries < MANY_CALLS; tries++) {
		failing_at = tries;
		json_t *document = json_decode(text, strlen(text), JSON_REJECT_DUPLICATES, &fault);
		bool failed = failing_at <= 0;
		bool right = failed ? !document && json_error_code(&fault) == json_error_out_of_memory
				    : json_equal(document, expected) != 0;
		json_decref(document);
		if (!right || !failed)
			return right ? tries : 0;
	}
	return 0;
}

static void test_every_allocation(bool all_after)
{
	char text[512];
	int good = 0;

	for_good = all_after;
	for (int length = 1; length <= LONGEST; length++) {
		json_error_t fault;
		describe(text, sizeof text, length);
		json_t *expected = json_loads(text, 0, &fault);
		json_set_alloc_funcs(fail_some, free);
		good += survives(text, expected) > 10;
		json_set_alloc_funcs(malloc, free);
		json_decref(expected);
	}
	is_int(good, LONGEST,
	       all_after ? "no memory from any allocation on: no document" : "no memory once: no document");
}

static void test_plain(void)
{
	json_error_t fault;
	json_t *document = json_decode("{\"a\": 1}", 8, 0, &fault);

	is_int(json_integer_value(json_object_get(document, "a")), 1, "with memory it decodes");
	json_decref(document);
	ok(!json_decode("{\"a\": 1", 7, 0, &fault) && json_error_code(&fault) == json_error_premature_end_of_input,
	   "a text that is cut off is told as what it is");
	ok(!json_decode(NULL, 0, 0, &fault), "and so is none");
}

int main(void)
{
	test_plain();
	test_every_allocation(false);
	test_every_allocation(true);
	return done();
}
