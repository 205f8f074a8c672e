/* SPDX-License-Identifier: GPL-2.0-or-later */
/* overlay/underlay: who needs a tunnel, the same at both ends. store/overlay_state: what is applied is read back as it was. */
#include "overlay/underlay.h"

#include "base/file.h"
#include "store/overlay_state.h"
#include "tests/store_fixture.h"

#include <string.h>

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix = {.length = 0};

	if (!prefix_parse(text, &prefix))
		(void)ip_parse(text, &prefix.ip);
	return prefix;
}

static void test_direct(void)
{
	static const struct {
		const char *local, *peer;
		bool gateway, direct;
	} cases[] = {
		{"192.0.2.1/24", "192.0.2.2/24", false, true},	{"192.0.2.1/24", "192.0.2.2/24", true, false},
		{"192.0.2.1/24", "192.0.2.2", false, false},	{"192.0.2.1/24", "192.0.2.2/16", false, true},
		{"192.0.2.1/24", "192.0.3.2/16", false, false}, {"192.0.2.1/24", "192.0.2.200/25", false, false},
		{"192.0.2.1/32", "192.0.2.2/24", false, false}, {"fd99::1/64", "fd99::2/64", false, true},
		{"192.0.2.1/24", "fd99::2/64", false, false},	{"192.0.2.1/24", "198.51.100.2/24", false, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct prefix local = prefix_of(cases[i].local), peer = prefix_of(cases[i].peer);

		ok(overlay_reaches_directly(&local, &peer, cases[i].gateway) == cases[i].direct, cases[i].peer);
		ok(overlay_reaches_directly(&peer, &local, cases[i].gateway) == cases[i].direct,
		   "the same at the other end");
	}
}

/** sample() - an overlay of three peers, the first reached directly */
static struct overlay *sample(struct error *err)
{
	static const char *const hosts[] = {"192.0.2.2/24", "192.0.2.3", "192.0.2.4"};
	struct overlay *overlay = overlay_new(err);

	if (!overlay || !(overlay->peers = calloc(3, sizeof *overlay->peers)))
		exit(1);
	overlay->kind = OVERLAY_IPIP;
	overlay->direct = true;
	overlay->ttl = 64;
	overlay->networks[0] = prefix_of("10.77.0.0/16");
	for (; overlay->peer_count < 3; overlay->peer_count++) {
		struct overlay_peer *peer = &overlay->peers[overlay->peer_count];
		char text[32];

		(void)snprintf(text, sizeof text, "10.77.%zu.0/24", overlay->peer_count + 2);
		peer->host = prefix_of(hosts[overlay->peer_count]).ip;
		peer->subnets[peer->subnet_count++] = prefix_of(text);
	}
	overlay->hash = overlay_hash(overlay);
	overlay->peers[0].direct = true;
	overlay->local = prefix_of("192.0.2.1").ip;
	overlay->local_length = 24;
	overlay->mtu = 1480;
	overlay->egress = 1500;
	(void)snprintf(overlay->device, sizeof overlay->device, "eth0");
	overlay_tunnel_name(overlay, NULL, overlay->tunnel);
	return overlay;
}

static void save(struct fixture *fixture, const struct overlay *overlay)
{
	is_int(store_begin(fixture->store, &fixture->err), 0, "section");
	is_int(overlay_state_save(fixture->store, "net", overlay, &fixture->err), 0, "saved");
	store_end(fixture->store);
	is_text(fixture->err.msg, "", "without failure");
}

static int count_states(const char *network, const struct overlay *state, void *argument, struct error *err)
{
	(void)err;
	*(size_t *)argument += strcmp(network, "net") == 0 ? state->peer_count : 1000;
	return 0;
}

static void test_state(void)
{
	struct fixture fixture;
	fixture_open(&fixture);
	struct overlay *overlay = sample(&fixture.err), *read = NULL, *wish = sample(&fixture.err);
	size_t seen = 0;

	is_int(overlay_state_load(fixture.store, "net", &read, &fixture.err), 0, "nothing is there");
	ok(!read, "and nothing is read");
	overlay->peers[2].leaving = true;
	(void)snprintf(overlay->old_tunnels, sizeof overlay->old_tunnels, "ipip00000000 gre11111111 ");
	save(&fixture, overlay);
	is_int(overlay_state_load(fixture.store, "net", &read, &fixture.err), 0, "read");
	ok(read && read->hash == overlay->hash && !read->settled && read->peer_count == 3 && read->peers[0].direct &&
		   !read->peers[1].direct && read->peers[2].leaving && read->mtu == 1480 && read->egress == 1500,
	   "as it was written");
	is_text(read ? read->old_tunnels : "", "ipip00000000 gre11111111 ", "with the tunnels that were replaced");
	overlay_free(&read);

	wish->peers[0].direct = false;
	wish->mtu = 0;
	is_int(overlay_state_glance(fixture.store, "net", wish, &fixture.err), 0, "glance");
	ok(!wish->settled && wish->mtu == 1480 && wish->peers[0].direct,
	   "what was decided is taken over, it is not settled");
	is_int(overlay_state_settle(fixture.store, "net", overlay, &fixture.err), 0, "settle");
	ok(overlay->settled && overlay->peer_count == 2 && !overlay->old_tunnels[0], "who was leaving is forgotten");
	wish->peer_count = 2;
	is_int(overlay_state_glance(fixture.store, "net", wish, &fixture.err), 0, "glance");
	ok(wish->settled, "it is settled");
	wish->hash++;
	is_int(overlay_state_glance(fixture.store, "net", wish, &fixture.err), 0, "glance of another wish");
	ok(!wish->settled, "is not what stands");
	is_int(overlay_states_walk(fixture.store, NULL, count_states, &seen, &fixture.err), 0, "all networks");
	is_int(seen, 2, "this one");
	is_int(overlay_states_walk(fixture.store, "net", count_states, &seen, &fixture.err), 0, "all but this");
	is_int(seen, 2, "none");

	is_int(file_write(fixture.store->root, "overlay/net", "{\"version\":1", 12, &fixture.err), 0, "half a file");
	is_int(overlay_state_load(fixture.store, "net", &read, &fixture.err), 0, "is none");
	ok(!read && fixture.err.warning[0], "with a warning");
	overlay_free(&overlay);
	overlay_free(&wish);
	fixture_close(&fixture);
}

/** test_everybody_leaves() - as many as there may be, and as many who leave: all of them are known */
static void test_everybody_leaves(void)
{
	struct fixture fixture;
	fixture_open(&fixture);
	struct overlay *overlay = sample(&fixture.err), *read = NULL;
	struct overlay_peer *peers = calloc(2 * MAX_PEERS, sizeof *peers);

	if (!peers)
		exit(1);
	for (size_t i = 0; i < 2 * (size_t)MAX_PEERS; i++) {
		peers[i] = overlay->peers[i % 3];
		peers[i].leaving = i >= MAX_PEERS;
	}
	(void)snprintf(peers[MAX_PEERS].tunnel, IFNAMSIZ, "ipip12345678");
	overlay_clear(overlay);
	overlay->peers = peers;
	overlay->peer_count = 2 * (size_t)MAX_PEERS;
	save(&fixture, overlay);
	is_int(overlay_state_load(fixture.store, "net", &read, &fixture.err), 0, "read");
	is_text(fixture.err.warning, "", "without a warning");
	is_int(read ? read->peer_count : 0, 2 * (size_t)MAX_PEERS, "all of them");
	is_text(read ? read->peers[MAX_PEERS].tunnel : "", "ipip12345678", "who leaves with the device of his own");
	overlay_free(&overlay);
	overlay_free(&read);
	fixture_close(&fixture);
}

int main(void)
{
	test_direct();
	test_state();
	test_everybody_leaves();
	return done();
}
