/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The accept-list of tunnels in a namespace of our own: what stands in the table when hosts come, change and leave. */
#include "nat/tunnel_guard.h"

#include "store/overlay_state.h"
#include "tests/nat_table.h"

#include <time.h>

enum { MANY = 1000 };

/** overlay_make() - of this kind, from 192.0.2.1; to be freed */
static struct overlay *overlay_make(enum overlay_kind kind, size_t peers)
{
	struct error err = ERROR_INIT;
	struct overlay *overlay = overlay_new(&err);

	if (!overlay || !(overlay->peers = calloc(peers + 1, sizeof *overlay->peers)))
		exit(1);
	overlay->kind = kind;
	overlay->local = ip_of("192.0.2.1");
	overlay->ready = true;
	return overlay;
}

/** peer_add() - one more host with one subnet; there must be room */
static struct overlay_peer *peer_add(struct overlay *overlay, const char *host, const char *subnet)
{
	struct overlay_peer *peer = &overlay->peers[overlay->peer_count++];

	peer->host = ip_of(host);
	peer->subnet_count = 1;
	(void)prefix_parse(subnet, &peer->subnets[0]);
	return peer;
}

/** state_save() - as row "overlay" does it, before anything is made */
static bool state_save(struct attachment *want, struct error *err)
{
	want->in_overlay = true;
	want->overlay->settled = false;
	want->overlay->hash = overlay_hash(want->overlay);
	if (store_begin(store, err) < 0)
		return false;
	int status = overlay_state_save(store, want->id.network, want->overlay, err);
	store_end(store);
	return status == 0;
}

/** guard_apply() - as ADD does it */
static bool guard_apply(struct attachment *want, struct error *err)
{
	return state_save(want, err) && tunnel_guard_ensure(want, store, &kernel, err) == 0 &&
	       tunnel_guard_settle(want, store, &kernel, err) == 0 &&
	       overlay_state_settle(store, want->id.network, want->overlay, err) == 0;
}

/** guard_leave() - as the last DEL does it */
static bool guard_leave(struct attachment *want, struct error *err)
{
	want->state = ATTACHMENT_REMOVING;
	if (store_begin(store, err) < 0)
		return false;
	int status = tunnel_guard_remove(want, store, &kernel, err);
	status |= overlay_state_remove(store, want->id.network, err);
	status |= record_remove(store, want, err);
	store_end(store);
	return status == 0;
}

static bool is_empty(void)
{
	return run("! nft list table inet cambric | grep -A5 'tunnel' | grep -q elements");
}

static const char SET4[] = "set inet cambric tunnel_peer4", SET6[] = "set inet cambric tunnel_peer6";

static const struct kind_case {
	enum overlay_kind kind;
	const char *ways, *ipv4, *ipv6;
} kind_cases[] = {
	{OVERLAY_IPIP, "elements = { ipencap : jump tunnel }", "192.0.2.2 . ipencap . 10.1.0.0/24", NULL},
	{OVERLAY_GRE, "elements = { gre : jump tunnel }", "192.0.2.2 . gre . 10.1.0.0/24",
	 "192.0.2.2 . gre . fd00:1::/64"},
	{OVERLAY_SIT, "ipv6 : jump tunnel", "192.0.2.2 . ipencap . 10.1.0.0/24", "192.0.2.2 . ipv6 . fd00:1::/64"},
	{OVERLAY_VXLAN, "elements = { udp : jump tunnel }", "192.0.2.2 . udp . 10.1.0.0/24",
	 "192.0.2.2 . udp . fd00:1::/64"},
	{OVERLAY_WIREGUARD, NULL, NULL, NULL},
	{OVERLAY_DIRECT, NULL, NULL, NULL},
};

static void test_kind(const struct kind_case *row)
{
	struct error err = ERROR_INIT;
	struct attachment *want = attachment_make("net", "one", 2);
	struct overlay *overlay = want->overlay = overlay_make(row->kind, 1);
	struct overlay_peer *peer = peer_add(overlay, "192.0.2.2", "10.1.0.0/24");
	const char *name = overlay_kind_name(row->kind);

	(void)prefix_parse("fd00:1::/64", &peer->subnets[peer->subnet_count++]);
	want->in_overlay = true;
	ok(attachment_record(want, store, &err) && guard_apply(want, &err), name);
	show(&err);
	ok(overlay->settled, "kinds: applied is settled");
	if (row->ways)
		ok(nft_says("map inet cambric tunnels", row->ways), "kinds: packets of the kind are looked at");
	if (row->ipv4)
		ok(nft_says(SET4, row->ipv4), "kinds: the host with its subnet");
	if (row->ipv6)
		ok(nft_says(SET6, row->ipv6), "kinds: the host with its IPv6 subnet");
	ok(row->ipv6 || !nft_says(SET6, "fd00"), "kinds: nothing of IPv6 where it is not carried");
	ok(row->kind != OVERLAY_VXLAN || nft_says("set inet cambric tunnel_port", "{ 4789 }"), "kinds: the port");
	ok(row->ways || is_empty(), "kinds: nothing where packets are authentic");
	ok(tunnel_guard_verify(want, store, &kernel, &err) == 0, "kinds: verify");
	show(&err);
	ok(guard_leave(want, &err) && is_empty(), "kinds: the last one leaves nothing");
	show(&err);
	overlay_free(&overlay);
	free(want);
}

