/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gateway addresses and unreachable routes, counted by their users in the store. The bridge that holds the addresses stays, as the
 * ruleset's skeleton does: to delete it after a veth would make the DEL of the last attachment wait twice for the kernel.
 */
#include "link/gateway.h"

#include "conf/marks.h"
#include "kernel/link_message.h"
#include "kernel/sysctl.h"
#include "link/messages.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* Behind every metric a routing daemon would choose; the top bit is left to the kernel */
enum { UNREACHABLE_METRIC = 0x7fff0000 };

/* Locally administered and fixed: udev leaves a MAC alone that was given at creation */
static const uint8_t BRIDGE_MAC[MAC_LENGTH] = {0x02, 0xca, 0x3b, 0x00, 0x00, 0x01};

static const struct sysctl BRIDGE_IPV6[] = {
	{"ipv6/conf/%s", "disable_ipv6", "0", false},
	{"ipv6/conf/%s", "accept_ra", "0", false},
};

enum { BRIDGE_IPV6_COUNT = sizeof BRIDGE_IPV6 / sizeof *BRIDGE_IPV6 };

static struct nl_msg *build_bridge(const uint8_t mac[static MAC_LENGTH], const char *name)
{
	return link_message_new(
		&(struct link_wish){.name = name, .mac = mac, .flags = IFF_UP, .flag_mask = IFF_UP, .kind = "bridge"});
}

/** find_bridge() - state with index 0 when it is not there; one of that name that we did not make is refused */
static int find_bridge(struct rtnl *host, struct link_state *bridge, struct error *err)
{
	bool exists;

	if (link_query(host, GATEWAY_BRIDGE, bridge, &exists, err) < 0)
		return -1;
	if (!exists)
		*bridge = (struct link_state){.ifindex = 0};
	else if (strcmp(bridge->kind, "bridge") != 0 || memcmp(bridge->mac, BRIDGE_MAC, MAC_LENGTH) != 0)
		return error_set(err, ERROR_INTERFACE_EXISTS, EEXIST,
				 "interface " GATEWAY_BRIDGE
				 " is not the bridge that we make: it belongs to somebody else");
	return 0;
}

static int make_bridge(struct rtnl *host, struct link_state *bridge, struct error *err)
{
	struct error refusal = ERROR_INIT;

	/* EEXIST: another ADD was faster */
	if (rtnl_request(host, build_bridge(BRIDGE_MAC, GATEWAY_BRIDGE), &refusal, "add bridge " GATEWAY_BRIDGE) < 0 &&
	    refusal.errnum != EEXIST) {
		error_merge(err, &refusal);
		return -1;
	}
	if (find_bridge(host, bridge, err) < 0)
		return -1;
	return bridge->ifindex ? 0 : error_set(err, ERROR_KERNEL, ENODEV, "bridge " GATEWAY_BRIDGE " vanished");
}

int gateway_bridge_ensure(struct rtnl *host, int *ifindex, struct error *err)
{
	struct link_state bridge;

	if (find_bridge(host, &bridge, err) < 0 || (!bridge.ifindex && make_bridge(host, &bridge, err) < 0))
		return -1;
	*ifindex = bridge.ifindex;
	return bridge.flags & IFF_UP ? 0 : link_set_up(host, bridge.ifindex, true, err);
}

static struct route_wish unreachable_route(const struct prefix *subnet)
{
	return (struct route_wish){.destination = *subnet,
				   .type = RTN_UNREACHABLE,
				   .scope = RT_SCOPE_UNIVERSE,
				   .protocol = ROUTE_PROTOCOL,
				   .priority = UNREACHABLE_METRIC};
}

/** ensure_unreachable() - delegated addresses may come as a subnet of one host: nothing to cover then */
static int ensure_unreachable(struct rtnl *host, const struct prefix *subnet, struct error *err)
{
	struct route_wish wish = unreachable_route(subnet);

	return subnet->length == ip_bits(subnet->ip.family) ? 0 : route_ensure(host, &wish, err);
}

static int ensure_gateway(struct rtnl *host, int ifindex, const struct ip *gateway, struct error *err)
{
	struct prefix address = prefix_of_host(gateway);

	if (gateway->family == AF_INET6 && sysctl_ensure(BRIDGE_IPV6, BRIDGE_IPV6_COUNT, GATEWAY_BRIDGE, err) < 0)
		return -1;
	return address_add(host, ifindex, &address, err);
}

