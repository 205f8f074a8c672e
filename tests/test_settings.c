/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/settings: keys of sysctls, who wins, what is refused, and what is remembered. */
#include "tests/requests.h"

#include "store/record.h"
#include "tests/tap.h"

#include <stdlib.h>

#define IPAM "'ipam':{'subnet':'10.77.0.0/16'}"

static const struct container_settings *const got = &request.wish.settings;

static void read_keys(const char *keys)
{
	char text[8192];

	(void)snprintf(text, sizeof text, IPAM "%s%s", *keys ? "," : "", keys);
	add("", text);
}

static void test_keys(void)
{
	static const struct {
		const char *text, *key;
	} cases[] = {
		{"net.ipv4.conf.IFNAME.arp_filter", "ipv4/conf/IFNAME/arp_filter"},
		{"net/ipv4/conf/IFNAME/arp_filter", "ipv4/conf/IFNAME/arp_filter"},
		{"net.core/somaxconn", "core/somaxconn"},
		{"net.unix", "unix"},
		{"kernel.hostname", NULL},
		{"network.ipv4", NULL},
		{"net", NULL},
		{"net.", NULL},
		{"", NULL},
		{".net.ipv4.ip_forward", NULL},
		{"/net/ipv4/ip_forward", NULL},
		{"net.ipv4.", NULL},
		{"net..ipv4", NULL},
		{"net/../kernel/hostname", NULL},
		{"net/./ipv4", NULL},
		{"net.ipv4/../../kernel/hostname", NULL},
		{"net.ipv4.conf.%s.x", NULL},
		{"net.ipv4.conf.a b", NULL},
		{"net.ipv4.conf.a\tb", NULL},
	};
	char key[SYSCTL_KEY_SIZE], text[2 * SYSCTL_KEY_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool valid = setting_key_parse(cases[i].text, key);

		ok(valid == (cases[i].key != NULL), cases[i].text);
		if (valid && cases[i].key)
			is_text(key, cases[i].key, cases[i].text);
	}
	for (int length = SYSCTL_KEY_SIZE - 2; length <= SYSCTL_KEY_SIZE; length++) {
		(void)snprintf(text, sizeof text, "net.%0*d", length, 0);
		ok(setting_key_parse(text, key) == (length < SYSCTL_KEY_SIZE), "as long as there is room for");
	}
}

static void test_sources(void)
{
	read_keys("");
	ok(!got->promisc && !got->allmulti && !got->source_routing && !got->sizes_queue && got->sysctl_count == 0,
	   "nothing unless asked for");
	read_keys("'promisc':true,'allmulti':true,'txQLen':500,'sourceRouting':true,'sysctl':{'net.a.b':'1','net/c':'2 "
		  "3'}");
	is_text(err.msg, "", "all keys");
	ok(got->promisc && got->allmulti && got->source_routing && got->tx_queue_length == 500, "flags and length");
	is_int(got->sysctl_count, 2, "sysctls");
	is_text(got->sysctls[0].key, "a/b", "in their order");
	is_text(got->sysctls[1].value, "2 3", "values as they are");
	read_keys("'promisc':true,'txQLen':500,'sysctl':{'net.a.b':'1','net.c':'2'},"
		  "'args':{'cni':{'promisc':false,'allmulti':true,'txQLen':7,'sysctl':{'net/a/b':'8','net.d':'9'}}}");
	is_text(err.msg, "", "args.cni");
	ok(!got->promisc && got->allmulti && got->tx_queue_length == 7, "wins");
	is_int(got->sysctl_count, 3, "and adds");
	is_text(got->sysctls[0].value, "8", "a replaced value");
	read_keys("'txQLen':0");
	ok(got->sizes_queue && got->tx_queue_length == 0, "no queue is a length, too");
	read_keys("'args':{'cni':{'sysctl':{'net.d':'9'}}}");
	is_int(got->sysctl_count, 1, "also where the configuration has none");
}

