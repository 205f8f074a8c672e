/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/environment: which variables each verb needs, what they may hold, who wins. */
#include "conf/environment.h"

#include "tests/tap.h"

#include <stdlib.h>

enum { VARIABLES = 8 };

/** run() - read an environment given as a list; the error tells what came out */
static struct error run(struct environment *environment, bool makes_interface, const char *const list[])
{
	struct error err = ERROR_INIT;
	char texts[VARIABLES][2048];
	char *variables[VARIABLES + 1];
	size_t count = 0;

	for (; list[count]; count++) {
		(void)snprintf(texts[count], sizeof texts[count], "%s", list[count]);
		variables[count] = texts[count];
	}
	variables[count] = NULL;
	(void)environment_read(environment, variables, makes_interface, &err);
	return err;
}

static void test_missing(void)
{
	static const struct {
		const char *list[VARIABLES];
		const char *msg;
	} cases[] = {
		{{"CNI_COMMAND="}, "required env variables [CNI_COMMAND] missing"},
		{{"PATH=/bin"}, "required env variables [CNI_COMMAND] missing"},
		{{"CNI_COMMAND=ADD"}, "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH] missing"},
		{{"CNI_COMMAND=CHECK", "CNI_CONTAINERID=a"},
		 "required env variables [CNI_NETNS,CNI_IFNAME,CNI_PATH] missing"},
		{{"CNI_COMMAND=DEL"}, "required env variables [CNI_CONTAINERID,CNI_IFNAME,CNI_PATH] missing"},
		{{"CNI_COMMAND=DEL", "CNI_CONTAINERID=a", "CNI_IFNAME=e", "CNI_PATH=/x"}, ""},
		{{"CNI_COMMAND=GC"}, "required env variables [CNI_PATH] missing"},
		{{"CNI_COMMAND=STATUS", "CNI_PATH="}, "required env variables [CNI_PATH] missing"},
		{{"CNI_COMMAND=GC", "CNI_PATH=/x", "CNI_CONTAINERID=-", "CNI_IFNAME=a/b"}, ""},
		{{"CNI_COMMAND=VERSION", "CNI_CONTAINERID=-"}, ""},
		{{"CNI_COMMAND=add", "CNI_CONTAINERID=-"}, ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct environment environment;
		struct error err = run(&environment, true, cases[i].list);

		is_text(err.msg, cases[i].msg, cases[i].list[0]);
		is_int(err.code, cases[i].msg[0] ? ERROR_ENVIRONMENT : ERROR_NONE, cases[i].list[0]);
	}
}

static void test_invalid_wins_over_missing(void)
{
	const char *const list[] = {"CNI_COMMAND=ADD", "CNI_CONTAINERID=../x", NULL};
	struct environment environment;
	struct error err = run(&environment, true, list);

	is_text(err.msg, "invalid characters in containerID", "the first invalid one");
	is_text(err.details, "../x", "names the value");
}

static void test_container_ids(void)
{
	static const struct {
		const char *name;
		bool valid;
	} cases[] = {
		{"a", true},	{"0", true},	  {"A-b_c.d", true},	{"a..", true},	     {"4f2a", true},
		{"", false},	{"-a", false},	  {".a", false},	{"_a", false},	     {"a b", false},
		{"a/b", false}, {"a\n", false},	  {"a\xc3\xa9", false}, {"\xc3\xa9", false}, {"a:b", false},
		{"a;b", false}, {"a\x01", false}, {" a", false},	{"a@b", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		is_int(name_is_valid(cases[i].name), cases[i].valid, "name");
}

static void test_interface_names(void)
{
	static const char *const cases[][2] = {
		{"eth0", ""},
		{"a.b-c_d@e", ""},
		{"123456789012345", ""},
		{"1234567890123456", "interface name is too long"},
		{".", "interface name is . or .."},
		{"..", "interface name is . or .."},
		{"a/b", "interface name contains / or :"},
		{"a:b", "interface name contains / or :"},
		{"eth%d", "interface name contains %"},
		{"a b", "interface name contains whitespace characters"},
		{"a\tb", "interface name contains whitespace characters"},
		{"a\x01", "interface name contains characters that are not printable ASCII"},
		{"a\x7f", "interface name contains characters that are not printable ASCII"},
		{"\xc3\xa9", "interface name contains characters that are not printable ASCII"},
		{"lo", "CNI_IFNAME \"lo\" is reserved"},
		{"all", "CNI_IFNAME \"all\" is reserved"},
		{"default", "CNI_IFNAME \"default\" is reserved"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct environment environment;
		char ifname[64];
		const char *const list[] = {"CNI_COMMAND=DEL", "CNI_CONTAINERID=a", "CNI_PATH=/x", ifname, NULL};
		struct error err;

		(void)snprintf(ifname, sizeof ifname, "CNI_IFNAME=%s", cases[i][0]);
		err = run(&environment, true, list);
		is_text(err.msg, cases[i][1], "interface name");
	}
}

static void test_lo_is_fine_for_loopback(void)
{
	const char *const list[] = {"CNI_COMMAND=ADD", "CNI_CONTAINERID=a", "CNI_PATH=/x",
				    "CNI_NETNS=/n",    "CNI_IFNAME=lo",	    NULL};
	struct environment environment;
	struct error err = run(&environment, false, list);

	is_int(err.code, ERROR_NONE, "a kind that makes no interface may be called for lo");
}

static void test_bounds(void)
{
	static char id[MAX_CONTAINER_ID + 32];
	const char *const list[] = {"CNI_COMMAND=DEL", id, "CNI_IFNAME=e", "CNI_PATH=/x", NULL};
	struct environment environment;
	struct error err;
	int length = snprintf(id, sizeof id, "CNI_CONTAINERID=");

	memset(id + length, 'a', MAX_CONTAINER_ID);
	err = run(&environment, true, list);
	is_int(err.code, ERROR_NONE, "1024 bytes");
	id[length + MAX_CONTAINER_ID] = 'a';
	err = run(&environment, true, list);
	is_text(err.msg, "CNI_CONTAINERID is longer than 1024 bytes", "1025 bytes");
}

static void test_a_long_netns(void)
{
	struct error err = ERROR_INIT;
	struct environment environment;
	static char netns[MAX_NETNS_PATH + 32] = "CNI_NETNS=/";
	char command[] = "CNI_COMMAND=DEL", id[] = "CNI_CONTAINERID=a", ifname[] = "CNI_IFNAME=e",
	     path[] = "CNI_PATH=/";
	char *variables[] = {command, id, ifname, path, netns, NULL};

	memset(netns + strlen(netns), 'x', MAX_NETNS_PATH);
	is_int(environment_read(&environment, variables, true, &err), -1, "refused also where it is optional");
	is_text(err.msg, "CNI_NETNS is longer than 4095 bytes", "limit");
}

static void test_override(void)
{
	static const struct {
		const char *text;
		bool set;
	} cases[] = {{"CNI_NETNS_OVERRIDE=1", true},	{"CNI_NETNS_OVERRIDE=TRUE", true},
		     {"CNI_NETNS_OVERRIDE=True", true}, {"CNI_NETNS_OVERRIDE=yes", false},
		     {"CNI_NETNS_OVERRIDE=", false},	{"CNI_NETNS_OVERRIDE=10", false}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *const list[] = {"CNI_COMMAND=GC", "CNI_PATH=/x", cases[i].text, NULL};
		struct environment environment;
		struct error err = run(&environment, true, list);

		ok(err.code == ERROR_NONE && environment.netns_override == cases[i].set, cases[i].text);
	}
}

static void test_verbs(void)
{
	enum command command;

	ok(command_find("STATUS", &command) && command == COMMAND_STATUS, "STATUS");
	ok(!command_find("add", &command), "verbs are upper case");
	ok(!command_find("", &command), "no verb");
}

int main(void)
{
	test_missing();
	test_invalid_wins_over_missing();
	test_container_ids();
	test_interface_names();
	test_lo_is_fine_for_loopback();
	test_bounds();
	test_a_long_netns();
	test_override();
	test_verbs();
	return done();
}
