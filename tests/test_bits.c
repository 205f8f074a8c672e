/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, host ports and shared things: what excludes what, and caches that are made anew. */
#include "store/bits.h"
#include "store/record.h"

#include "base/cleanup.h"
#include "base/file.h"

#include "tests/store_fixture.h"

static void test_two_networks_on_one_subnet_never_share_an_address(void)
{
	struct fixture fixture;
	static struct attachment one, two;

	fixture_open(&fixture);
	make_attachment(&one, "blue", "one");
	make_attachment(&two, "green", "two");
	add_address(&one, "10.77.0.5", "10.77.0.0/16", "10.77.0.1");
	add_address(&two, "10.77.0.5", "10.77.0.0/16", "10.77.0.1");
	ok(create(&fixture, &one) == 0, "one network");
	ok(create(&fixture, &two) < 0, "the other cannot have the same");
	ok(strstr(fixture.err.msg, "\"one\"") && strstr(fixture.err.msg, "\"blue\"") &&
		   failed_with(&fixture) == ERROR_ADDRESS_TAKEN,
	   "the holder is named");
	(void)ip_parse("10.77.0.6", &two.addresses[0].ip);
	ok(create(&fixture, &two) == 0, "but a neighbour of it");
	fixture_close(&fixture);
}

static void test_overlapping_subnets_are_refused_in_either_order(void)
{
	static const char *const subnets[] = {"10.77.0.0/16", "10.77.5.0/24"};
	static struct attachment one, two, three;

	for (int i = 0; i < 2; i++) {
		struct fixture fixture;

		fixture_open(&fixture);
		make_attachment(&one, "blue", "one");
		make_attachment(&two, "green", "two");
		make_attachment(&three, "red", "three");
		add_address(&one, "10.77.5.5", subnets[i], NULL);
		add_address(&two, "10.77.5.6", subnets[1 - i], NULL);
		add_address(&three, "10.78.0.6", "10.78.0.0/16", NULL);
		ok(create(&fixture, &one) == 0 && create(&fixture, &two) < 0, "not beside each other");
		ok(strstr(fixture.err.msg, subnets[i]) && strstr(fixture.err.msg, "\"blue\"") &&
			   failed_with(&fixture) == ERROR_CONFIG,
		   "error 7 names prefix and network");
		ok(create(&fixture, &three) == 0, "a disjoint one is fine");
		ok(erase(&fixture, &one) == 0 && create(&fixture, &two) == 0, "after each other is fine");
		ok(create(&fixture, &one) < 0 && failed_with(&fixture) == ERROR_CONFIG,
		   "and then the first is refused");
		fixture_close(&fixture);
	}
}

static void test_gateway_is_nobody_s_address(void)
{
	struct fixture fixture;
	static struct attachment one, two;

	fixture_open(&fixture);
	make_attachment(&one, "blue", "one");
	make_attachment(&two, "green", "two");
	add_address(&one, "10.77.0.9", "10.77.0.0/16", "10.77.0.1");
	add_address(&two, "10.77.0.10", "10.77.0.0/16", "10.77.0.9");
	ok(create(&fixture, &one) == 0 && create(&fixture, &two) < 0, "a container has the gateway's address");
	ok(strstr(fixture.err.msg, "10.77.0.9") && failed_with(&fixture) == ERROR_ADDRESS_TAKEN, "which is said");
	fixture_close(&fixture);
}

static const char *const pages[] = {"bits/host-10.77.0.0_17", "bits/host-fd00::_113", "bits/ports-ipv4-tcp",
				    "bits/ports-ipv4-udp-192.0.2.1"};

