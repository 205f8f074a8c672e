/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of rtnetlink: kernel/rtnl, kernel/lookup, link/queries, link/port_vlans, nat/interfaces. */
#include "kernel/locality.h"
#include "kernel/lookup.h"
#include "link/messages.h"
#include "link/port_vlans.h"
#include "nat/interfaces.h"

#include "base/cleanup.h"
#include "tests/fuzz/kernel_played.h"

#include <linux/rtnetlink.h>

static const uint8_t MAC[MAC_LENGTH] = {2, 0, 0, 0, 0, 1};
static const struct ip HOST = {AF_INET, {10, 77, 0, 2}}, HOST6 = {AF_INET6, {0xfd, 0x77, [15] = 2}};
enum { IFINDEX = 7 };

static struct guard_list guard;

static void demand_link(int status, const struct link_state *state, bool exists, const struct error *err)
{
	demand_verdict(status, err);
	demand(status < 0 || !exists || (memchr(state->name, 0, sizeof state->name) && memchr(state->kind, 0, 16)));
}

static void ask_name(struct rtnl *rtnl, struct error *err)
{
	struct link_state state;
	bool exists;
	int status = link_query(rtnl, "veth0", &state, &exists, err);

	demand_link(status, &state, exists, err);
}

static void ask_index(struct rtnl *rtnl, struct error *err)
{
	struct link_state state;
	bool exists;
	int status = link_query_index(rtnl, IFINDEX, &state, &exists, err);

	demand_link(status, &state, exists, err);
}

static void ask_address(struct rtnl *rtnl, struct error *err)
{
	const struct prefix address = {HOST, 32};
	bool exists;

	demand_verdict(address_exists(rtnl, IFINDEX, &address, &exists, err), err);
}

static void ask_address6(struct rtnl *rtnl, struct error *err)
{
	const struct prefix address = {HOST6, 128};
	bool exists;

	demand_verdict(address_exists(rtnl, IFINDEX, &address, &exists, err), err);
}

static void ask_route(struct rtnl *rtnl, struct error *err)
{
	const struct route_wish wish = {.destination = {HOST, 32},
					.gateway = {AF_INET, {10, 77, 0, 1}},
					.source = {AF_INET, {10, 77, 0, 1}},
					.ifindex = IFINDEX,
					.priority = 5};
	bool exists;

	demand_verdict(route_exists(rtnl, &wish, &exists, err), err);
}

static void ask_neighbour(struct rtnl *rtnl, struct error *err)
{
	bool matches;

	demand_verdict(neighbour_matches(rtnl, IFINDEX, &HOST, MAC, &matches, err), err);
}

static void ask_lookup(struct rtnl *rtnl, struct error *err)
{
	struct route_found found;
	int status = route_lookup(rtnl, &HOST6, &found, err);

	demand_verdict(status, err);
	demand(found.hop_count <= MAX_NEXT_HOPS);
}

static void ask_local(struct rtnl *rtnl, struct error *err)
{
	bool local;

	demand_verdict(ip_is_local(rtnl, &HOST, &local, err), err);
}

static void ask_vlans(struct rtnl *rtnl, struct error *err)
{
	bool holds;

	demand_verdict(port_vlans_hold(rtnl, IFINDEX, MAX_VLAN, &holds, err), err);
}

static void request(struct rtnl *rtnl, struct error *err)
{
	demand_verdict(link_set_up(rtnl, IFINDEX, true, err), err);
}

static void list_interfaces(struct rtnl *rtnl, struct error *err)
{
	int status = interfaces_list(rtnl, &guard, err);

	demand_verdict(status, err);
	demand(guard.count <= MAX_GUARDED);
	for (size_t i = 0; i < guard.count; i++)
		demand(memchr(guard.ifnames[i], '\0', IFNAMSIZ) != NULL);
}

static void list_addresses(struct rtnl *rtnl, struct error *err)
{
	CLEANUP(element_list_free) struct element_list list = ELEMENT_LIST_EMPTY;

	demand_verdict(interfaces_addresses(rtnl, IFINDEX, &list, err), err);
}

static void (*const questions[])(struct rtnl *rtnl, struct error *err) = {
	ask_name,   ask_index, ask_address, ask_address6,    ask_route,	     ask_neighbour,
	ask_lookup, ask_local, request,	    list_interfaces, list_addresses, ask_vlans,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rtnl *rtnl;
	struct error err = ERROR_INIT;

	if (size == 0)
		return 0;
	demand(rtnl || rtnl_open(&rtnl, &err) == 0);
	play(data + 1, size - 1);
	questions[data[0] % (sizeof questions / sizeof *questions)](rtnl, &err);
	forget_tail();
	return 0;
}