int gateway_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	int ifindex = 0;

	(void)store;
	for (size_t i = 0; i < want->address_count; i++) {
		const struct address *address = &want->addresses[i];
		if (ensure_unreachable(kernel->host, &address->subnet, err) < 0)
			return -1;
		if (!ip_is_set(&address->gateway))
			continue;
		if (!ifindex && gateway_bridge_ensure(kernel->host, &ifindex, err) < 0)
			return -1;
		if (ensure_gateway(kernel->host, ifindex, &address->gateway, err) < 0)
			return -1;
	}
	return 0;
}

static int verify_gateway(struct rtnl *host, const struct ip *gateway, struct error *err)
{
	struct prefix address = prefix_of_host(gateway);
	char text[IP_TEXT_SIZE];
	struct link_state bridge;
	bool exists = false;

	if (find_bridge(host, &bridge, err) < 0)
		return -1;
	if (!bridge.ifindex || !(bridge.flags & IFF_UP))
		return error_set(err, ERROR_DRIFT, 0, "bridge " GATEWAY_BRIDGE " is %s",
				 bridge.ifindex ? "down" : "missing");
	if (address_exists(host, bridge.ifindex, &address, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "gateway address %s is missing on " GATEWAY_BRIDGE,
				 ip_format(gateway, text));
	return 0;
}

static int verify_unreachable(struct rtnl *host, const struct prefix *subnet, struct error *err)
{
	struct route_wish wish = unreachable_route(subnet);
	char text[PREFIX_TEXT_SIZE];
	bool exists = true;

	if (subnet->length < ip_bits(subnet->ip.family) && route_exists(host, &wish, &exists, err) < 0)
		return -1;
	return exists ? 0
		      : error_set(err, ERROR_DRIFT, 0, "route unreachable %s is missing", prefix_format(subnet, text));
}

int gateway_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	for (size_t i = 0; i < want->address_count; i++) {
		const struct address *address = &want->addresses[i];
		if (verify_unreachable(kernel->host, &address->subnet, err) < 0)
			return -1;
		if (ip_is_set(&address->gateway) && verify_gateway(kernel->host, &address->gateway, err) < 0)
			return -1;
	}
	return 0;
}

/** find_own_bridge() - for removal: one that is not ours holds nothing of ours */
static int find_own_bridge(struct rtnl *host, struct link_state *bridge, struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (find_bridge(host, bridge, &refusal) == 0)
		return 0;
	*bridge = (struct link_state){.ifindex = 0};
	if (refusal.code == ERROR_INTERFACE_EXISTS)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

static int remove_gateway(struct rtnl *host, const struct ip *gateway, struct error *err)
{
	struct prefix address = prefix_of_host(gateway);
	struct link_state bridge;

	if (find_own_bridge(host, &bridge, err) < 0)
		return -1;
	return bridge.ifindex ? address_delete(host, bridge.ifindex, &address, err) : 0;
}

/** remove_address() - gateway and unreachable route of one address, where nobody else needs them */
static int remove_address(const struct attachment *want, const struct address *address, struct store *store,
			  struct rtnl *host, struct error *err)
{
	struct route_wish wish = unreachable_route(&address->subnet);
	char name[USE_NAME_SIZE];
	bool last;

	if (ip_is_set(&address->gateway)) {
		if (use_is_last(store, use_name_gateway(&address->gateway, name), &want->id, &last, err) < 0 ||
		    (last && remove_gateway(host, &address->gateway, err) < 0))
			return -1;
	}
	if (use_is_last(store, use_name_subnet(&address->subnet, name), &want->id, &last, err) < 0)
		return -1;
	return last ? route_delete(host, &wish, err) : 0;
}

int gateway_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	int status = 0;

	for (size_t i = 0; i < want->address_count; i++)
		if (remove_address(want, &want->addresses[i], store, kernel->host, err) < 0)
			status = -1;
	return status;
}

int gateway_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	/* Refused by a kernel that knows bridges (net/bridge/br_netlink.c, br_validate), so nothing is made */
	static const uint8_t multicast_mac[MAC_LENGTH] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct error refusal = ERROR_INIT;

	(void)want;
	(void)store;
	if (rtnl_request(kernel->host, build_bridge(multicast_mac, "cambric-probe"), &refusal, "try to add a bridge") ==
		    0 ||
	    refusal.errnum == EADDRNOTAVAIL)
		return 0;
	return error_set(err, ERROR_NOT_AVAILABLE, refusal.errnum, "bridges cannot be made (module bridge)");
}
