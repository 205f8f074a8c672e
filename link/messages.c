/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that change the kernel, built with libnl-route; queries are in queries.c. */
#include "link/messages.h"

#include "base/cleanup.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/route.h>

static void cleanup_nl_addr(struct nl_addr **addr)
{
	nl_addr_put(*addr);
}

static void cleanup_link(struct rtnl_link **link)
{
	rtnl_link_put(*link);
}

static void cleanup_addr(struct rtnl_addr **addr)
{
	rtnl_addr_put(*addr);
}

static void cleanup_neigh(struct rtnl_neigh **neigh)
{
	rtnl_neigh_put(*neigh);
}

static void cleanup_route(struct rtnl_route **route)
{
	rtnl_route_put(*route);
}

/**
 * build_prefix() - libnl's form; NULL without memory
 *
 * libnl's setters crash on NULL or leave the field out, and a request that lacks a field means something else. So whoever
 * builds one of several parts below has all of them or gives NULL.
 */
static struct nl_addr *build_prefix(const struct prefix *prefix)
{
	struct nl_addr *addr = nl_addr_build(prefix->ip.family, prefix->ip.bytes, ip_size(prefix->ip.family));

	if (addr)
		nl_addr_set_prefixlen(addr, prefix->length);
	return addr;
}

static struct nl_addr *build_host(const struct ip *ip)
{
	struct prefix host = prefix_of_host(ip);

	return build_prefix(&host);
}

/** tolerate() - take one errno for success */
static int tolerate(int status, int errnum, const struct error *attempt, struct error *err)
{
	if (status < 0 && attempt->errnum != errnum)
		error_merge(err, attempt);
	return status < 0 && attempt->errnum != errnum ? -1 : 0;
}

int link_set_up(struct rtnl *rtnl, int ifindex, bool up, struct error *err)
{
	CLEANUP(cleanup_link) struct rtnl_link *current = rtnl_link_alloc(), *change = rtnl_link_alloc();
	struct nl_msg *msg = NULL;

	if (current && change) {
		rtnl_link_set_ifindex(current, ifindex);
		if (up)
			rtnl_link_set_flags(change, IFF_UP);
		else
			rtnl_link_unset_flags(change, IFF_UP);
		(void)rtnl_link_build_change_request(current, change, 0, &msg);
	}
	return rtnl_request(rtnl, msg, err, "set interface %d %s", ifindex, up ? "up" : "down");
}

/** build_address() - the request object both address_add() and address_delete() send */
static struct rtnl_addr *build_address(int ifindex, const struct prefix *address, bool checked)
{
	enum { NO_BROADCAST_LENGTH = 31 }; /* RFC 3021: a link of two has none */
	CLEANUP(cleanup_nl_addr) struct nl_addr *local = build_prefix(address);
	CLEANUP(cleanup_addr) struct rtnl_addr *built = rtnl_addr_alloc();

	if (!built || !local || rtnl_addr_set_local(built, local) < 0)
		return NULL;
	rtnl_addr_set_ifindex(built, ifindex);
	if (address->ip.family == AF_INET6 && !checked)
		rtnl_addr_set_flags(built, IFA_F_NODAD);
	if (address->ip.family == AF_INET && address->length < NO_BROADCAST_LENGTH) {
		const struct ip last = prefix_last(address);
		CLEANUP(cleanup_nl_addr) struct nl_addr *broadcast = build_host(&last);
		if (!broadcast || rtnl_addr_set_broadcast(built, broadcast) < 0)
			return NULL;
	}
	struct rtnl_addr *whole = built;
	built = NULL;
	return whole;
}

static int add_address(struct rtnl *rtnl, struct rtnl_addr *built, const struct prefix *address, struct error *err)
{
	struct error attempt = ERROR_INIT;
	struct nl_msg *msg = NULL;
	char text[PREFIX_TEXT_SIZE];

	if (built)
		(void)rtnl_addr_build_add_request(built, NLM_F_CREATE | NLM_F_EXCL, &msg);
	int status = rtnl_request(rtnl, msg, &attempt, "add address %s", prefix_format(address, text));
	return tolerate(status, EEXIST, &attempt, err);
}

int address_add(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err)
{
	CLEANUP(cleanup_addr) struct rtnl_addr *built = build_address(ifindex, address, false);

	return add_address(rtnl, built, address, err);
}

int address_add_public(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err)
{
	CLEANUP(cleanup_addr) struct rtnl_addr *built = build_address(ifindex, address, false);

	if (built) { /* deprecated (RFC 4862, section 5.5.4) for as long as it is there */
		rtnl_addr_set_valid_lifetime(built, UINT32_MAX);
		rtnl_addr_set_preferred_lifetime(built, 0);
	}
	return add_address(rtnl, built, address, err);
}

int address_add_checked(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err)
{
	CLEANUP(cleanup_addr) struct rtnl_addr *built = build_address(ifindex, address, true);

	return add_address(rtnl, built, address, err);
}

int address_add_alone(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err)
{
	CLEANUP(cleanup_addr) struct rtnl_addr *built = build_address(ifindex, address, false);

	if (built)
		rtnl_addr_set_flags(built, IFA_F_NOPREFIXROUTE);
	return add_address(rtnl, built, address, err);
}

int address_delete(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err)
{
	CLEANUP(cleanup_addr) struct rtnl_addr *built = build_address(ifindex, address, false);
	struct error attempt = ERROR_INIT;
	struct nl_msg *msg = NULL;
	char text[PREFIX_TEXT_SIZE];

	if (built)
		(void)rtnl_addr_build_delete_request(built, 0, &msg);
	int status = rtnl_request(rtnl, msg, &attempt, "delete address %s", prefix_format(address, text));
	if (status < 0 && attempt.errnum == ENODEV) /* gone with its interface */
		return 0;
	return tolerate(status, EADDRNOTAVAIL, &attempt, err);
}