static void test_pages_are_made_anew_from_the_records(void)
{
	static struct attachment one, two;

	make_attachment(&one, "net", "one");
	add_address(&one, "10.77.0.5", "10.77.0.0/16", NULL);
	add_address(&one, "fd00::5", "fd00::/64", NULL);
	add_port(&one, IPPROTO_TCP, NULL, 8080, 1);
	add_port(&one, IPPROTO_UDP, "192.0.2.1", 53, 1);
	for (size_t i = 0; i < 2 * sizeof pages / sizeof pages[0]; i++) {
		struct fixture fixture;

		fixture_open(&fixture);
		ok(create(&fixture, &one) == 0 && there(&fixture, pages[i / 2]), pages[i / 2]);
		int fd = openat(fixture.store->root, pages[i / 2], O_WRONLY | O_CLOEXEC);
		ok(i % 2 == 0 ? unlinkat(fixture.store->root, pages[i / 2], 0) == 0 : ftruncate(fd, 100) == 0,
		   i % 2 == 0 ? "is deleted" : "is cut");
		close(fd);
		ok(bits_verify(fixture.store, &one, &fixture.err) == 0, "which proves nothing");
		two = one;
		(void)snprintf(two.id.container, sizeof two.id.container, "two");
		ok(create(&fixture, &two) < 0 && failed_with(&fixture) == ERROR_ADDRESS_TAKEN,
		   "the address is still taken");
		(void)ip_parse("10.77.0.6", &two.addresses[0].ip);
		(void)ip_parse("fd00::6", &two.addresses[1].ip);
		ok(create(&fixture, &two) < 0 && failed_with(&fixture) == ERROR_PORT_TAKEN, "and the ports");
		fixture_close(&fixture);
	}
}

/** overwrite() - a file keeps its size and loses its content */
static bool overwrite(struct fixture *fixture, const char *path, uint8_t byte)
{
	static uint8_t content[1 << 15];
	int fd = openat(fixture->store->root, path, O_WRONLY | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);

	memset(content, byte, sizeof content);
	bool whole = size > 0 && size < (off_t)sizeof content && pwrite(fd, content, (size_t)size, 0) == size;
	close(fd);
	return whole;
}

static void test_pages_that_were_overwritten_give_nothing_out(void)
{
	static struct attachment one, two;

	make_attachment(&one, "net", "one");
	add_address(&one, "10.77.0.5", "10.77.0.0/16", NULL);
	add_address(&one, "fd00::5", "fd00::/64", NULL);
	add_port(&one, IPPROTO_TCP, NULL, 8080, 1);
	add_port(&one, IPPROTO_UDP, "192.0.2.1", 53, 1);
	for (size_t i = 0; i < 2 * sizeof pages / sizeof pages[0]; i++) {
		struct fixture fixture;
		struct ip first, found;

		fixture_open(&fixture);
		ok(create(&fixture, &one) == 0 && overwrite(&fixture, pages[i / 2], i % 2 == 0 ? 0 : 0xff),
		   pages[i / 2]);
		two = one;
		(void)snprintf(two.id.container, sizeof two.id.container, "two");
		ok(create(&fixture, &two) < 0 && failed_with(&fixture) == ERROR_ADDRESS_TAKEN,
		   "the address is still taken");
		(void)ip_parse("10.77.0.6", &two.addresses[0].ip);
		ok(create(&fixture, &two) < 0 && failed_with(&fixture) == ERROR_ADDRESS_TAKEN, "and the other one");
		(void)ip_parse("fd00::6", &two.addresses[1].ip);
		ok(create(&fixture, &two) < 0 && failed_with(&fixture) == ERROR_PORT_TAKEN, "and the ports");
		(void)ip_parse("10.77.0.5", &first);
		ok(store_begin(fixture.store, &fixture.err) == 0 &&
			   address_find_free(fixture.store, "host", &first, &two.addresses[0].ip, &found,
					     &fixture.err) == 0 &&
			   ip_equal(&found, &two.addresses[0].ip),
		   "what is free is its neighbour");
		store_end(fixture.store);
		ok(erase(&fixture, &one) == 0 && create(&fixture, &two) == 0, "all of it is free with its holder");
		fixture_close(&fixture);
	}
}

