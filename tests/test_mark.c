/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/mark: what is read, what is refused, which chain sets what, and what is remembered. */
#include "tests/requests.h"

#include "conf/firewall_chain.h"
#include "store/record.h"
#include "tests/tap.h"

#include <stdlib.h>

#define IPAM "'ipam':{'subnet':'10.77.0.0/16'}"

static const struct attachment *const want = &request.wish;

static void read_marks(const char *list)
{
	char text[8192];

	(void)snprintf(text, sizeof text, IPAM ",'mark':%s", list);
	add("", text);
}

static void test_dscp(void)
{
	static const struct {
		const char *text;
		int dscp;
	} cases[] = {
		{"0", 0},	 {"63", 63},	{"'ef'", 46},  {"'EF'", 46},   {"'va'", 44},   {"'le'", 1},
		{"'be'", 0},	 {"'cs0'", 0},	{"'cs7'", 56}, {"'af11'", 10}, {"'af43'", 38}, {"'AF21'", 18},
		{"64", -1},	 {"-1", -1},	{"'cs8'", -1}, {"'af14'", -1}, {"'af51'", -1}, {"'af1'", -1},
		{"'af111'", -1}, {"'csx'", -1}, {"''", -1},    {"'46'", -1},   {"1.0", -1},    {"true", -1},
	};
	char list[64];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(list, sizeof list, "[{'dscp':%s}]", cases[i].text);
		read_marks(list);
		is_int(err.code == ERROR_NONE ? want->marks[0].dscp : -1, cases[i].dscp, cases[i].text);
	}
}

static void test_fwmark(void)
{
	static const struct {
		const char *text, *written;
	} cases[] = {
		{"'0x10/0xf0'", "0x10/0xf0"},
		{"'16'", "0x10/0xffffffff"},
		{"16", "0x10/0xffffffff"},
		{"'0/0xff'", "0x0/0xff"},
		{"'0XfF/255'", "0xff/0xff"},
		{"4294967295", "0xffffffff/0xffffffff"},
		{"4294967296", NULL},
		{"'0x10/0x0f'", NULL},
		{"'1/0'", NULL},
		{"'0x'", NULL},
		{"'1/'", NULL},
		{"'1/2/3'", NULL},
		{"'0x1g'", NULL},
		{"' 1'", NULL},
		{"-1", NULL},
		{"''", NULL},
		{"'0x1ffffffff'", NULL},
		{"true", NULL},
	};
	char list[64], text[FWMARK_TEXT_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(list, sizeof list, "[{'fwmark':%s}]", cases[i].text);
		read_marks(list);
		is_int(err.code == ERROR_NONE, cases[i].written != NULL, cases[i].text);
		if (cases[i].written)
			is_text(mark_fwmark_format(&want->marks[0], text), cases[i].written, cases[i].text);
	}
}

