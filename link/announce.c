/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Public addresses on the uplink. */
#include "link/announce.h"

#include "conf/marks.h"
#include "kernel/lookup.h"
#include "kernel/sysctl.h"
#include "link/gateway.h"
#include "link/messages.h"
#include "link/proxy.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* Answers for proxy entries and for nothing else; stays, as forwarding does */
static const struct sysctl PROXY_NDP[] = {{"ipv6/conf/%s", "proxy_ndp", "1", false}};

static int refuse(const struct ip *ip, const char *why, struct error *err)
{
	char text[IP_TEXT_SIZE];

	return error_set(err, ERROR_CONFIG, 0, "public address %s %s", ip_format(ip, text), why);
}

static bool is_static(const struct attachment *want, const struct ip *ip)
{
	for (size_t i = 0; i < want->nat.static_count; i++)
		if (ip_equal(&want->nat.statics[i].public, ip))
			return true;
	return false;
}

/** is_ours() - whether the host has this address because another attachment has it as a public one */
static int is_ours(const struct attachment *want, const struct ip *ip, struct store *store, bool *ours,
		   struct error *err)
{
	char name[USE_NAME_SIZE];
	bool last = true;

	*ours = false;
	if (is_static(want, ip))
		return 0;
	if (store_begin(store, err) < 0)
		return -1;
	int status = use_is_last(store, use_name_announce(ip, name), &want->id, &last, err);
	store_end(store);
	*ours = !last;
	return status;
}

/** judge() - which interface a route leads to, as an uplink; 0: none. *@why: of what is refused */
static int judge(const struct route_found *found, const struct ip *ip, const char **why)
{
	const bool one_address = found->length == ip_bits(ip->family) && found->protocol == ROUTE_PROTOCOL;

	*why = "has no route: no interface could answer for it";
	if (found->type != RTN_UNICAST || found->hop_count == 0)
		return 0;
	if (one_address && found->priority)
		return (int)found->priority; /* announced already: says where */
	*why = "is the address of a container";
	return one_address ? 0 : found->ifindexes[0];
}

static int find_uplink(const struct attachment *want, struct public_address *public, struct store *store,
		       struct rtnl *host, struct error *err)
{
	struct route_found found;
	struct link_state link;
	const char *why = "";
	bool ours = true, exists;

	if (route_lookup(host, &public->ip, &found, err) < 0)
		return -1;
	if (found.type == RTN_LOCAL && is_ours(want, &public->ip, store, &ours, err) < 0)
		return -1;
	if (!ours)
		return refuse(&public->ip, "is one of this host already", err);
	int ifindex = found.type == RTN_LOCAL ? found.ifindexes[0] : judge(&found, &public->ip, &why);
	if (!ifindex)
		return refuse(&public->ip, why, err);
	if (link_query_index(host, ifindex, &link, &exists, err) < 0)
		return -1;
	if (!exists || link.group == HOST_END_GROUP || strcmp(link.name, GATEWAY_BRIDGE) == 0)
		return refuse(&public->ip, "has no route out of this host", err);
	memcpy(public->uplink, link.name, sizeof public->uplink);
	return 0;
}

int uplink_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	for (size_t i = 0; i < want->nat.public_count; i++)
		if (find_uplink(want, &want->nat.publics[i], store, kernel->host, err) < 0)
			return -1;
	/* Recorded before there is anything to remove */
	return want->nat.public_count ? record_update(store, want, err) : 0;
}

/** route_to() - what makes the kernel answer for an address */
static struct route_wish route_to(const struct ip *ip, int bridge, int uplink)
{
	return (struct route_wish){.destination = prefix_of_host(ip),
				   .ifindex = bridge,
				   .type = RTN_UNICAST,
				   .scope = ip->family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
				   .protocol = ROUTE_PROTOCOL,
				   .priority = (uint32_t)uplink};
}

static int ensure_proxy(const struct ip *ip, const struct link_state *uplink, struct rtnl *host, struct error *err)
{
	struct error refusal = ERROR_INIT;
	int bridge;

	if (gateway_bridge_ensure(host, &bridge, err) < 0)
		return -1;
	const struct route_wish wish = route_to(ip, bridge, uplink->ifindex);
	if (route_add(host, &wish, &refusal) < 0 && refusal.errnum != EEXIST) {
		error_merge(err, &refusal);
		return -1;
	}
	if (ip->family == AF_INET6 && sysctl_ensure(PROXY_NDP, 1, uplink->name, err) < 0)
		return -1;
	return proxy_add(host, uplink->ifindex, ip, err);
}

int announce_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	for (size_t i = 0; i < want->nat.public_count; i++) {
		const struct public_address *public = &want->nat.publics[i];
		const struct prefix address = prefix_of_host(&public->ip);
		struct link_state uplink;
		bool exists;

		if (link_query(kernel->host, public->uplink, &uplink, &exists, err) < 0)
			return -1;
		if (!exists)
			return refuse(&public->ip, "has lost its uplink", err);
		if (want->nat.announce == ANNOUNCE_ADDRESS
			    ? address_add_public(kernel->host, uplink.ifindex, &address, err) < 0
			    : ensure_proxy(&public->ip, &uplink, kernel->host, err) < 0)
			return -1;
	}
	return 0;
}