static void test_refused(void)
{
	static const struct {
		const char *keys, *msg;
		enum error_code code;
	} cases[] = {
		{"'sysctl':{'kernel.hostname':'x'}", "invalid net sysctl key: \"kernel.hostname\"", ERROR_CONFIG},
		{"'sysctl':{'net/../kernel/x':'x'}", "invalid net sysctl key: \"net/../kernel/x\"", ERROR_CONFIG},
		{"'sysctl':{'net.a.b':'1','net/a/b':'1'}", "sysctl: duplicated sysctl keys are not allowed: a/b",
		 ERROR_CONFIG},
		{"'args':{'cni':{'sysctl':{'net.a.b':'1','net/a/b':'1'}}}",
		 "args.cni.sysctl: duplicated sysctl keys are not allowed: a/b", ERROR_CONFIG},
		{"'sysctl':{'net.a':1}", "sysctl.net.a: expected a string, got 1", ERROR_DECODE},
		{"'sysctl':['net.a']", "sysctl: expected an object, got [\"net.a\"]", ERROR_DECODE},
		{"'sysctl':{'net.a':'1\\n2'}", "sysctl.net.a: more than one line", ERROR_CONFIG},
		{"'sysctl':{'net.a':'0123456789012345678901234567890123456789012345678901234567890123'}",
		 "sysctl.net.a: longer than 63 bytes: "
		 "0123456789012345678901234567890123456789012345678901234567890123",
		 ERROR_CONFIG},
		{"'promisc':'yes'", "promisc: expected true or false, got \"yes\"", ERROR_DECODE},
		{"'allmulti':1", "allmulti: expected true or false, got 1", ERROR_DECODE},
		{"'sourceRouting':1", "sourceRouting: expected true or false, got 1", ERROR_DECODE},
		{"'txQLen':-1", "txQLen: -1 is not between 0 and 2147483647", ERROR_CONFIG},
		{"'txQLen':2147483648", "txQLen: 2147483648 is not between 0 and 2147483647", ERROR_CONFIG},
	};
	char many[8192] = "'sysctl':{'net.a0':'1'";

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		read_keys(cases[i].keys);
		is_text(err.msg, cases[i].msg, cases[i].keys);
		is_int(err.code, cases[i].code, cases[i].keys);
	}
	for (int i = 1; i <= MAX_SYSCTLS; i++)
		(void)snprintf(many + strlen(many), sizeof many - strlen(many), ",'net.a%d':'1'", i);
	strcat(many, "}");
	read_keys(many);
	is_text(err.msg, "sysctl: at most 32 entries are served", "bounded");
}

static void test_record(void)
{
	struct attachment *written = &request.wish;
	static struct attachment found;
	struct error problem = ERROR_INIT;
	char *text = NULL, *at;
	size_t length;

	read_keys("");
	attachment_init(&found);
	written->address_count = 0; /* none is chosen yet */
	ok(record_format(written, &text, &length, &problem) == 0 && !strstr(text, "settings"), "nothing of nothing");
	free(text);
	written->settings = (struct container_settings){.promisc = true,
							.sizes_queue = true,
							.tx_queue_length = 9,
							.sysctl_count = 2,
							.sysctls = {{"ipv4/conf/IFNAME/x", "1"}, {"core/y", "2 3"}}};
	ok(record_format(written, &text, &length, &problem) == 0, "written");
	is_int(record_parse(&found, text, length, &problem), 0, "read");
	ok(memcmp(&found.settings, &written->settings, sizeof found.settings) == 0, "the same");
	at = strstr(text, "net/core");
	ok(at != NULL, "a key");
	if (at)
		memcpy(at, "net/../x", 8);
	is_int(record_parse(&found, text, length, &problem), -1, "a path that leads elsewhere is no record");
	free(text);
}

int main(void)
{
	test_keys();
	test_sources();
	test_refused();
	test_record();
	request_free(&request);
	return done();
}