static void test_refused(void)
{
	static const char *const cases[][2] = {
		{"{}", "mark: expected a list, got {}"},
		{"[7]", "mark[0]: expected an object, got 7"},
		{"[{'protocol':'udp'}]", "mark[0]: has none of dscp, ttl, fwmark"},
		{"[{'ttl':0}]", "mark[0].ttl: 0 is not between 1 and 255"},
		{"[{'ttl':256}]", "mark[0].ttl: 256 is not between 1 and 255"},
		{"[{'dscp':1},{'dscp':'cs9'}]",
		 "mark[1].dscp: \"cs9\" is no DSCP: cs0 to cs7, af11 to af43, ef, va, le, be or 0 to 63"},
		{"[{'fwmark':'1/0'}]",
		 "mark[0].fwmark: \"1/0\" is no fwmark: \"value/mask\", with no bit outside of the "
		 "mask"},
		{"[{'ttl':1,'table':100}]", "mark[0].table: only with a fwmark"},
		{"[{'fwmark':'1','table':-1}]", "mark[0].table: -1 is not between 0 and 4294967295"},
		{"[{'fwmark':'0/1','table':7}]",
		 "mark[0].table: only for packets from the container, and a fwmark that is not 0"},
		{"[{'direction':'in','fwmark':'1','table':7}]",
		 "mark[0].table: only for packets from the container, and a fwmark that is not 0"},
		{"[{'fwmark':'16/240','table':7},{'fwmark':'0x10/0x70','table':8},{'fwmark':'0x10/0xf0','table':8}]",
		 "mark[2].table: fwmark 0x10/0xf0 has table 7 by mark[0]"},
		{"[{'fwmark':'1','outInterface':'eth0'}]",
		 "mark[0].outInterface: not known yet when the fwmark is set"},
		{"[{'direction':'up','ttl':1}]", "mark[0].direction: \"up\" is none of in, out"},
		{"[{'ttl':1,'sport':1}]", "mark[0].sport: there is no such key"},
		{"[{'ttl':1,'source':['10.0.0.1/8']}]", "mark[0].source[0]: \"10.0.0.1/8\" is no subnet: it has host "
							"bits set"},
	};
	char many[1024] = "[{'ttl':1}";

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		read_marks(cases[i][0]);
		is_text(err.msg, cases[i][1], cases[i][0]);
		ok(err.code == ERROR_CONFIG || err.code == ERROR_DECODE, cases[i][0]);
	}
	for (int i = 0; i < MAX_MARKS; i++)
		strcat(many, ",{'ttl':1}");
	strcat(many, "]");
	read_marks(many);
	is_text(err.msg, "mark: 17 entries, at most 16 are served", "bounded");
}

static void test_chains(void)
{
	static const enum firewall_direction chains[] = {FIREWALL_ROUTED, FIREWALL_MARKED_IN, FIREWALL_MARKED_OUT};
	static const struct {
		const char *list;
		uint8_t fields[3];
	} cases[] = {
		{"[{'fwmark':1,'ttl':1}]", {MARK_FWMARK, 0, MARK_TTL}},
		{"[{'direction':'in','fwmark':1,'dscp':1}]", {0, MARK_FWMARK | MARK_DSCP, 0}},
		{"[{'dscp':1,'ttl':1}]", {0, 0, MARK_DSCP | MARK_TTL}},
	};
	struct firewall_chain chain, again;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		read_marks(cases[i].list);
		for (size_t j = 0; j < sizeof chains / sizeof *chains; j++) {
			is_int(firewall_mark_fields(&want->marks[0], chains[j]), cases[i].fields[j], cases[i].list);
			is_int(firewall_chain(want, chains[j], &chain), cases[i].fields[j] != 0, cases[i].list);
		}
	}
	ok(firewall_chain(want, FIREWALL_MARKED_OUT, &chain), "a chain");
	request.wish.marks[0].ttl++;
	ok(firewall_chain(want, FIREWALL_MARKED_OUT, &again) && strcmp(chain.name, again.name) != 0,
	   "other marks, other chain");
	read_marks("[]");
	ok(!firewall_chain(want, FIREWALL_MARKED_OUT, &chain) && want->mark_count == 0, "no marks, no chain");
}

static void test_record(void)
{
	static struct attachment found;
	struct error problem = ERROR_INIT;
	char *text = NULL, *at;
	size_t length;

	attachment_init(&found);
	read_marks(
		"[{'dscp':'ef','protocol':'udp','destinationPorts':['5060-5069']},{'fwmark':'0x10/0xf0','table':100}]");
	request.wish.address_count = 0; /* none is chosen yet */
	ok(record_format(want, &text, &length, &problem) == 0, "written");
	is_int(record_parse(&found, text, length, &problem), 0, "read");
	is_int(found.mark_count, 2, "both");
	ok(memcmp(found.marks, want->marks, 2 * sizeof *found.marks) == 0, "the same");
	at = strstr(text, "\"0x10/0xf0\"");
	ok(at != NULL, "a fwmark");
	if (at)
		memcpy(at, "\"0x10/240\" ", strlen("\"0x10/0xf0\""));
	is_int(record_parse(&found, text, length, &problem), -1, "written another way it is no record");
	free(text);
}

int main(void)
{
	test_dscp();
	test_fwmark();
	test_refused();
	test_chains();
	test_record();
	request_free(&request);
	return done();
}
