/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/tap_config, store/record_tap: the keys of tap mode, what follows from them, the record. */
#include "tests/broken_records.h"
#include "tests/requests.h"

#include "base/cleanup.h"
#include "conf/bridged.h"
#include "store/record.h"
#include "tests/tap.h"

#define TAP "'mode':'tap','ipam':{'subnet':'10.77.0.0/16'}"

static const struct attachment *const want = &request.wish;

static void test_defaults(void)
{
	add("", TAP);
	is_text(err.msg, "", "mode and subnet are a whole configuration");
	ok(want->mode == MODE_TAP && attachment_is_routed(want), "the host routes");
	ok(want->tap.owner == 0 && want->tap.group == TAP_ANYBODY && !want->tap.multi_queue,
	   "one queue, for root alone");
	is_text(attachment_container_end(want), want->host_ifname, "the veth leaves its name to the tap");
	add("", "'ipam':{'subnet':'10.77.0.0/16'}");
	is_text(attachment_container_end(want), "eth0", "which it has elsewhere");
}

static void test_access(void)
{
	static const struct {
		const char *args, *keys;
		uint32_t owner, group;
		bool multi_queue;
	} cases[] = {
		{"", "'owner':1000", 1000, TAP_ANYBODY, false},
		{"", "'group':2000", TAP_ANYBODY, 2000, false},
		{"", "'owner':0,'group':0", 0, 0, false},
		{"", "'owner':4294967294,'multiQueue':true", 4294967294, TAP_ANYBODY, true},
		{"TC_REDIRECT_TAP_UID=7", "'owner':1000,'group':2000", 7, 2000, false},
		{"TC_REDIRECT_TAP_UID=7;TC_REDIRECT_TAP_GID=8", "'owner':1000", 7, 8, false},
		{"TC_REDIRECT_TAP_UID=7", "'args':{'cni':{'owner':9}}", 9, TAP_ANYBODY, false},
		{"TC_REDIRECT_TAP_GID=8", "'args':{'cni':{'group':9}}", TAP_ANYBODY, 9, false},
	};
	char keys[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(keys, sizeof keys, TAP ",%s", cases[i].keys);
		add(cases[i].args, keys);
		is_text(err.msg, "", cases[i].keys);
		ok(want->tap.owner == cases[i].owner, "owner");
		ok(want->tap.group == cases[i].group, "group");
		is_int(want->tap.multi_queue, cases[i].multi_queue, "queues");
	}
}

static void test_refused(void)
{
	static const struct {
		const char *args, *keys, *msg;
		enum error_code code;
	} cases[] = {
		{"", TAP ",'owner':-1", "owner: -1 is not between 0 and 4294967294", ERROR_CONFIG},
		{"", TAP ",'group':4294967295", "group: 4294967295 is not between 0 and 4294967294", ERROR_CONFIG},
		{"", TAP ",'owner':'root'", "owner: expected an integer, got \"root\"", ERROR_DECODE},
		{"", TAP ",'multiQueue':1", "multiQueue: expected true or false, got 1", ERROR_DECODE},
		{"", TAP ",'mtu':65522", "mtu: 65522 is more than the 65521 of a tap", ERROR_CONFIG},
		{"", TAP ",'bridge':'br0'", "unsupported field bridge: \"br0\"", ERROR_UNSUPPORTED_FIELD},
		{"", TAP ",'selinuxContext':'a:b:c'", "unsupported field selinuxContext: \"a:b:c\"",
		 ERROR_UNSUPPORTED_FIELD},
		{"", "'ipam':{'subnet':'10.77.0.0/16'},'owner':7", "unsupported field owner: 7",
		 ERROR_UNSUPPORTED_FIELD},
		{"", "'ipam':{'subnet':'10.77.0.0/16'},'multiQueue':true", "unsupported field multiQueue: true",
		 ERROR_UNSUPPORTED_FIELD},
		{"", TAP ",'args':{'cni':{'owner':true}}", "args.cni.owner: expected an integer, got true",
		 ERROR_DECODE},
		{"TC_REDIRECT_TAP_UID=-7", TAP, "CNI_ARGS TC_REDIRECT_TAP_UID: \"-7\" is no number below 4294967295",
		 ERROR_ENVIRONMENT},
		{"TC_REDIRECT_TAP_GID=4294967295", TAP,
		 "CNI_ARGS TC_REDIRECT_TAP_GID: \"4294967295\" is no number below 4294967295", ERROR_ENVIRONMENT},
		{"TC_REDIRECT_TAP_GID=99999999999999999999", TAP,
		 "CNI_ARGS TC_REDIRECT_TAP_GID: \"99999999999999999999\" is no number below 4294967295",
		 ERROR_ENVIRONMENT},
		{"TC_REDIRECT_TAP_UID=7 ", TAP, "CNI_ARGS TC_REDIRECT_TAP_UID: \"7 \" is no number below 4294967295",
		 ERROR_ENVIRONMENT},
		{"", "'mode':'tap'", "IPAM config missing 'ipam' key", ERROR_CONFIG},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add(cases[i].args, cases[i].keys);
		is_text(err.msg, cases[i].msg, cases[i].keys);
		is_int(err.code, cases[i].code, cases[i].keys);
	}
	add("", TAP ",'mtu':65521");
	is_text(err.msg, "", "the largest MTU");
}

