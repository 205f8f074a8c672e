/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gateway addresses of bridge networks. Whoever uses one is counted in the store. */
#include "link/bridge_gateway.h"

#include "conf/bridged.h"
#include "conf/marks.h"
#include "kernel/locality.h"
#include "kernel/sysctl.h"
#include "link/bridge.h"
#include "link/bridge_segment.h"
#include "link/host_side.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* Of our own interfaces only. Router advertisements from a container must never reach the host (CVE-2020-10749) */
static const struct sysctl IPV6_SETTINGS[] = {
	{"ipv6/conf/%s", "accept_ra", "0", false},
	{"ipv6/conf/%s", "autoconf", "0", false},
	{"ipv6/conf/%s", "accept_dad", "0", false},
	{"ipv6/conf/%s", "disable_ipv6", "0", false},
};
/* forwarding: decided by the interface that a packet comes in through, see link/host_side.c */
static const struct sysctl IPV4_SETTINGS[] = {
	{"ipv4/conf/%s", "rp_filter", "1", false},
	{"ipv4/conf/%s", "forwarding", "1", false},
};
/* Of any bridge: the ruleset drops 127/8 that comes from outside */
static const struct sysctl LOOPBACK_SETTINGS[] = {{"ipv4/conf/%s", "route_localnet", "1", false}};

/** apply() - @ours: the interface; sysctl_ensure() or sysctl_verify() over the lists that are needed */
static int apply(const struct attachment *want, bool ours, sysctl_act act, struct error *err)
{
	const struct sysctl_list lists[] = {
		SYSCTL_LIST(ours && attachment_has_family(want, AF_INET), IPV4_SETTINGS),
		SYSCTL_LIST(ours && attachment_has_family(want, AF_INET6), IPV6_SETTINGS),
		SYSCTL_LIST(publishes_on_loopback(want), LOOPBACK_SETTINGS),
	};

	return sysctl_apply(lists, sizeof lists / sizeof *lists, act, want->bridge.segment, err);
}

/** may_set() - whether the interface that holds the gateways is ours: @ours is only the bridge that it may be on */
static bool may_set(const struct attachment *want, const struct link_state *device, bool ours)
{
	return want->bridge.vlan ? device->group == BRIDGE_GROUP : ours;
}

/** gateway_of() - as the interface has it */
static struct prefix gateway_of(const struct address *address)
{
	return (struct prefix){.ip = address->gateway, .length = address->subnet.length};
}

/** clear_way() - remove what overlaps with a gateway, or refuse */
static int clear_way(const struct attachment *want, const struct prefix *gateway, int ifindex, struct rtnl *host,
		     struct error *err)
{
	struct prefix conflict;
	char wanted[PREFIX_TEXT_SIZE], found[PREFIX_TEXT_SIZE];

	for (;;) {
		if (address_find_overlap(host, ifindex, gateway, &conflict, err) < 0)
			return -1;
		if (!ip_is_set(&conflict.ip))
			return 0;
		if (!bridge_has(want, BRIDGE_FORCE_ADDRESS)) {
			(void)error_set(err, ERROR_CONFIG, 0, "\"%s\" already has an IP address different from %s",
					want->bridge.segment, prefix_format(gateway, wanted));
			error_detail(err, "it has %s (\"forceAddress\": true replaces it)",
				     prefix_format(&conflict, found));
			return -1;
		}
		if (address_delete(host, ifindex, &conflict, err) < 0)
			return -1;
	}
}

/** claim_one() - ours is what is not there, and what another attachment says that we put there */
static int claim_one(struct attachment *want, size_t index, int ifindex, struct store *store, struct rtnl *host,
		     struct error *err)
{
	const struct prefix gateway = gateway_of(&want->addresses[index]);
	char name[USE_NAME_SIZE];
	bool exists, nobody_else = false;

	if (address_exists(host, ifindex, &gateway, &exists, err) < 0)
		return -1;
	if (exists && use_is_last(store, use_name_made(want, index, name), &want->id, &nobody_else, err) < 0)
		return -1;
	if (exists && nobody_else)
		return 0;
	want->bridge.made |= (uint16_t)(1U << index);
	return exists ? 0 : clear_way(want, &gateway, ifindex, host, err);
}

/** claim() - on a bridge of somebody else: find out which gateways are ours to remove one day, and write it down */
static int claim(struct attachment *want, int ifindex, struct store *store, struct rtnl *host, struct error *err)
{
	int status = 0;

	if (store_begin(store, err) < 0)
		return -1;
	for (size_t i = 0; status == 0 && i < want->address_count; i++)
		if (ip_is_set(&want->addresses[i].gateway))
			status = claim_one(want, i, ifindex, store, host, err);
	if (status == 0 && want->bridge.made)
		status = record_update_uses(store, want, err);
	store_end(store);
	return status;
}

