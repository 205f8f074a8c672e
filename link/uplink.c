/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to a public address, and what stands in it. */
#include "link/uplink.h"

#include "conf/marks.h"

#include <limits.h>
#include <linux/rtnetlink.h>
#include <string.h>

struct route_wish announced_route(const struct ip *ip, int bridge, int uplink)
{
	return (struct route_wish){.destination = prefix_of_host(ip),
				   .ifindex = bridge,
				   .type = RTN_UNICAST,
				   .scope = ip->family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
				   .protocol = ROUTE_PROTOCOL,
				   .priority = (uint32_t)uplink};
}

int announced_route_delete(struct rtnl *host, const struct ip *ip, struct error *err)
{
	struct link_state bridge;
	bool exists;

	if (link_query(host, GATEWAY_BRIDGE, &bridge, &exists, err) < 0)
		return -1;
	const struct route_wish wish = announced_route(ip, exists ? bridge.ifindex : 0, 0);
	return exists ? route_delete(host, &wish, err) : 0; /* it has gone with the bridge */
}

/** is_announced() - the device decides: the kernel gives a container's IPv6 route a metric, too */
static bool is_announced(const struct way *way, const struct ip *ip)
{
	return way->exists && way->route.type == RTN_UNICAST && way->route.protocol == ROUTE_PROTOCOL &&
	       way->route.length == ip_bits(ip->family) && strcmp(way->link.name, GATEWAY_BRIDGE) == 0;
}

int way_to(struct rtnl *host, const struct ip *ip, struct way *way, struct error *err)
{
	*way = (struct way){.exists = false};
	if (route_lookup(host, ip, &way->route, err) < 0)
		return -1;
	if (way->route.hop_count == 0)
		return 0;
	if (link_query_index(host, way->route.ifindexes[0], &way->link, &way->exists, err) < 0)
		return -1;
	way->announced = is_announced(way, ip);
	if (!way->announced)
		return 0;
	const uint32_t uplink = way->route.priority;
	way->exists = uplink > 0 && uplink <= INT_MAX;
	return way->exists ? link_query_index(host, (int)uplink, &way->link, &way->exists, err) : 0;
}

static int refuse(const struct ip *ip, const char *why, struct error *err)
{
	char text[IP_TEXT_SIZE];

	return error_set(err, ERROR_CONFIG, 0, "public address %s %s", ip_format(ip, text), why);
}

/** is_ours() - whether the host has this address because another attachment has it as a public one */
static int is_ours(const struct attachment *want, const struct ip *ip, struct store *store, bool *ours,
		   struct error *err)
{
	char name[USE_NAME_SIZE];
	bool last = true;

	*ours = false;
	if (nat_has_static(&want->nat, ip))
		return 0;
	if (store_begin(store, err) < 0)
		return -1;
	int status = use_is_last(store, use_name_announce(ip, name), &want->id, &last, err);
	store_end(store);
	*ours = !last;
	return status;
}

/** objection() - why an address that is none of this host's cannot be announced; NULL: it can */
static const char *objection(const struct way *way)
{
	if (way->route.hop_count == 0 || (way->route.type != RTN_UNICAST && way->route.type != RTN_LOCAL))
		return "has no route: no interface could answer for it";
	if (way->exists && way->link.group == HOST_END_GROUP)
		return "is the address of a container";
	if (way->exists && way->link.group == BRIDGE_GROUP)
		return "is among the addresses of containers on a bridge";
	return way->exists && strcmp(way->link.name, GATEWAY_BRIDGE) != 0 ? NULL : "has no route out of this host";
}

/** check_router() - to answer for the router of the uplink's network would cut everybody off there */
static int check_router(struct rtnl *host, const struct ip *ip, struct error *err)
{
	struct route_found found;

	if (route_lookup_default(host, ip->family, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.hop_count; i++)
		if (ip_equal(&found.gateways[i], ip))
			return refuse(ip, "is the next hop of the default route", err);
	return 0;
}

static int find_uplink(const struct attachment *want, struct public_address *public, struct store *store,
		       struct rtnl *host, struct error *err)
{
	const struct ip *ip = &public->ip;
	struct way way;
	bool ours = true;

	if (way_to(host, ip, &way, err) < 0)
		return -1;
	/* the uplink it was announced on is gone: look again without */
	if (way.announced && !way.exists &&
	    (announced_route_delete(host, ip, err) < 0 || way_to(host, ip, &way, err) < 0))
		return -1;
	if (way.route.type == RTN_LOCAL && is_ours(want, ip, store, &ours, err) < 0)
		return -1;
	if (!ours)
		return refuse(ip, "is one of this host already", err);
	const char *why = objection(&way);
	if (why)
		return refuse(ip, why, err);
	if (check_router(host, ip, err) < 0)
		return -1;
	memcpy(public->uplink, way.link.name, sizeof public->uplink);
	public->ifindex = way.link.ifindex;
	return 0;
}

int pools_check(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	char first[IP_TEXT_SIZE], last[IP_TEXT_SIZE], text[IP_TEXT_SIZE];
	struct ip own;

	for (size_t i = 0; i < NAT_FAMILIES; i++) {
		const struct nat_pool *pool = &want->nat.pools[i];

		if (!ip_is_set(&pool->first))
			continue;
		if (address_find_own(kernel->host, &pool->first, &pool->last, &own, err) < 0)
			return -1;
		if (ip_is_set(&own))
			return error_set(err, ERROR_CONFIG, 0, "nat.pool: %s-%s holds %s, an address of this host",
					 ip_format(&pool->first, first), ip_format(&pool->last, last),
					 ip_format(&own, text));
	}
	return 0;
}

int uplink_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	if (pools_check(want, kernel, err) < 0)
		return -1;
	for (size_t i = 0; i < want->nat.public_count; i++)
		if (find_uplink(want, &want->nat.publics[i], store, kernel->host, err) < 0)
			return -1;
	/* Recorded before there is anything to remove */
	return want->nat.public_count ? record_update(store, want, err) : 0;
}