static void test_prefixes(void)
{
	struct attachment attachment;

	attachment_init(&attachment);
	attachment.mode = MODE_TAP;
	attachment.address_count = 2;
	attachment.addresses[0] = (struct address){.ip = {.family = AF_INET, .bytes = {10, 77, 0, 9}},
						   .subnet = {{.family = AF_INET, .bytes = {10, 77}}, 16},
						   .gateway = {.family = AF_INET, .bytes = {10, 77, 0, 1}}};
	attachment.addresses[1] = (struct address){.ip = {.family = AF_INET6, .bytes = {0xfd, [15] = 9}},
						   .subnet = {{.family = AF_INET6, .bytes = {0xfd}}, 64}};
	attachment_complete(&attachment);
	is_int(attachment_prefix(&attachment, &attachment.addresses[0]).length, 16,
	       "IPv4 has the length of its subnet");
	is_int(attachment_prefix(&attachment, &attachment.addresses[1]).length, 128, "IPv6 stands alone");
	ok(ip_equal(&attachment.addresses[0].next_hop, &attachment.addresses[0].gateway),
	   "the gateway is in the subnet");
	is_int(attachment.addresses[1].next_hop.bytes[0], 0xfe, "or on the link");
}

static void test_record(void)
{
	static const struct broken_record broken[] = {
		{"\"multiQueue\": true", "\"multiQueue\": 1"}, {"\"multiQueue\"", "\"multiQueu\""},
		{"\"owner\": 1000", "\"owner\": -1"},	       {"\"owner\": 1000", "\"owner\": \"1000\""},
		{"\"owner\": 1000", "\"owner\": 4294967296"},  {"\"tap\": {", "\"tapf\": {"},
	};
	AUTO_FREE char *text = NULL;
	struct attachment found;
	size_t length;

	add("", TAP ",'owner':1000,'multiQueue':true");
	request.wish.address_count = 0;
	ok(record_format(want, &text, &length, &err) == 0, "written");
	ok(strstr(text, "\"group\"") == NULL, "nothing of a group");
	ok(record_parse(&found, text, length, &err) == 0, "read");
	ok(found.mode == MODE_TAP && found.tap.owner == 1000 && found.tap.group == TAP_ANYBODY && found.tap.multi_queue,
	   "the same");
	refuse_broken(text, broken, sizeof broken / sizeof *broken);
}

int main(void)
{
	test_defaults();
	test_access();
	test_refused();
	test_prefixes();
	test_record();
	request_free(&request);
	return done();
}