static void test_page_of_a_cut_write_is_dropped_with_its_holder(void)
{
	struct fixture fixture;
	static struct attachment one;

	fixture_open(&fixture);
	make_attachment(&one, "net", "one");
	add_address(&one, "10.77.0.5", "10.77.0.0/16", NULL);
	ok(create(&fixture, &one) == 0 && overwrite(&fixture, pages[0], 0xff), "a page that is not whole");
	ok(erase(&fixture, &one) == 0 && !there(&fixture, pages[0]), "is not mended, but dropped");
	fixture_close(&fixture);
}

/** put_intent() - what @attachment's record says, where a killed owner would have left it */
static bool put_intent(struct fixture *fixture, const struct attachment *attachment)
{
	AUTO_FREE char *text = NULL;
	size_t length = 0;

	return record_format(attachment, &text, &length, &fixture->err) == 0 &&
	       file_write(fixture->store->root, "intent", text, length, &fixture->err) == 0;
}

static void test_intent_that_nobody_left_frees_nothing(void)
{
	static const char *const containers[] = {"one", "stranger"};
	static struct attachment one, other;
	static char huge[1 << 20];

	for (size_t i = 0; i < sizeof containers / sizeof containers[0]; i++) {
		struct fixture fixture;

		fixture_open(&fixture);
		make_attachment(&one, "net", "one");
		add_address(&one, "10.77.0.5", "10.77.0.0/16", "10.77.0.1");
		add_port(&one, IPPROTO_TCP, NULL, 8080, 1);
		other = one;
		(void)snprintf(other.id.container, sizeof other.id.container, "%s", containers[i]);
		ok(create(&fixture, &one) == 0 && put_intent(&fixture, &other), containers[i]);
		(void)snprintf(other.id.container, sizeof other.id.container, "two");
		ok(create(&fixture, &other) < 0 && failed_with(&fixture) == ERROR_ADDRESS_TAKEN, "the address stays");
		(void)ip_parse("10.77.0.6", &other.addresses[0].ip);
		ok(create(&fixture, &other) < 0 && failed_with(&fixture) == ERROR_PORT_TAKEN, "and the port");
		ok(uses_verify(fixture.store, &one, &fixture.err) == 0 && !there(&fixture, "intent"),
		   "what it uses stays, the intent does not");
		ok(file_write(fixture.store->root, "intent", huge, sizeof huge, &fixture.err) == 0 &&
			   erase(&fixture, &one) == 0 && !there(&fixture, "intent"),
		   "nor one of any size");
		fixture_close(&fixture);
	}
}

static void test_verify_finds_a_cleared_bit(void)
{
	struct fixture fixture;
	static struct attachment one;

	fixture_open(&fixture);
	make_attachment(&one, "net", "one");
	add_address(&one, "10.77.0.5", "10.77.0.0/16", NULL);
	add_port(&one, IPPROTO_TCP, NULL, 8080, 2);
	ok(create(&fixture, &one) == 0 && bits_verify(fixture.store, &one, &fixture.err) == 0 &&
		   uses_verify(fixture.store, &one, &fixture.err) == 0,
	   "all there");
	ok(store_begin(fixture.store, &fixture.err) == 0 && addresses_release(fixture.store, &one, &fixture.err) == 0,
	   "the address is unmarked");
	ok(bits_verify(fixture.store, &one, &fixture.err) < 0 && strstr(fixture.err.msg, "10.77.0.5") &&
		   failed_with(&fixture) == ERROR_DRIFT,
	   "found");
	ok(addresses_take(fixture.store, &one, &fixture.err) == 0 &&
		   ports_release(fixture.store, &one, &fixture.err) == 0,
	   "the ports are unmarked");
	ok(bits_verify(fixture.store, &one, &fixture.err) < 0 && strstr(fixture.err.msg, "8080/tcp") &&
		   failed_with(&fixture) == ERROR_DRIFT,
	   "found");
	ok(uses_release(fixture.store, &one, &fixture.err) == 0 && uses_verify(fixture.store, &one, &fixture.err) < 0 &&
		   strstr(fixture.err.msg, "subnet-10.77.0.0_16") && failed_with(&fixture) == ERROR_DRIFT,
	   "so is a use");
	store_end(fixture.store);
	fixture_close(&fixture);
}

