/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/ranges: defaults, rules, requests. */
#include "conf/ranges.h"

#include "tests/range_sets.h"

static void test_defaults(void)
{
	static const struct {
		struct text_range given[CASE_RANGES];
		const char *first, *last, *gateway;
	} cases[] = {
		{{{"10.1.2.0/24", NULL, NULL, NULL}}, "10.1.2.1", "10.1.2.254", "10.1.2.1"},
		{{{"10.1.2.128/25", NULL, NULL, NULL}}, "10.1.2.129", "10.1.2.254", "10.1.2.129"},
		{{{"10.1.2.0/30", NULL, NULL, NULL}}, "10.1.2.1", "10.1.2.2", "10.1.2.1"},
		{{{"2001:db8::/64", NULL, NULL, NULL}}, "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8::1"},
		{{{"2001:db8::/126", NULL, NULL, NULL}}, "2001:db8::1", "2001:db8::3", "2001:db8::1"},
		{{{"10.1.2.0/24", "10.1.2.40", "10.1.2.50", "10.1.2.254"}}, "10.1.2.40", "10.1.2.50", "10.1.2.254"},
		{{{"10.1.2.0/24", "10.1.2.0", "10.1.2.255", NULL}}, "10.1.2.1", "10.1.2.254", "10.1.2.1"},
		{{{"10.1.2.0/24", NULL, NULL, "10.9.9.9"}}, "10.1.2.1", "10.1.2.254", "10.9.9.9"},
		{{{"2001:db8::/64", "2001:db8::", NULL, NULL}},
		 "2001:db8::1",
		 "2001:db8::ffff:ffff:ffff:ffff",
		 "2001:db8::1"},
		{{{"64.0.0.0/3", NULL, NULL, NULL}}, "64.0.0.1", "95.255.255.254", "64.0.0.1"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct range_set set = complete(cases[i].given);

		is_text(text_of(set.ranges[0].first), cases[i].first, "first");
		is_text(text_of(set.ranges[0].last), cases[i].last, "last");
		is_text(text_of(set.ranges[0].gateway), cases[i].gateway, "gateway");
	}
}

static void test_refused_sets(void)
{
	static const struct {
		struct text_range given[CASE_RANGES];
		const char *msg;
	} cases[] = {
		{{{NULL, NULL, NULL, NULL}}, "empty range set"},
		{{{"10.1.2.0/31", NULL, NULL, NULL}}, "Network 10.1.2.0/31 too small to allocate from"},
		{{{"10.1.2.0/32", NULL, NULL, NULL}}, "Network 10.1.2.0/32 too small to allocate from"},
		{{{"2001:db8::/127", NULL, NULL, NULL}}, "Network 2001:db8::/127 too small to allocate from"},
		{{{"0.0.0.0/0", NULL, NULL, NULL}},
		 "Network 0.0.0.0/0 contains unspecified, loopback, link-local or multicast addresses"},
		{{{"127.0.0.0/16", NULL, NULL, NULL}},
		 "Network 127.0.0.0/16 contains unspecified, loopback, link-local or multicast addresses"},
		{{{"128.0.0.0/1", NULL, NULL, NULL}},
		 "Network 128.0.0.0/1 contains unspecified, loopback, link-local or multicast addresses"},
		{{{"239.1.0.0/16", NULL, NULL, NULL}},
		 "Network 239.1.0.0/16 contains unspecified, loopback, link-local or multicast addresses"},
		{{{"::/0", NULL, NULL, NULL}},
		 "Network ::/0 contains unspecified, loopback, link-local or multicast addresses"},
		{{{"fe80::/64", NULL, NULL, NULL}},
		 "Network fe80::/64 contains unspecified, loopback, link-local or multicast addresses"},
		{{{"ff02::/64", NULL, NULL, NULL}},
		 "Network ff02::/64 contains unspecified, loopback, link-local or multicast addresses"},
		{{{"10.1.2.5/24", NULL, NULL, NULL}},
		 "Network has host bits set. For a subnet mask of length 24 the network address is 10.1.2.0"},
		{{{"10.1.2.0/24", "10.1.3.1", NULL, NULL}}, "RangeStart 10.1.3.1 not in network 10.1.2.0/24"},
		{{{"10.1.2.0/24", "2001:db8::1", NULL, NULL}}, "RangeStart 2001:db8::1 not in network 10.1.2.0/24"},
		{{{"10.1.2.0/24", NULL, "10.1.1.9", NULL}}, "RangeEnd 10.1.1.9 not in network 10.1.2.0/24"},
		{{{"10.1.2.0/24", "10.1.2.50", "10.1.2.40", NULL}}, "RangeEnd 10.1.2.40 not in network 10.1.2.0/24"},
		{{{"10.1.2.0/24", "10.1.2.255", NULL, NULL}}, "range holds nothing but a network or broadcast address"},
		{{{"10.1.2.0/24", NULL, "10.1.2.0", NULL}}, "range holds nothing but a network or broadcast address"},
		{{{"10.1.2.0/24", NULL, NULL, "2001:db8::1"}},
		 "gateway 2001:db8::1 is of another address family than its subnet"},
		{{{"10.1.2.0/24", NULL, NULL, NULL}, {"2001:db8::/64", NULL, NULL, NULL}}, "mixed address families"},
		{{{"10.1.2.0/24", NULL, NULL, NULL}, {"10.1.2.0/25", NULL, NULL, NULL}},
		 "subnets 10.1.2.1-10.1.2.254 and 10.1.2.1-10.1.2.126 overlap"},
		{{{"10.1.2.0/24", "10.1.2.2", "10.1.2.9", NULL},
		  {"10.2.0.0/24", NULL, NULL, NULL},
		  {"10.1.2.0/24", "10.1.2.9", "10.1.2.20", NULL}},
		 "subnets 10.1.2.2-10.1.2.9 and 10.1.2.9-10.1.2.20 overlap"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;
		struct range_set set = set_of(cases[i].given);

		is_int(range_set_complete(&set, &err), -1, cases[i].msg);
		is_text(err.msg, cases[i].msg, "words");
		is_int(err.code, ERROR_CONFIG, "code 7");
	}
}

static void test_contains(void)
{
	static const struct {
		const char *ip;
		bool contained;
	} cases[] = {{"192.168.1.0", false}, {"192.168.1.1", true}, {"192.168.1.6", true}, {"192.168.1.7", false},
		     {"192.168.2.2", false}, {"192.168.2.3", true}, {"192.168.2.5", true}, {"192.168.2.6", false},
		     {"2001:db8::1", false}, {"::c0a8:101", false}};
	struct range_set set = complete(TWO), ipv6 = complete(IPV6);
	struct ip high = ip("2001:db8::ffff:ffff:ffff:ffff");

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ip address = ip(cases[i].ip);

		is_int(range_set_find(&set, &address) != NULL, cases[i].contained, cases[i].ip);
	}
	ok(range_set_find(&ipv6, &high), "by name every address of an IPv6 range may be had");
}

static void test_overlap_between_sets(void)
{
	static const struct {
		struct text_range a[CASE_RANGES], b[CASE_RANGES];
		bool overlap;
	} cases[] = {
		{{{"10.1.2.0/24", NULL, NULL, NULL}}, {{"10.1.2.0/24", NULL, NULL, NULL}}, true},
		{{{"10.1.2.0/24", NULL, NULL, NULL}}, {{"10.1.3.0/24", NULL, NULL, NULL}}, false},
		{{{"10.1.0.0/16", NULL, NULL, NULL}}, {{"10.1.3.0/24", NULL, NULL, NULL}}, true},
		{{{"10.1.3.0/24", NULL, NULL, NULL}}, {{"10.1.0.0/16", NULL, NULL, NULL}}, true},
		{{{"10.1.2.0/24", "10.1.2.2", "10.1.2.9", NULL}}, {{"10.1.2.0/24", "10.1.2.10", NULL, NULL}}, false},
		{{{"10.1.2.0/24", NULL, NULL, NULL}}, {{"2001:db8::/64", NULL, NULL, NULL}}, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;
		struct address_pool pool = {.set_count = 2, .sets = {complete(cases[i].a), complete(cases[i].b)}};

		is_int(address_pool_check(&pool, false, "1.1.0", &err), cases[i].overlap ? -1 : 0, "pool");
		is_text(err.msg, cases[i].overlap ? "range set 0 overlaps with 1" : "", "words");
	}
}

static void test_one_per_family(void)
{
	static const struct text_range other[CASE_RANGES] = {{"10.9.0.0/24", NULL, NULL, NULL}};
	struct address_pool pool = {.set_count = 2, .sets = {complete(SMALL), complete(IPV6), complete(other)}};
	struct error err = ERROR_INIT;

	is_int(address_pool_check(&pool, true, "0.2.0", &err), 0, "one of each");
	pool.set_count = 3;
	is_int(address_pool_check(&pool, true, "0.2.0", &err), -1, "two IPv4");
	is_text(err.msg, "CNI version 0.2.0 does not support more than 1 address per family", "words");
	error_clear(&err);
	is_int(address_pool_check(&pool, false, "0.3.0", &err), 0, "newer versions have room");
}

static void assign(const char *const requested[3], const char *const chosen[2], const char *msg)
{
	struct address_pool pool = {.set_count = 2, .sets = {complete(TWO), complete(IPV6)}};
	struct ip got[MAX_RANGE_SETS];
	struct error err = ERROR_INIT;

	for (; pool.requested_count < 3 && requested[pool.requested_count]; pool.requested_count++)
		pool.requested[pool.requested_count] = ip(requested[pool.requested_count]);
	is_int(address_pool_assign(&pool, got, &err), msg[0] ? -1 : 0, "assign");
	is_text(err.msg, msg, "words");
	for (size_t i = 0; i < 2 && !msg[0]; i++)
		is_text(text_of(got[i]), chosen[i], "set");
}

static void test_assign(void)
{
	assign((const char *[3]){NULL}, (const char *[2]){"", ""}, "");
	assign((const char *[3]){"192.168.2.4"}, (const char *[2]){"192.168.2.4", ""}, "");
	assign((const char *[3]){"2001:db8::9", "192.168.1.5"}, (const char *[2]){"192.168.1.5", "2001:db8::9"}, "");
	assign((const char *[3]){"192.168.1.1"}, NULL,
	       "failed to allocate for range 0: requested ip 192.168.1.1 is subnet's gateway");
	assign((const char *[3]){"192.168.1.7"}, NULL, "failed to allocate all requested IPs: 192.168.1.7");
	assign((const char *[3]){"10.0.0.1", "192.168.1.2", "192.168.1.3"}, NULL,
	       "failed to allocate all requested IPs: 10.0.0.1 192.168.1.3");
}

static void test_format(void)
{
	struct range_set set = complete(TWO), wide = {.count = MAX_RANGES};
	char text[RANGE_SET_TEXT_SIZE];

	is_text(range_set_format(&set, text), "192.168.1.1-192.168.1.6,192.168.2.3-192.168.2.5", "both ranges");
	for (size_t i = 0; i < MAX_RANGES; i++)
		wide.ranges[i] = (struct range){.first = ip("2001:db8::ffff:ffff:ffff:ffff"), .last = ip("::1")};
	is_int(strlen(range_set_format(&wide, text)), RANGE_SET_TEXT_SIZE - 1, "cut to the room");
}

int main(void)
{
	test_defaults();
	test_refused_sets();
	test_contains();
	test_overlap_between_sets();
	test_one_per_family();
	test_assign();
	test_format();
	return done();
}