/** test_changes() - two networks over the same end; hosts change and leave, the table is flushed */
static void test_changes(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2), *two = attachment_make("other", "two", 3);
	struct overlay *a = one->overlay = overlay_make(OVERLAY_IPIP, 3);
	struct overlay *b = two->overlay = overlay_make(OVERLAY_IPIP, 1);

	(void)peer_add(a, "192.0.2.2", "10.1.2.0/24");
	(void)peer_add(a, "192.0.2.3", "10.1.3.0/24");
	(void)peer_add(b, "192.0.2.2", "10.2.2.0/24");
	one->in_overlay = two->in_overlay = true;
	ok(attachment_record(one, store, &err) && attachment_record(two, store, &err), "changes: recorded");
	ok(guard_apply(one, &err) && guard_apply(two, &err), "changes: two networks");
	show(&err);
	ok(run("nft flush ruleset") && nat_ensure(two, store, &kernel, &err) == 0, "changes: flushed");
	ok(tunnel_guard_verify(one, store, &kernel, &err) == 0 && tunnel_guard_verify(two, store, &kernel, &err) == 0,
	   "changes: rebuilt with both");
	show(&err);
	ok(run("nft delete element inet cambric tunnel_peer4 '{ 192.0.2.3 . 4 . 10.1.3.0/24 }'") &&
		   tunnel_guard_verify(one, store, &kernel, &err) < 0 && err.code == ERROR_DRIFT,
	   "changes: verify names one that is missing");
	is_text(err.msg, "host 192.0.2.3 with 10.1.3.0/24 in nftables set tunnel_peer4 is missing", "changes: by name");
	error_clear(&err);
	ok(tunnel_guard_ensure(one, store, &kernel, &err) == 0 && !nft_says(SET4, "10.1.3.0"),
	   "changes: what is settled is not looked at again");
	a->peers[0].subnets[0].length = 25;
	ok(guard_apply(one, &err) && nft_says(SET4, "192.0.2.2 . ipencap . 10.1.2.0/25") &&
		   nft_says(SET4, "192.0.2.3 . ipencap . 10.1.3.0/24"),
	   "changes: a subnet becomes smaller");
	show(&err);
	ok(!nft_says(SET4, "10.1.2.0/24"), "changes: what it was before is gone");
	a->peers[1].leaving = true;
	ok(guard_apply(one, &err) && !nft_says(SET4, "10.1.3.0") && nft_says(SET4, "10.1.2.0/25") &&
		   nft_says(SET4, "10.2.2.0/24") && a->peer_count == 1,
	   "changes: a host leaves, and none other");
	show(&err);
	ok(guard_leave(one, &err) && !nft_says(SET4, "10.1.") && nft_says(SET4, "10.2.2.0/24") &&
		   nft_says("set inet cambric tunnel_local", "192.0.2.1 . ipencap"),
	   "changes: a network goes, what the other one shares stays");
	ok(nat_remove(two, store, &kernel, &err) == 0, "changes: what is its own goes first");
	ok(guard_leave(two, &err) && is_empty(), "changes: the last leaves nothing");
	show(&err);
	overlay_free(&a);
	overlay_free(&b);
	free(one);
	free(two);
}

/** test_last_user() - a second container of the network keeps what is there */
static void test_last_user(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2), *two = attachment_make("net", "two", 3);
	struct overlay *overlay = one->overlay = two->overlay = overlay_make(OVERLAY_GRE, 1);

	(void)peer_add(overlay, "192.0.2.2", "10.1.2.0/24");
	one->in_overlay = two->in_overlay = true;
	ok(attachment_record(one, store, &err) && attachment_record(two, store, &err) && guard_apply(one, &err),
	   "users: two of one network");
	one->state = ATTACHMENT_REMOVING;
	ok(store_begin(store, &err) == 0 && tunnel_guard_remove(one, store, &kernel, &err) == 0 &&
		   record_remove(store, one, &err) == 0,
	   "users: one leaves");
	store_end(store);
	ok(nft_says(SET4, "10.1.2.0/24"), "users: the other one keeps it");
	ok(guard_leave(two, &err) && is_empty(), "users: the last one does not");
	show(&err);
	overlay_free(&overlay);
	free(one);
	free(two);
}

