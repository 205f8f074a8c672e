/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/ip: text forms, order, membership, arithmetic. */
#include "base/ip.h"

#include "tests/tap.h"

static struct ip ip(const char *text)
{
	struct ip parsed = {.family = AF_UNSPEC};

	(void)ip_parse(text, &parsed);
	return parsed;
}

static struct prefix prefix(const char *text)
{
	struct prefix parsed = {.length = 0};

	(void)prefix_parse(text, &parsed);
	return parsed;
}

static const char *text_of(struct ip address)
{
	static char text[IP_TEXT_SIZE];

	return ip_format(&address, text);
}

static void test_ip_parse_accepts_and_canonicalises(void)
{
	static const char *const cases[][2] = {
		{"10.77.0.2", "10.77.0.2"},
		{"::ffff:10.0.0.1", "10.0.0.1"},
		{"2001:DB8:0:0::1", "2001:db8::1"},
		{"::", "::"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		is_text(text_of(ip(cases[i][0])), cases[i][1], cases[i][0]);
}

static void test_ip_parse_rejects(void)
{
	static const char *const cases[] = {"",		  "10.0.0",    "10.0.0.256", "010.0.0.1",
					    "10.0.0.1/8", " 10.0.0.1", "g::1",	     "1::2::3"};
	struct ip untouched = {.family = AF_INET, .bytes = {7}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ok(!ip_parse(cases[i], &untouched) && untouched.bytes[0] == 7, cases[i]);
}

static void test_prefix_parse(void)
{
	static const char *const wrong[] = {"10.0.0.1",	   "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
					    "10.0.0.0/08", "::/129",	  "/8",	       "10.0.0.0/8 "};
	struct prefix parsed;
	char text[PREFIX_TEXT_SIZE];

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ok(!prefix_parse(wrong[i], &parsed), wrong[i]);
	ok(prefix_parse("10.1.2.3/16", &parsed), "host bits are kept");
	is_text(prefix_format(&parsed, text), "10.1.2.3/16", "and printed");
	ok(prefix_parse("::ffff:10.0.0.0/104", &parsed) && parsed.length == 8, "mapped prefix");
}

static void test_prefix_bounds(void)
{
	struct prefix odd = prefix("10.1.2.3/20"), six = prefix("2001:db8::ff/121"), all = prefix("0.0.0.0/0");
	struct prefix network = prefix_network(&odd);

	is_text(text_of(network.ip), "10.1.0.0", "network");
	is_text(text_of(prefix_last(&odd)), "10.1.15.255", "last");
	is_text(text_of(prefix_network(&six).ip), "2001:db8::80", "network within a byte");
	is_text(text_of(prefix_last(&all)), "255.255.255.255", "last of everything");
}

static void test_membership(void)
{
	struct prefix net = prefix("10.77.0.0/17"), inner = prefix("10.77.64.0/18"), other = prefix("10.77.128.0/17");
	struct ip in = ip("10.77.127.255"), out = ip("10.77.128.0"), six = ip("fd00::1");

	ok(ip_in_prefix(&in, &net) && !ip_in_prefix(&out, &net) && !ip_in_prefix(&six, &net), "ip_in_prefix");
	ok(prefix_contains(&net, &inner) && !prefix_contains(&inner, &net), "prefix_contains");
	ok(prefix_overlaps(&inner, &net) && prefix_overlaps(&net, &inner) && !prefix_overlaps(&net, &other),
	   "prefix_overlaps");
}

static void test_kinds(void)
{
	static const struct {
		const char *text;
		bool private, loopback, multicast;
	} cases[] = {
		{"10.0.0.1", true, false, false},      {"172.31.255.255", true, false, false},
		{"172.32.0.0", false, false, false},   {"100.64.0.1", true, false, false},
		{"198.51.100.1", false, false, false}, {"127.9.9.9", false, true, false},
		{"fd00::1", true, false, false},       {"2001:db8::1", false, false, false},
		{"::1", false, true, false},	       {"ff02::1", false, false, true},
		{"239.1.1.1", false, false, true},     {"fe80::1", true, false, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ip address = ip(cases[i].text);
		ok(ip_is_private(&address) == cases[i].private && ip_is_loopback(&address) == cases[i].loopback &&
			   ip_is_multicast(&address) == cases[i].multicast,
		   cases[i].text);
	}
}

static void test_arithmetic(void)
{
	struct ip a = ip("10.0.255.255"), b = ip("10.1.0.4"), low = ip("::"), high = ip("1::");
	struct ip top = ip("255.255.255.255"), six = ip("2001:db8::ffff:ffff");

	is_text(text_of(ip_add(&a, 1)), "10.1.0.0", "carry");
	is_text(text_of(ip_add(&top, 2)), "0.0.0.1", "wraps within the family");
	is_text(text_of(ip_add(&six, 1)), "2001:db8::1:0:0", "carry in IPv6");
	is_int(ip_distance(&a, &b), 5, "distance with a borrow");
	ok(ip_distance(&low, &high) == UINT64_MAX, "distance saturates");
}

int main(void)
{
	test_ip_parse_accepts_and_canonicalises();
	test_ip_parse_rejects();
	test_prefix_parse();
	test_prefix_bounds();
	test_membership();
	test_kinds();
	test_arithmetic();
	return done();
}