/** struct claim_case - two mappings, and whether they exclude each other */
struct claim_case {
	const char *name;
	const char *host[2];
	uint16_t port[2], count[2];
	uint8_t protocol[2];
	bool excludes;
};

static const struct claim_case claims[] = {
	{"any, any", {NULL, NULL}, {80, 80}, {1, 1}, {IPPROTO_TCP, IPPROTO_TCP}, true},
	{"any, one host", {NULL, "192.0.2.1"}, {80, 80}, {1, 1}, {IPPROTO_TCP, IPPROTO_TCP}, true},
	{"any IPv4, one host", {"0.0.0.0", "192.0.2.1"}, {80, 80}, {1, 1}, {IPPROTO_TCP, IPPROTO_TCP}, true},
	{"any, any IPv6", {NULL, "::"}, {80, 80}, {1, 1}, {IPPROTO_TCP, IPPROTO_TCP}, true},
	{"any IPv4, any IPv6", {"0.0.0.0", "::"}, {80, 80}, {1, 1}, {IPPROTO_TCP, IPPROTO_TCP}, false},
	{"two hosts", {"192.0.2.2", "192.0.2.1"}, {80, 80}, {1, 1}, {IPPROTO_TCP, IPPROTO_TCP}, false},
	{"one host twice", {"192.0.2.1", "192.0.2.1"}, {80, 80}, {1, 1}, {IPPROTO_TCP, IPPROTO_TCP}, true},
	{"IPv6 host, any", {"2001:db8::1", NULL}, {80, 80}, {1, 1}, {IPPROTO_TCP, IPPROTO_TCP}, true},
	{"two protocols", {NULL, NULL}, {80, 80}, {1, 1}, {IPPROTO_TCP, IPPROTO_UDP}, false},
	{"two ports", {NULL, NULL}, {80, 81}, {1, 1}, {IPPROTO_TCP, IPPROTO_TCP}, false},
	{"port in a range", {NULL, NULL}, {8000, 8050}, {100, 1}, {IPPROTO_TCP, IPPROTO_TCP}, true},
	{"ranges that touch", {NULL, NULL}, {8000, 8100}, {100, 10}, {IPPROTO_SCTP, IPPROTO_SCTP}, false},
	{"ranges that overlap", {NULL, "192.0.2.1"}, {8000, 8099}, {100, 10}, {IPPROTO_UDP, IPPROTO_UDP}, true},
	{"the last port", {NULL, "::"}, {65535, 65000}, {1, 536}, {IPPROTO_UDP, IPPROTO_UDP}, true},
};

static void make_claim(struct attachment *into, const struct claim_case *row, int which, const char *container)
{
	make_attachment(into, "net", container);
	add_address(into, which ? "10.77.0.5" : "10.77.0.6", "10.77.0.0/16", NULL);
	add_address(into, which ? "fd00::5" : "fd00::6", "fd00::/64", NULL);
	add_port(into, row->protocol[which], row->host[which], row->port[which], row->count[which]);
}

static void test_host_ports_exclude_each_other_where_they_overlap(void)
{
	static struct attachment first, second;

	for (size_t i = 0; i < 2 * sizeof claims / sizeof claims[0]; i++) {
		const struct claim_case *row = &claims[i / 2];
		struct fixture fixture;

		fixture_open(&fixture);
		make_claim(&first, row, (int)(i % 2), "first");
		make_claim(&second, row, 1 - (int)(i % 2), "second");
		ok(create(&fixture, &first) == 0, row->name);
		ok((create(&fixture, &second) == 0) == !row->excludes, i % 2 ? "the other way round" : "in this order");
		if (row->excludes)
			ok(strstr(fixture.err.msg, "\"first\"") && strstr(fixture.err.msg, "\"eth0\"") &&
				   strstr(fixture.err.msg, "\"net\"") && strstr(fixture.err.msg, "host port ") &&
				   strstr(fixture.err.msg, protocol_name(row->protocol[0])) &&
				   failed_with(&fixture) == ERROR_PORT_TAKEN,
			   "holder and port are named");
		ok(erase(&fixture, &first) == 0 && (!row->excludes || create(&fixture, &second) == 0),
		   "freed with its holder");
		ok(erase(&fixture, &second) == 0 && create(&fixture, &first) == 0, "and again");
		fixture_close(&fixture);
	}
}