/** add_next_hop() - device and gateway of a unicast route; -1 without memory */
static int add_next_hop(struct rtnl_route *route, const struct route_wish *wish)
{
	CLEANUP(cleanup_nl_addr)
	struct nl_addr *gateway = ip_is_set(&wish->gateway) ? build_host(&wish->gateway) : NULL;

	if (ip_is_set(&wish->gateway) && !gateway)
		return -1;
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	if (!hop)
		return -1;
	rtnl_route_nh_set_ifindex(hop, wish->ifindex);
	if (gateway)
		rtnl_route_nh_set_gateway(hop, gateway);
	rtnl_route_add_nexthop(route, hop);
	return 0;
}

static int set_preferred_source(struct rtnl_route *route, const struct ip *ip)
{
	CLEANUP(cleanup_nl_addr) struct nl_addr *source = build_host(ip);

	return source && rtnl_route_set_pref_src(route, source) == 0 ? 0 : -1;
}

/** fill_route() - 0, or -1 when there is no memory for a part of it */
static int fill_route(struct rtnl_route *route, const struct route_wish *wish)
{
	CLEANUP(cleanup_nl_addr) struct nl_addr *destination = build_prefix(&wish->destination);

	if (!destination)
		return -1;
	rtnl_route_set_family(route, (uint8_t)wish->destination.ip.family);
	rtnl_route_set_scope(route, wish->scope);
	rtnl_route_set_protocol(route, wish->protocol);
	rtnl_route_set_table(route, wish->table ? wish->table : RT_TABLE_MAIN);
	if (wish->priority)
		rtnl_route_set_priority(route, wish->priority);
	if (rtnl_route_set_dst(route, destination) < 0 || rtnl_route_set_type(route, wish->type) < 0 ||
	    (wish->mtu && rtnl_route_set_metric(route, RTAX_MTU, wish->mtu) < 0) ||
	    (wish->advmss && rtnl_route_set_metric(route, RTAX_ADVMSS, wish->advmss) < 0) ||
	    (ip_is_set(&wish->source) && set_preferred_source(route, &wish->source) < 0))
		return -1;
	return wish->ifindex ? add_next_hop(route, wish) : 0;
}

static struct rtnl_route *build_route(const struct route_wish *wish)
{
	struct rtnl_route *route = rtnl_route_alloc();

	if (!route || fill_route(route, wish) == 0)
		return route;
	rtnl_route_put(route);
	return NULL;
}

/** describe_route() - "10.0.0.0/8 via 10.77.0.1", as an operator would type it */
static const char *describe_route(const struct route_wish *wish, char text[static 128])
{
	char destination[PREFIX_TEXT_SIZE], gateway[IP_TEXT_SIZE];
	bool via = ip_is_set(&wish->gateway);

	(void)snprintf(text, 128, "%s%s%s%s", wish->type == RTN_UNREACHABLE ? "unreachable " : "",
		       prefix_format(&wish->destination, destination), via ? " via " : "",
		       ip_format(&wish->gateway, gateway));
	return text;
}

int route_add(struct rtnl *rtnl, const struct route_wish *wish, struct error *err)
{
	CLEANUP(cleanup_route) struct rtnl_route *route = build_route(wish);
	struct nl_msg *msg = NULL;
	char text[128];

	if (route)
		(void)rtnl_route_build_add_request(route, NLM_F_CREATE | NLM_F_EXCL, &msg);
	return rtnl_request(rtnl, msg, err, "add route %s", describe_route(wish, text));
}

int route_ensure(struct rtnl *rtnl, const struct route_wish *wish, struct error *err)
{
	struct error attempt = ERROR_INIT;
	int status = route_add(rtnl, wish, &attempt);

	return tolerate(status, EEXIST, &attempt, err);
}

int route_delete(struct rtnl *rtnl, const struct route_wish *wish, struct error *err)
{
	CLEANUP(cleanup_route) struct rtnl_route *route = build_route(wish);
	struct error attempt = ERROR_INIT;
	struct nl_msg *msg = NULL;
	char text[128];

	if (route)
		(void)rtnl_route_build_del_request(route, 0, &msg);
	int status = rtnl_request(rtnl, msg, &attempt, "delete route %s", describe_route(wish, text));
	return tolerate(status, ESRCH, &attempt, err);
}

int neighbour_set(struct rtnl *rtnl, int ifindex, const struct ip *ip, const uint8_t mac[static MAC_LENGTH],
		  struct error *err)
{
	CLEANUP(cleanup_nl_addr) struct nl_addr *address = build_host(ip);
	CLEANUP(cleanup_nl_addr) struct nl_addr *hardware = nl_addr_build(AF_LLC, mac, MAC_LENGTH);
	CLEANUP(cleanup_neigh) struct rtnl_neigh *neigh = rtnl_neigh_alloc();
	struct nl_msg *msg = NULL;
	char text[IP_TEXT_SIZE];

	if (neigh && address && hardware && rtnl_neigh_set_dst(neigh, address) == 0) {
		rtnl_neigh_set_ifindex(neigh, ifindex);
		rtnl_neigh_set_state(neigh, NUD_PERMANENT);
		rtnl_neigh_set_lladdr(neigh, hardware);
		(void)rtnl_neigh_build_add_request(neigh, NLM_F_CREATE | NLM_F_REPLACE, &msg);
	}
	return rtnl_request(rtnl, msg, err, "set neighbour %s", ip_format(ip, text));
}
