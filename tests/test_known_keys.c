/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/known_keys: what is misspelt is found wherever it stands, what belongs to others is left alone. */
#include "conf/known_keys.h"

#include "tests/tap.h"

static void test_known_keys(void)
{
	json_t *document =
		json_loads("{\"type\":\"cambric\",\"MTU\":1,\"foo\":{\"bar\":1},\"ipam\":{\"ranges\":[[{\"subnet\":"
			   "\"x\",\"rangestart\":1,\"end\":1}]]},\"args\":{\"x\":1},\"dns\":{\"servers\":[]}}",
			   0, NULL);
	struct field root = field_root(document, "");
	struct unknown_keys unknown;

	known_keys_find(&root, &unknown);
	is_int(unknown.count, 3, "unknown keys");
	is_text(unknown.paths[0], "foo", "at the top");
	is_text(unknown.paths[1], "ipam.ranges[0][0].end", "in lists of lists");
	is_text(unknown.paths[2], "dns.servers", "in an object");
	(void)json_object_set_new(json_object_get(document, "ipam"), "type", json_string("dhcp"));
	known_keys_find(&root, &unknown);
	is_int(unknown.count, 2, "a delegate's keys are its own");
	json_decref(document);
}

int main(void)
{
	test_known_keys();
	return done();
}