static void test_port_claims_of_families(void)
{
	struct fixture fixture;
	static struct attachment one, two;

	fixture_open(&fixture);
	make_attachment(&one, "net", "one");
	add_address(&one, "10.77.0.5", "10.77.0.0/16", NULL);
	add_port(&one, IPPROTO_TCP, NULL, 80, 10);
	ok(create(&fixture, &one) == 0, "an IPv4 one");
	make_attachment(&two, "net", "two");
	add_address(&two, "fd00::5", "fd00::/64", NULL);
	add_port(&two, IPPROTO_TCP, NULL, 80, 1);
	ok(create(&fixture, &two) == 0, "IPv4 only and IPv6 only do not meet");
	ok(erase(&fixture, &two) == 0, "and back");
	two.delegated = true;
	two.address_count = 0;
	ok(create(&fixture, &two) < 0 && failed_with(&fixture) == ERROR_PORT_TAKEN,
	   "a delegated one claims both families");
	fixture_close(&fixture);
}

static void test_delegated_addresses_are_not_in_the_bits(void)
{
	struct fixture fixture;
	static struct attachment one, two;

	fixture_open(&fixture);
	make_attachment(&one, "net", "one");
	one.delegated = true;
	ok(create(&fixture, &one) == 0, "no address yet");
	add_address(&one, "10.77.0.5", "10.77.0.0/16", "10.77.0.1");
	ok(record_update_addresses(fixture.store, &one, &fixture.err) == 0, "the delegate names one");
	ok(there(&fixture, "use/subnet-10.77.0.0_16") && uses_verify(fixture.store, &one, &fixture.err) == 0,
	   "its uses count");
	make_attachment(&two, "other", "two");
	add_address(&two, "10.77.0.5", "10.77.0.0/16", "10.77.0.1");
	ok(create(&fixture, &two) == 0, "its bit does not: the kernel has the last word");
	ok(erase(&fixture, &one) == 0 && bits_verify(fixture.store, &two, &fixture.err) == 0, "nor is it cleared");
	fixture_close(&fixture);
}