/** test_nested() - who has left stood for a smaller subnet of the same host, which another network still has */
static void test_nested(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2), *two = attachment_make("other", "two", 3);
	struct overlay *a = one->overlay = overlay_make(OVERLAY_IPIP, 1);
	struct overlay *b = two->overlay = overlay_make(OVERLAY_IPIP, 2);

	(void)peer_add(a, "192.0.2.2", "10.1.0.0/16");
	(void)peer_add(b, "192.0.2.2", "10.1.2.0/24");
	(void)peer_add(b, "192.0.2.3", "10.1.2.0/24");
	one->in_overlay = two->in_overlay = true;
	ok(attachment_record(one, store, &err) && attachment_record(two, store, &err) && guard_apply(one, &err) &&
		   guard_apply(two, &err),
	   "nested: subnets of two networks, one in the other");
	show(&err);
	ok(!nft_says(SET4, "192.0.2.2 . ipencap . 10.1.2.0/24") && nft_says(SET4, "192.0.2.3 . ipencap . 10.1.2.0/24"),
	   "nested: what is covered is not there twice");
	ok(tunnel_guard_verify(two, store, &kernel, &err) == 0, "nested: covered is as good as there");
	a->peers[0].leaving = true;
	ok(guard_apply(one, &err) && nft_says(SET4, "192.0.2.2 . ipencap . 10.1.2.0/24") &&
		   !nft_says(SET4, "10.1.0.0/16"),
	   "nested: the smaller one is back");
	show(&err);
	b->peers[1].leaving = true;
	ok(run("nft flush set inet cambric tunnel_peer4") && guard_apply(two, &err) && nft_says(SET4, "192.0.2.2 ") &&
		   !nft_says(SET4, "192.0.2.3"),
	   "nested: who leaves is gone already, and so were others");
	show(&err);
	ok(guard_leave(one, &err) && guard_leave(two, &err) && is_empty(), "nested: gone");
	overlay_free(&a);
	overlay_free(&b);
	free(one);
	free(two);
}

static int64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/** test_many() - in one transaction; times are told, not judged */
static void test_many(void)
{
	struct error err = ERROR_INIT;
	struct attachment *want = attachment_make("net", "one", 2);
	struct overlay *overlay = want->overlay = overlay_make(OVERLAY_IPIP, MANY);
	char host[IP_TEXT_SIZE], subnet[PREFIX_TEXT_SIZE];

	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(host, sizeof host, "198.18.%u.%u", i / 250, i % 250 + 1);
		(void)snprintf(subnet, sizeof subnet, "10.%u.%u.0/24", i / 250, i % 250);
		(void)peer_add(overlay, host, subnet);
	}
	want->in_overlay = true;
	ok(attachment_record(want, store, &err) && state_save(want, &err), "many: hosts");
	int64_t begin = now_us();
	ok(tunnel_guard_ensure(want, store, &kernel, &err) == 0, "many: ensure");
	printf("# %d hosts: ensure %ld us", MANY, (long)(now_us() - begin));
	begin = now_us();
	bool again = tunnel_guard_ensure(want, store, &kernel, &err) == 0;
	printf(", again %ld us", (long)(now_us() - begin));
	overlay->peers[7].leaving = true;
	begin = now_us();
	bool settled = state_save(want, &err) && tunnel_guard_settle(want, store, &kernel, &err) == 0;
	printf(", one leaves %ld us", (long)(now_us() - begin));
	begin = now_us();
	bool verified = tunnel_guard_verify(want, store, &kernel, &err) == 0;
	printf(", verify %ld us\n", (long)(now_us() - begin));
	ok(again && settled && verified, "many: again, settled and verified");
	show(&err);
	ok(!nft_says(SET4, "198.18.0.8 ") && nft_says(SET4, "198.18.0.9 "), "many: the one that left, and no other");
	begin = now_us();
	bool left = guard_leave(want, &err);
	printf("# all leave: %ld us\n", (long)(now_us() - begin));
	ok(left && is_empty(), "many: gone");
	overlay_free(&overlay);
	free(want);
}

int main(void)
{
	if (!nat_open())
		return done();
	for (size_t i = 0; i < sizeof kind_cases / sizeof *kind_cases; i++)
		test_kind(&kind_cases[i]);
	test_changes();
	test_last_user();
	test_nested();
	test_many();
	nat_close();
	return done();
}
