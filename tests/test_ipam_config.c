/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/ipam_config, conf/static_config: range sets and requested addresses from every source. */
#include "tests/requests.h"

#include "conf/ipam_config.h"
#include "tests/tap.h"

static const struct address_pool *const pool = &request.network.pool;

/** shown() - "first-last,first-last first-last": sets by space, ranges by comma */
static const char *shown(void)
{
	static char text[1024];
	char set[RANGE_SET_TEXT_SIZE];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < pool->set_count; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "",
					 range_set_format(&pool->sets[i], set));
	return text;
}

static const char *requested(void)
{
	static char text[512];
	char ip[IP_TEXT_SIZE];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < pool->requested_count; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "",
					 ip_format(&pool->requested[i], ip));
	return text;
}

static const char *gateway(size_t set)
{
	static char text[IP_TEXT_SIZE];

	return ip_format(&pool->sets[set].ranges[0].gateway, text);
}

static void test_range_sets(void)
{
	static const char *const cases[][2] = {
		{"'ipam':{'type':'host-local','subnet':'10.1.2.0/24'}", "10.1.2.1-10.1.2.254"},
		{"'ipam':{'type':'','SUBNET':'10.1.2.0/24','RangeStart':'10.1.2.9','rangeEnd':'10.1.2.20'}",
		 "10.1.2.9-10.1.2.20"},
		{"'ipam':{'type':'cambric','ranges':[[{'subnet':'10.1.2.0/24'},{'subnet':'10.9.0.0/24'}],"
		 "[{'subnet':'fd00::/120'}]]}",
		 "10.1.2.1-10.1.2.254,10.9.0.1-10.9.0.254 fd00::1-fd00::ff"},
		{"'ipam':{'subnet':'10.1.2.0/24','ranges':[[{'subnet':'fd00::/120'}]]},"
		 "'runtimeConfig':{'ipRanges':[[{'subnet':'10.8.0.0/24'}]]}",
		 "10.8.0.1-10.8.0.254 10.1.2.1-10.1.2.254 fd00::1-fd00::ff"},
		{"'ipam':{},'runtimeConfig':{'ipRanges':[[{'subnet':'10.8.0.0/24','rangeStart':'10.8.0.7'}]]}",
		 "10.8.0.7-10.8.0.254"},
		{"'ipam':{'rangeStart':'10.1.2.9','ranges':[[{'subnet':'10.8.0.0/24'}]]}", "10.8.0.1-10.8.0.254"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add("", cases[i][0]);
		is_text(err.msg, "", cases[i][0]);
		is_text(shown(), cases[i][1], "sets");
		is_int(request.wish.address_count, pool->set_count, "one address per set");
	}
}

static void test_refused_ranges(void)
{
	static const struct {
		const char *keys, *msg;
		enum error_code code;
	} cases[] = {
		{"'ipam':{}", "no IP ranges specified", ERROR_CONFIG},
		{"'ipam':{'ranges':[]}", "no IP ranges specified", ERROR_CONFIG},
		{"'ipam':{'ranges':[[]]}", "invalid range set 0: empty range set", ERROR_CONFIG},
		{"'ipam':{'ranges':{}}", "ipam.ranges: expected a list, got {}", ERROR_DECODE},
		{"'ipam':{'ranges':[{'subnet':'10.0.0.0/8'}]}",
		 "ipam.ranges[0]: expected a list, got {\"subnet\":\"10.0.0.0/8\"}", ERROR_DECODE},
		{"'ipam':{'ranges':[[{'subnet':'10.0.0.0/8'},{'subnet':7}]]}",
		 "ipam.ranges[0][1].subnet: expected a string, got 7", ERROR_DECODE},
		{"'ipam':{'subnet':'10.1.2.0'}", "ipam.subnet: invalid CIDR address: 10.1.2.0", ERROR_CONFIG},
		{"'ipam':{'subnet':'10.1.2.0/33'}", "ipam.subnet: invalid CIDR address: 10.1.2.0/33", ERROR_CONFIG},
		{"'ipam':{'subnet':'10.1.2.0/24','gateway':'x'}", "ipam.gateway: invalid IP address: x", ERROR_CONFIG},
		{"'ipam':{'subnet':'10.1.2.0/24','rangeEnd':[]}", "ipam.rangeEnd: expected a string, got []",
		 ERROR_DECODE},
		{"'ipam':{'subnet':'10.1.2.0/31'}",
		 "invalid range set 0: Network 10.1.2.0/31 too small to allocate from", ERROR_CONFIG},
		{"'ipam':{'ranges':[[{'subnet':'10.1.2.0/24'}],[{'subnet':'10.2.2.2/24'}]]}",
		 "invalid range set 1: Network has host bits set. For a subnet mask of length 24 the network address "
		 "is "
		 "10.2.2.0",
		 ERROR_CONFIG},
		{"'ipam':{'ranges':[[{'gateway':'10.1.2.1'}]]}", "invalid range set 0: subnet is missing",
		 ERROR_CONFIG},
		{"'ipam':{'subnet':'10.1.2.0/24','ranges':[[{'subnet':'10.1.0.0/16'}]]}", "range set 0 overlaps with 1",
		 ERROR_CONFIG},
		{"'ipam':{'subnet':'10.1.2.0/24'},'runtimeConfig':{'ipRanges':7}",
		 "runtimeConfig.ipRanges: expected a list, got 7", ERROR_DECODE},
		{"'ipam':{'ranges':[[],[],[],[],[],[],[],[],[]]}", "ipam.ranges: more than 8 range sets", ERROR_CONFIG},
		{"'ipam':{'type':7}", "ipam.type: expected a string, got 7", ERROR_DECODE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add("", cases[i].keys);
		is_text(err.msg, cases[i].msg, cases[i].keys);
		is_int(err.code, cases[i].code, cases[i].keys);
	}
}

#define TWO_SETS "'ipam':{'ranges':[[{'subnet':'10.1.2.0/24'}],[{'subnet':'fd00::/64'}]]}"

static void test_requests(void)
{
	static const char *const cases[][3] = {
		{"IP=10.1.2.9", TWO_SETS, "10.1.2.9"},
		{"IP=10.1.2.9/24", TWO_SETS, "10.1.2.9"},
		{"IP=", TWO_SETS, ""},
		{"IP=10.1.2.9/24, fd00::9", TWO_SETS, "10.1.2.9 fd00::9"},
		{"", TWO_SETS ",'args':{'cni':{'ips':['10.1.2.9','fd00::9/64']}}", "10.1.2.9 fd00::9"},
		{"", TWO_SETS ",'runtimeConfig':{'ips':['fd00::9','10.1.2.9/16']}", "fd00::9 10.1.2.9"},
		{"IP=10.1.2.9", TWO_SETS ",'args':{'cni':{'ips':['10.1.2.9']}},'runtimeConfig':{'ips':['fd00::9']}",
		 "10.1.2.9 fd00::9"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add(cases[i][0], cases[i][1]);
		is_text(err.msg, "", cases[i][1]);
		is_text(requested(), cases[i][2], "requested");
	}
}

static void test_refused_requests(void)
{
	static const struct {
		const char *args, *keys, *msg;
		enum error_code code;
	} cases[] = {
		{"IP=x", TWO_SETS, "CNI_ARGS IP: invalid IP address: x", ERROR_ENVIRONMENT},
		{"IP=,", TWO_SETS, "CNI_ARGS IP: invalid IP address: ", ERROR_ENVIRONMENT},
		{"IP=10.1.2.1", TWO_SETS, "failed to allocate for range 0: requested ip 10.1.2.1 is subnet's gateway",
		 ERROR_CONFIG},
		{"IP=10.1.2.255", TWO_SETS, "failed to allocate all requested IPs: 10.1.2.255", ERROR_CONFIG},
		{"IP=10.9.9.9", TWO_SETS, "failed to allocate all requested IPs: 10.9.9.9", ERROR_CONFIG},
		{"", TWO_SETS ",'runtimeConfig':{'ips':['10.1.2.8','10.1.2.9']}",
		 "failed to allocate all requested IPs: 10.1.2.9", ERROR_CONFIG},
		{"", TWO_SETS ",'runtimeConfig':{'ips':[7]}", "runtimeConfig.ips[0]: expected a string, got 7",
		 ERROR_DECODE},
		{"", TWO_SETS ",'args':{'cni':{'ips':'10.1.2.9'}}", "args.cni.ips: expected a list, got \"10.1.2.9\"",
		 ERROR_DECODE},
		{"", TWO_SETS ",'args':{'cni':{'ips':['nonsense']}}", "args.cni.ips[0]: invalid IP address: nonsense",
		 ERROR_CONFIG},
		{"IP=10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8,10.0.0.9", TWO_SETS,
		 "CNI_ARGS IP: more than 8 addresses requested", ERROR_ENVIRONMENT},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add(cases[i].args, cases[i].keys);
		is_text(err.msg, cases[i].msg, cases[i].keys);
		is_int(err.code, cases[i].code, cases[i].keys);
	}
}

static void test_old_versions_have_one_address_per_family(void)
{
	ask("cambric", "ADD", "", "{'cniVersion':'0.2.0','name':'n'," TWO_SETS "}");
	is_text(err.msg, "", "one of each family");
	ask("cambric", "ADD", "",
	    "{'cniVersion':'0.2.0','name':'n','ipam':{'ranges':[[{'subnet':'10.1.2.0/24'}],[{'subnet':'10.2.0.0/"
	    "24'}]]}}");
	is_text(err.msg, "CNI version 0.2.0 does not support more than 1 address per family", "words");
	ask("cambric", "ADD", "",
	    "{'cniVersion':'0.1.0','name':'n','ipam':{'type':'static','addresses':[{'address':'10.0.0.2/8'},{'address':"
	    "'10.0.0.3/8'}]}}");
	is_text(err.msg, "CNI version 0.1.0 does not support more than 1 address per family", "static too");
}

#define STATIC                                                                                                         \
	"'ipam':{'type':'static','addresses':[{'address':'10.10.0.9/24','gateway':'10.10.0.254'},{'address':'fd00::9/" \
	"64'}]}"

static void test_static(void)
{
	static const char *const cases[][4] = {
		{"", STATIC, "10.10.0.9 fd00::9", "10.10.0.254"},
		{"IP=10.20.0.9/24", STATIC, "10.10.0.9 fd00::9 10.20.0.9", "10.10.0.254"},
		{"IP=10.20.0.9/24, 10.30.0.9/24;GATEWAY=10.10.0.1,fd00::1", STATIC,
		 "10.10.0.9 fd00::9 10.20.0.9 10.30.0.9", "10.10.0.1"},
		{"IP=10.20.0.9/24", STATIC ",'args':{'cni':{'ips':['10.40.0.9/24']}}", "10.40.0.9", ""},
		{"",
		 STATIC
		 ",'args':{'cni':{'ips':['10.40.0.9/24']}},'runtimeConfig':{'ips':['10.50.0.9/24','fd01::9/64']}",
		 "10.50.0.9 fd01::9", ""},
		{"", STATIC ",'runtimeConfig':{'ips':[]}", "10.10.0.9 fd00::9", "10.10.0.254"},
		{"", "'ipam':{'type':'static'},'runtimeConfig':{'ips':['10.50.0.9/24']}", "10.50.0.9", ""},
		{"", "'ipam':{'type':'static','addresses':[{'address':'10.0.0.0/32'}]}", "10.0.0.0", ""},
		{"", "'ipam':{'type':'static','addresses':[{'address':'10.0.0.0/31'}]}", "10.0.0.0", ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add(cases[i][0], cases[i][1]);
		is_text(err.msg, "", cases[i][1]);
		is_text(requested(), cases[i][2], "each address is requested");
		is_text(gateway(0), cases[i][3], "gateway of the first");
		is_int(pool->set_count, pool->requested_count, "and is a set of its own");
	}
	add("", STATIC);
	is_text(shown(), "10.10.0.9-10.10.0.9 fd00::9-fd00::9", "of that address only");
	is_int(pool->sets[0].ranges[0].subnet.length, 24, "with its subnet");
}

static void test_refused_static(void)
{
	static const struct {
		const char *args, *keys, *msg;
		enum error_code code;
	} cases[] = {
		{"", "'ipam':{'type':'static'}", "ipam.addresses: static IPAM without any address", ERROR_CONFIG},
		{"", "'ipam':{'type':'static','addresses':[{'address':'10.0.0.9'}]}",
		 "the 'address' field is expected to be in CIDR notation, got: '10.0.0.9'", ERROR_CONFIG},
		{"", "'ipam':{'type':'static','addresses':[{}]}",
		 "the 'address' field is expected to be in CIDR notation, got: ''", ERROR_CONFIG},
		{"", "'ipam':{'type':'static','addresses':[{'address':'10.0.0.9/8','gateway':'x'}]}",
		 "ipam.addresses[0].gateway: invalid gateway address: x", ERROR_CONFIG},
		{"", "'ipam':{'type':'static','addresses':[{'address':'10.0.0.9/8','gateway':'::1'}]}",
		 "ipam.addresses[0]: gateway ::1 is of another address family than the address", ERROR_CONFIG},
		{"", "'ipam':{'type':'static','addresses':[{'address':'10.0.0.9/8','gateway':'10.0.0.9'}]}",
		 "failed to allocate for range 0: requested ip 10.0.0.9 is subnet's gateway", ERROR_CONFIG},
		{"", "'ipam':{'type':'static','addresses':[{'address':'10.0.0.0/8'}]}",
		 "ipam.addresses[0]: 10.0.0.0/8 is the network or broadcast address of its subnet", ERROR_CONFIG},
		{"", "'ipam':{'type':'static','addresses':[{'address':'10.255.255.255/8'}]}",
		 "ipam.addresses[0]: 10.255.255.255/8 is the network or broadcast address of its subnet", ERROR_CONFIG},
		{"", "'ipam':{'type':'static','addresses':[{'address':'10.0.0.9/8'},{'address':'10.0.0.9/16'}]}",
		 "range set 0 overlaps with 1", ERROR_CONFIG},
		{"", "'ipam':{'type':'static','addresses':[7]}", "ipam.addresses[0]: expected an object, got 7",
		 ERROR_DECODE},
		{"", STATIC ",'runtimeConfig':{'ips':['10.0.0.9']}",
		 "an entry in the 'ips' field is NOT in CIDR notation, got: '10.0.0.9'", ERROR_CONFIG},
		{"", STATIC ",'args':{'cni':{'ips':['x']}}",
		 "an entry in the 'ips' field is NOT in CIDR notation, got: 'x'", ERROR_CONFIG},
		{"IP=10.0.0.9", STATIC, "the 'ip' field is expected to be in CIDR notation, got: '10.0.0.9'",
		 ERROR_ENVIRONMENT},
		{"GATEWAY=x", STATIC, "invalid gateway address: x", ERROR_ENVIRONMENT},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add(cases[i].args, cases[i].keys);
		is_text(err.msg, cases[i].msg, cases[i].keys);
		is_int(err.code, cases[i].code, cases[i].keys);
	}
}

static void test_items(void)
{
	static const char *const expected[] = {"a", "b", "", "c"};
	const char *list = "a, b\t,,c", *none = "";
	char item[8];

	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		ok(next_item(&list, item, sizeof item) && strcmp(item, expected[i]) == 0, expected[i]);
	ok(!next_item(&list, item, sizeof item) && !next_item(&none, item, sizeof item), "end");
}

int main(void)
{
	test_range_sets();
	test_refused_ranges();
	test_requests();
	test_refused_requests();
	test_old_versions_have_one_address_per_family();
	test_static();
	test_refused_static();
	test_items();
	request_free(&request);
	return done();
}