static void test_uses_count_the_living(void)
{
	struct fixture fixture;
	static struct attachment one, two;
	bool last = true;

	fixture_open(&fixture);
	make_attachment(&one, "net", "one");
	one.masquerade_ipv4 = true;
	one.exclusion_count = 2;
	(void)prefix_parse("10.0.0.0/8", &one.exclusions[0]);
	(void)prefix_parse("fd00::/8", &one.exclusions[1]);
	add_address(&one, "10.77.0.5", "10.77.0.0/16", "10.77.0.1");
	AUTO_FREE struct use_names *shared = use_names(&one, &fixture.err);
	if (!shared)
		return;
	char(*names)[USE_NAME_SIZE] = shared->of;
	is_int((int)shared->count, 4, "four things");
	is_text(names[0], "gateway-10.77.0.1", "gateway");
	is_text(names[1], "subnet-10.77.0.0_16", "subnet");
	is_text(names[2], "masquerade-10.77.0.0_16", "masquerade");
	is_text(names[3], "exclude-10.77.0.0_16-10.0.0.0_8", "exclusion of the same family");
	two = one;
	(void)snprintf(two.id.network, sizeof two.id.network, "other");
	(void)ip_parse("10.77.0.6", &two.addresses[0].ip);
	ok(create(&fixture, &one) == 0 && create(&fixture, &two) == 0, "two users of two networks, one container");
	ok(store_begin(fixture.store, &fixture.err) == 0, "a section");
	ok(use_is_last(fixture.store, names[0], &one.id, &last, &fixture.err) == 0 && !last, "not the last");
	ok(record_remove(fixture.store, &two, &fixture.err) == 0 &&
		   use_is_last(fixture.store, names[0], &one.id, &last, &fixture.err) == 0 && last,
	   "the last");
	ok(symlinkat("../../net/gone/a/nobody", fixture.store->root, "use/gateway-10.77.0.1/gone@nobody") == 0 &&
		   use_is_last(fixture.store, names[0], &one.id, &last, &fixture.err) == 0 && last,
	   "a link without a record counts for nobody");
	ok(symlinkat("loop", fixture.store->root, "use/gateway-10.77.0.1/loop") == 0 &&
		   use_is_last(fixture.store, names[0], &one.id, &last, &fixture.err) < 0 &&
		   fixture.err.errnum == ELOOP && failed_with(&fixture) == ERROR_STORE,
	   "a link that cannot be followed is an error");
	ok(there(&fixture, "use/gateway-10.77.0.1/loop") &&
		   unlinkat(fixture.store->root, "use/gateway-10.77.0.1/loop", 0) == 0,
	   "and is not removed");
	ok(record_remove(fixture.store, &one, &fixture.err) == 0 && !there(&fixture, "use/gateway-10.77.0.1"),
	   "one without a record does not stay");
	ok(use_is_last(fixture.store, names[0], &one.id, &last, &fixture.err) == 0 && last, "nobody at all: last too");
	store_end(fixture.store);
	fixture_close(&fixture);
}

static void test_find_free_goes_over_page_borders(void)
{
	struct fixture fixture;
	static struct attachment one;
	struct ip first, last, found;
	char text[IP_TEXT_SIZE];

	fixture_open(&fixture);
	make_attachment(&one, "net", "one");
	add_address(&one, "10.77.127.254", "10.77.0.0/16", NULL);
	add_address(&one, "10.77.127.255", "10.77.0.0/16", NULL);
	add_address(&one, "10.77.128.0", "10.77.0.0/16", NULL);
	ok(create(&fixture, &one) == 0 && store_begin(fixture.store, &fixture.err) == 0, "three around a border");
	(void)ip_parse("10.77.127.254", &first);
	(void)ip_parse("10.77.255.254", &last);
	ok(address_find_free(fixture.store, "host", &first, &last, &found, &fixture.err) == 0, "searched");
	is_text(ip_format(&found, text), "10.77.128.1", "behind the border");
	ok(address_find_free(fixture.store, "other", &first, &last, &found, &fixture.err) == 0, "in another registry");
	is_text(ip_format(&found, text), "10.77.127.254", "all is free");
	(void)ip_parse("255.255.255.255", &first);
	ok(address_find_free(fixture.store, "host", &first, &first, &found, &fixture.err) == 0 &&
		   ip_equal(&found, &first),
	   "the very last address");
	(void)ip_parse("10.77.127.254", &first);
	(void)ip_parse("10.77.128.0", &last);
	ok(address_find_free(fixture.store, "host", &first, &last, &found, &fixture.err) == 0 && !ip_is_set(&found),
	   "none is left of three");
	store_end(fixture.store);
	fixture_close(&fixture);
}

int main(void)
{
	test_two_networks_on_one_subnet_never_share_an_address();
	test_overlapping_subnets_are_refused_in_either_order();
	test_gateway_is_nobody_s_address();
	test_pages_are_made_anew_from_the_records();
	test_pages_that_were_overwritten_give_nothing_out();
	test_page_of_a_cut_write_is_dropped_with_its_holder();
	test_intent_that_nobody_left_frees_nothing();
	test_verify_finds_a_cleared_bit();
	test_host_ports_exclude_each_other_where_they_overlap();
	test_port_claims_of_families();
	test_delegated_addresses_are_not_in_the_bits();
	test_uses_count_the_living();
	test_find_free_goes_over_page_borders();
	return done();
}
