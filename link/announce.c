/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Public addresses on the uplink. */
#include "link/announce.h"

#include "kernel/sysctl.h"
#include "link/gateway.h"
#include "link/messages.h"
#include "link/proxy.h"
#include "link/uplink.h"

#include <linux/rtnetlink.h>

/* Answers for proxy entries and for nothing else; stays, as forwarding does */
static const struct sysctl PROXY_NDP[] = {{"ipv6/conf/%s", "proxy_ndp", "1", false}};

/** find_recorded() - the uplink of an announced address, by its name or, where it was renamed, by its index */
static int find_recorded(const struct public_address *public, struct rtnl *host, struct link_state *uplink,
			 bool *exists, struct error *err)
{
	if (link_query(host, public->uplink, uplink, exists, err) < 0)
		return -1;
	return *exists || !public->ifindex ? 0 : link_query_index(host, public->ifindex, uplink, exists, err);
}

static int ensure_proxy(const struct ip *ip, const struct link_state *uplink, struct rtnl *host, struct error *err)
{
	int bridge;

	if (gateway_bridge_ensure(host, &bridge, err) < 0)
		return -1;
	const struct route_wish wish = announced_route(ip, bridge, uplink->ifindex);
	if (route_ensure(host, &wish, err) < 0)
		return -1;
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
		char text[IP_TEXT_SIZE];
		bool exists;

		if (find_recorded(public, kernel->host, &uplink, &exists, err) < 0)
			return -1;
		if (!exists)
			return error_set(err, ERROR_CONFIG, 0, "public address %s has lost its uplink %s",
					 ip_format(&public->ip, text), public->uplink);
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
	const struct route_wish wish = announced_route(&public->ip, 0, uplink->ifindex);
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

		if (find_recorded(public, kernel->host, &uplink, &exists, err) < 0)
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

/** struct forms - how an address may have been announced */
struct forms {
	bool proxy, address;
};

/** withdraw_from() - what one interface, which may be gone, says of an address */
static int withdraw_from(struct rtnl *host, int ifindex, const struct ip *ip, struct forms forms, struct error *err)
{
	const struct prefix address = prefix_of_host(ip);
	int status = forms.proxy ? proxy_delete(host, ifindex, ip, err) : 0;

	return forms.address && address_delete(host, ifindex, &address, err) < 0 ? -1 : status;
}

/**
 * withdraw() - one public address, from wherever it is announced
 *
 * From the interface that has the uplink's name, from the one that had it, and from the one that answers now: uplinks are
 * made anew and renamed, and who shared the address may have found another one.
 */
static int withdraw(const struct public_address *public, struct forms forms, struct rtnl *host, struct error *err)
{
	struct link_state named;
	struct way way;
	bool exists;
	int status = 0;

	if (public->uplink[0] == '\0')
		return 0; /* nothing was made yet */
	if (link_query(host, public->uplink, &named, &exists, err) < 0 || way_to(host, &public->ip, &way, err) < 0)
		return -1;
	const bool answers = way.exists && (way.announced || way.route.type == RTN_LOCAL);
	const int places[] = {exists ? named.ifindex : 0, public->ifindex, answers ? way.link.ifindex : 0};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		bool again = i > 0 && (places[i] == places[0] || places[i] == places[i - 1]);
		if (places[i] && !again && withdraw_from(host, places[i], &public->ip, forms, err) < 0)
			status = -1;
	}
	return forms.proxy && announced_route_delete(host, &public->ip, err) < 0 ? -1 : status;
}

int announce_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct forms own = {.proxy = want->nat.announce == ANNOUNCE_PROXY,
				  .address = want->nat.announce == ANNOUNCE_ADDRESS};
	int status = 0;

	(void)store;
	for (size_t i = 0; i < want->nat.public_count; i++)
		if (nat_has_static(&want->nat, &want->nat.publics[i].ip) &&
		    withdraw(&want->nat.publics[i], own, kernel->host, err) < 0)
			status = -1;
	return status;
}

int uplink_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	/* "announce" may have been changed since others announced it */
	const struct forms any = {.proxy = true, .address = true};
	char name[USE_NAME_SIZE];
	bool last = false;
	int status = 0;

	for (size_t i = 0; i < want->nat.public_count; i++) {
		const struct public_address *public = &want->nat.publics[i];

		if (nat_has_static(&want->nat, &public->ip))
			continue;
		if (use_is_last(store, use_name_announce(&public->ip, name), &want->id, &last, err) < 0 ||
		    (last && withdraw(public, any, kernel->host, err) < 0))
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
	if (pools_check(want, kernel, err) < 0)
		return -1;
	for (size_t i = 0; i < NAT_FAMILIES; i++)
		if (ip_is_set(&want->nat.pools[i].first) && probe_pool(want, &want->nat.pools[i], store, err) < 0)
			return -1;
	return 0;
}