static int drift(const struct public_address *public, const char *what, struct error *err)
{
	char text[IP_TEXT_SIZE];

	return error_set(err, ERROR_DRIFT, 0, "%s of public address %s is missing (uplink %s)", what,
			 ip_format(&public->ip, text), public->uplink);
}

static int verify_proxy(const struct public_address *public, const struct link_state *uplink, struct rtnl *host,
			struct error *err)
{
	const struct route_wish wish = route_to(&public->ip, 0, uplink->ifindex);
	bool exists;

	if (proxy_exists(host, uplink->ifindex, &public->ip, &exists, err) < 0)
		return -1;
	if (!exists)
		return drift(public, "proxy entry", err);
	if (route_exists(host, &wish, &exists, err) < 0)
		return -1;
	if (!exists)
		return drift(public, "route", err);
	return public->ip.family == AF_INET6 ? sysctl_verify(PROXY_NDP, 1, uplink->name, err) : 0;
}

int announce_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	for (size_t i = 0; i < want->nat.public_count; i++) {
		const struct public_address *public = &want->nat.publics[i];
		const struct prefix address = prefix_of_host(&public->ip);
		struct link_state uplink;
		bool exists;

		if (link_query(kernel->host, public->uplink, &uplink, &exists, err) < 0)
			return -1;
		if (!exists)
			return drift(public, "uplink", err);
		if (want->nat.announce == ANNOUNCE_PROXY) {
			if (verify_proxy(public, &uplink, kernel->host, err) < 0)
				return -1;
			continue;
		}
		if (address_exists(kernel->host, uplink.ifindex, &address, &exists, err) < 0)
			return -1;
		if (!exists)
			return drift(public, "address", err);
	}
	return 0;
}

/** withdraw() - one public address; an uplink that is gone has taken its part with it */
static int withdraw(const struct attachment *want, const struct public_address *public, struct rtnl *host,
		    struct error *err)
{
	const struct prefix address = prefix_of_host(&public->ip);
	struct link_state uplink;
	bool exists = false;

	if (public->uplink[0] == '\0')
		return 0; /* nothing was made yet */
	if (link_query(host, public->uplink, &uplink, &exists, err) < 0)
		return -1;
	if (want->nat.announce == ANNOUNCE_ADDRESS)
		return exists ? address_delete(host, uplink.ifindex, &address, err) : 0;
	if (exists && proxy_delete(host, uplink.ifindex, &public->ip, err) < 0)
		return -1;
	const struct route_wish wish = route_to(&public->ip, 0, exists ? uplink.ifindex : 0);
	return route_delete(host, &wish, err);
}

int announce_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	int status = 0;

	(void)store;
	for (size_t i = 0; i < want->nat.public_count; i++)
		if (is_static(want, &want->nat.publics[i].ip) &&
		    withdraw(want, &want->nat.publics[i], kernel->host, err) < 0)
			status = -1;
	return status;
}

int uplink_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	char name[USE_NAME_SIZE];
	bool last = false;
	int status = 0;

	for (size_t i = 0; i < want->nat.public_count; i++) {
		const struct public_address *public = &want->nat.publics[i];

		if (is_static(want, &public->ip))
			continue;
		if (use_is_last(store, use_name_announce(&public->ip, name), &want->id, &last, err) < 0 ||
		    (last && withdraw(want, public, kernel->host, err) < 0))
			status = -1;
	}
	return status;
}

/** struct clients - how many leave with addresses of a pool */
struct clients {
	const struct nat_pool *pool;
	uint64_t count;
};

static int count_client(const struct attachment *record, void *argument, struct error *err)
{
	struct clients *clients = argument;

	(void)err;
	clients->count +=
		nat_pool_contains(clients->pool, &record->nat.pools[nat_family(clients->pool->first.family)].chosen);
	return 0;
}

static int probe_pool(const struct attachment *want, const struct nat_pool *pool, struct store *store,
		      struct error *err)
{
	const uint64_t size = ip_distance(&pool->first, &pool->last) + 1;
	struct clients clients = {.pool = pool};
	char first[IP_TEXT_SIZE], last[IP_TEXT_SIZE];

	if (record_walk(store, want->id.network, count_client, &clients, err) < 0)
		return -1;
	if (clients.count > size)
		error_warn(err, "nat.pool: %s-%s has %llu addresses for %llu attachments: they share ports",
			   ip_format(&pool->first, first), ip_format(&pool->last, last), (unsigned long long)size,
			   (unsigned long long)clients.count);
	return 0;
}

int announce_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)kernel;
	for (size_t i = 0; i < NAT_FAMILIES; i++)
		if (ip_is_set(&want->nat.pools[i].first) && probe_pool(want, &want->nat.pools[i], store, err) < 0)
			return -1;
	return 0;
}