static int ensure_gateways(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state device;
	bool ours;

	if (bridge_find(want, kernel->host, &device, &ours, err) < 0 ||
	    segment_ensure(want, store, kernel->host, &device, err) < 0 ||
	    apply(want, may_set(want, &device, ours), sysctl_ensure, err) < 0 ||
	    (!ours && claim(want, device.ifindex, store, kernel->host, err) < 0))
		return -1;
	for (size_t i = 0; i < want->address_count; i++) {
		const struct prefix gateway = gateway_of(&want->addresses[i]);
		if (ip_is_set(&gateway.ip) && address_add(kernel->host, device.ifindex, &gateway, err) < 0)
			return -1;
	}
	return 0;
}

static int check_own(const struct attachment *want, struct rtnl *host, struct error *err)
{
	char text[IP_TEXT_SIZE];
	bool local;

	for (size_t i = 0; i < want->address_count; i++) {
		const struct ip *ip = &want->addresses[i].ip;
		if (ip_is_local(host, ip, &local, err) < 0)
			return -1;
		if (local)
			return error_set(err, ERROR_ADDRESS_TAKEN, EEXIST, "address %s is one of this host",
					 ip_format(ip, text));
	}
	return 0;
}

int bridge_gateway_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	if (check_own(want, kernel->host, err) < 0)
		return -1;
	return bridge_has(want, BRIDGE_GATEWAY) ? ensure_gateways(want, store, kernel, err) : 0;
}

int bridge_gateway_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state bridge, device;
	char text[PREFIX_TEXT_SIZE];
	bool ours, exists;

	(void)store;
	if (!bridge_has(want, BRIDGE_GATEWAY))
		return 0;
	if (bridge_find(want, kernel->host, &bridge, &ours, err) < 0 ||
	    link_query(kernel->host, want->bridge.segment, &device, &exists, err) < 0)
		return -1;
	if (!exists || !(device.flags & IFF_UP))
		return error_set(err, ERROR_DRIFT, 0, "interface %s is %s", want->bridge.segment,
				 exists ? "down" : "missing");
	if (segment_verify(want, &bridge, &device, kernel->host, err) < 0 ||
	    apply(want, may_set(want, &device, ours), sysctl_verify, err) < 0)
		return -1;
	for (size_t i = 0; i < want->address_count; i++) {
		const struct prefix gateway = gateway_of(&want->addresses[i]);
		exists = true;
		if (ip_is_set(&gateway.ip) && address_exists(kernel->host, device.ifindex, &gateway, &exists, err) < 0)
			return -1;
		if (!exists)
			return error_set(err, ERROR_DRIFT, 0, "gateway address %s is missing on %s",
					 prefix_format(&gateway, text), want->bridge.segment);
	}
	return 0;
}

/** remove_address() - on our bridge every gateway is ours, on others what was recorded */
static int remove_address(const struct attachment *want, size_t index, const struct link_state *device, bool ours,
			  struct store *store, struct rtnl *host, struct error *err)
{
	const struct prefix gateway = gateway_of(&want->addresses[index]);
	char name[USE_NAME_SIZE];
	bool last;

	if (!ip_is_set(&gateway.ip) || !(ours || want->bridge.made & 1U << index))
		return 0;
	(void)(ours ? use_name_gateway(&gateway.ip, name) : use_name_made(want, index, name));
	if (use_is_last(store, name, &want->id, &last, err) < 0)
		return -1;
	return last ? address_delete(host, device->ifindex, &gateway, err) : 0;
}

int bridge_gateway_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state bridge, device;
	bool ours, exists;
	int status = 0;

	if (!bridge_has(want, BRIDGE_GATEWAY))
		return 0;
	if (bridge_find(want, kernel->host, &bridge, &ours, err) < 0 ||
	    link_query(kernel->host, want->bridge.segment, &device, &exists, err) < 0)
		return -1;
	for (size_t i = 0; exists && i < want->address_count; i++)
		if (remove_address(want, i, &device, ours, store, kernel->host, err) < 0)
			status = -1;
	if (exists && segment_remove(want, &bridge, &device, store, kernel, err) < 0)
		status = -1;
	return status;
}

int bridge_gateway_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	return bridge_has(want, BRIDGE_GATEWAY) ? segment_probe(want, kernel->host, err) : 0;
}
