/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipam/choose: the order in which the addresses of a range set are given out. */
#include "ipam/choose.h"

#include "ipam/claims.h"
#include "tests/range_sets.h"
#include "tests/store_fixture.h"

static const struct text_range ONE_SUBNET[CASE_RANGES] = {{"10.1.0.0/24", "10.1.0.1", "10.1.0.3", NULL},
							  {"10.1.0.0/24", "10.1.0.8", "10.1.0.9", "10.1.0.2"}};
static const struct text_range GATEWAY_ONLY[CASE_RANGES] = {{"10.1.0.0/24", "10.1.0.1", "10.1.0.1", NULL}};

/** go_on_after() - as if @after had been the last address given out; NULL: as if there had been none */
static void go_on_after(struct fixture *fixture, const struct address_pool *pool, const char *after)
{
	static struct attachment last;

	if (!after)
		return;
	make_attachment(&last, "net", "last");
	last.pool = pool;
	last.address_count = 1;
	last.addresses[0].ip = ip(after);
	choose_done(&last, fixture->store);
}

/** chosen() - what an attachment would get now, as text; "-" for nothing */
static const char *chosen(struct fixture *fixture, const struct address_pool *pool, struct attachment *want)
{
	make_attachment(want, "net", "next");
	want->pool = pool;
	if (store_begin(fixture->store, &fixture->err) < 0)
		return "no section";
	const struct reservations none = RESERVATIONS_CLOSED;
	const struct places places = {.store = fixture->store, .files = &none};
	int status = choose_addresses(want, &places, &fixture->err);
	store_end(fixture->store);
	return status < 0 ? "-" : text_of(want->addresses[0].ip);
}

static void test_next(void)
{
	static const struct {
		const struct text_range *given;
		const char *after, *next, *name;
	} cases[] = {
		{SMALL, NULL, "192.168.1.2", "fresh: the gateway is skipped"},
		{SMALL, "192.168.1.2", "192.168.1.3", "one on"},
		{SMALL, "192.168.1.6", "192.168.1.2", "wraps; the broadcast address is never given"},
		{SMALL, "192.168.1.1", "192.168.1.2", "after the gateway"},
		{SMALL, "192.168.1.7", "192.168.1.2", "outside: from the start"},
		{SMALL, "10.0.0.1", "192.168.1.2", "far outside: from the start"},
		{SMALL, "2001:db8::1", "192.168.1.2", "other family: from the start"},
		{TWO, "192.168.1.6", "192.168.2.3", "into the next range"},
		{TWO, "192.168.2.5", "192.168.1.2", "and round"},
		{ONE_SUBNET, NULL, "10.1.0.3", "gateways of every range of the set are skipped"},
		{ONE_SUBNET, "10.1.0.3", "10.1.0.8", "next range"},
		{ONE_SUBNET, "10.1.0.9", "10.1.0.3", "round, over two gateways"},
		{IPV6, "2001:db8::1", "2001:db8::2", "IPv6"},
		{IPV6, "2001:db8::f:ffff", "2001:db8::10:0", "last of the first 2^20"},
		{IPV6, "2001:db8::10:0", "2001:db8::2", "wraps there"},
		{IPV6, "2001:db8::ffff:0", "2001:db8::2", "one beyond, asked for by name, wraps too"},
	};
	static struct address_pool pool;
	static struct attachment want;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture fixture;

		fixture_open(&fixture);
		pool = (struct address_pool){.set_count = 1, .sets = {complete(cases[i].given)}};
		/* A first choice makes the store's folders; it is not recorded, so nothing is taken */
		(void)chosen(&fixture, &pool, &want);
		go_on_after(&fixture, &pool, cases[i].after);
		is_text(chosen(&fixture, &pool, &want), cases[i].next, cases[i].name);
		fixture_close(&fixture);
	}
}

/** fill() - record one choice after another. Return: how many there were before the set was full */
static int fill(struct fixture *fixture, const struct address_pool *pool)
{
	static struct attachment want;
	char name[16];
	int count = 0;

	while (count < 100 && strcmp(chosen(fixture, pool, &want), "-") != 0) {
		(void)snprintf(name, sizeof name, "c%d", count++);
		(void)snprintf(want.id.container, sizeof want.id.container, "%s", name);
		if (create(fixture, &want) < 0)
			return -1;
		choose_done(&want, fixture->store);
	}
	return count;
}

static void test_each_address_is_given_out_once(void)
{
	static const struct {
		const struct text_range *given;
		const char *from;
		int capacity;
	} cases[] = {{SMALL, "192.168.1.2", 5},
		     {SMALL, "192.168.1.6", 5},
		     {SMALL, "192.168.1.4", 5},
		     {ONE_SUBNET, "10.1.0.8", 3},
		     {GATEWAY_ONLY, NULL, 0}};
	static struct address_pool pool;
	static struct attachment want;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture fixture;

		fixture_open(&fixture);
		pool = (struct address_pool){.set_count = 1, .sets = {complete(cases[i].given)}};
		(void)chosen(&fixture, &pool, &want);
		go_on_after(&fixture, &pool, cases[i].from);
		is_int(fill(&fixture, &pool), cases[i].capacity, "all, and none twice: a taken one cannot be recorded");
		fixture_close(&fixture);
	}
}

int main(void)
{
	test_next();
	test_each_address_is_given_out_once();
	return done();
}
