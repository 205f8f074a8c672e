/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the container: when routed, addresses as /32 and /128 and everything else through the next hop. */
#include "link/container.h"

#include "conf/bridged.h"
#include "conf/cni_result.h"
#include "kernel/sysctl.h"
#include "link/messages.h"
#include "link/settings.h"

#include <linux/rtnetlink.h>
#include <string.h>

static const struct sysctl IPV6_SETTINGS[] = {
	{"ipv6/conf/%s", "disable_ipv6", "0", false},
	{"ipv6/conf/%s", "accept_ra", "0", false},
	{"ipv6/conf/%s", "autoconf", "0", false},
	/* Nobody else is on the link: the link-local address is good at once */
	{"ipv6/conf/%s", "accept_dad", "0", false},
};
/* A container of an IPv4-only network must not be reachable or configurable over IPv6 (CVE-2024-32473) */
static const struct sysctl NO_IPV6_SETTINGS[] = {{"ipv6/conf/%s", "disable_ipv6", "1", true}};

/* On a bridge there are neighbours: they are told (link/announcement.c), and duplicates may be looked for */
static const struct sysctl BRIDGED_IPV4_SETTINGS[] = {
	{"ipv4/conf/%s", "arp_notify", "1", false},
	{"ipv6/conf/%s", "disable_ipv6", "1", true},
};
static const struct sysctl BRIDGED_SETTINGS[] = {
	{"ipv4/conf/%s", "arp_notify", "1", false},	   {"ipv6/conf/%s", "disable_ipv6", "0", false},
	{"ipv6/conf/%s", "accept_ra", "0", false},	   {"ipv6/conf/%s", "autoconf", "0", false},
	{"ipv6/conf/%s", "keep_addr_on_down", "1", false}, {"ipv6/conf/%s", "ndisc_notify", "1", false},
	{"ipv6/conf/%s", "accept_dad", "0", false},
};
static const struct sysctl CHECKED_SETTINGS[] = {
	{"ipv4/conf/%s", "arp_notify", "1", false},	   {"ipv6/conf/%s", "disable_ipv6", "0", false},
	{"ipv6/conf/%s", "accept_ra", "0", false},	   {"ipv6/conf/%s", "autoconf", "0", false},
	{"ipv6/conf/%s", "keep_addr_on_down", "1", false}, {"ipv6/conf/%s", "ndisc_notify", "1", false},
	{"ipv6/conf/%s", "accept_dad", "1", false},	   {"ipv6/conf/%s", "enhanced_dad", "1", true},
};

/* Beyond a device of its own there are routers, too, whom the container may listen to, and neighbours of its whose
   addresses nobody here has given out */
static const struct sysctl DEVICE_IPV4_SETTINGS[] = {{"ipv4/conf/%s", "arp_notify", "1", false}};
static const struct sysctl DEVICE_SETTINGS[] = {
	{"ipv4/conf/%s", "arp_notify", "1", false},
	{"ipv6/conf/%s", "disable_ipv6", "0", false},
	{"ipv6/conf/%s", "keep_addr_on_down", "1", false},
	{"ipv6/conf/%s", "ndisc_notify", "1", false},
};

/** struct choice - settings of attachments with these properties; the first that fits */
static const struct choice {
	const struct sysctl *settings;
	size_t count;
	enum mode mode;
	bool ipv6, checked;
} choices[] = {
#define CHOICE(table) .settings = (table), .count = sizeof(table) / sizeof *(table)
	{CHOICE(IPV6_SETTINGS), .mode = MODE_ROUTED, .ipv6 = true},
	{CHOICE(NO_IPV6_SETTINGS), .mode = MODE_ROUTED},
	{CHOICE(BRIDGED_IPV4_SETTINGS), .mode = MODE_BRIDGE},
	{CHOICE(BRIDGED_SETTINGS), .mode = MODE_BRIDGE, .ipv6 = true},
	{CHOICE(CHECKED_SETTINGS), .mode = MODE_BRIDGE, .ipv6 = true, .checked = true},
	{CHOICE(DEVICE_IPV4_SETTINGS), .mode = MODE_DEVICE},
	{CHOICE(DEVICE_SETTINGS), .mode = MODE_DEVICE, .ipv6 = true},
#undef CHOICE
};

/** has_neighbours() - on its link, so that it need not send everything to one next hop */
static bool has_neighbours(const struct attachment *want)
{
	return want->mode & (MODE_BRIDGE | MODE_DEVICE);
}

static int ensure_settings(const struct attachment *want, int netns, struct error *err)
{
	const bool ipv6 = attachment_has_family(want, AF_INET6), checked = ipv6 && bridge_has(want, BRIDGE_DAD);

	/* on a link without addresses of ours, the container is its own master */
	if (has_neighbours(want) && want->address_count == 0)
		return 0;
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		const struct choice *choice = &choices[i];
		if (choice->mode == want->mode && choice->ipv6 == ipv6 && choice->checked == checked)
			return sysctl_ensure_in(netns, choice->settings, choice->count, want->id.ifname, err);
	}
	return error_set(err, ERROR_INTERNAL, 0, "no settings for interface %s", want->id.ifname);
}

typedef int (*add_address)(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err);

/** choose_add() - how the kernel is to take an address */
static add_address choose_add(const struct attachment *want)
{
	if (want->point_to_point)
		return address_add_alone;
	return bridge_has(want, BRIDGE_DAD) ? address_add_checked : address_add;
}

static int ensure_addresses(const struct attachment *want, struct rtnl *container, int ifindex, struct error *err)
{
	for (size_t i = 0; i < want->address_count; i++) {
		const struct address *address = &want->addresses[i];
		const struct prefix own = attachment_prefix(want, address);
		if (choose_add(want)(container, ifindex, &own, err) < 0)
			return -1;
		if (!has_neighbours(want) &&
		    neighbour_set(container, ifindex, &address->next_hop, want->host_mac, err) < 0)
			return -1;
	}
	return 0;
}

/** kernel_priority() - what the kernel takes for 0 (include/uapi/linux/ipv6_route.h, IP6_RT_PRIO_USER) */
static uint32_t kernel_priority(const struct route_wish *wish)
{
	return wish->destination.ip.family == AF_INET6 ? 1024 : 0;
}

/**
 * add_route() - behind a route of another interface to the same destination
 * @behind: set when there was one; otherwise left alone
 *
 * A container on two networks has two default routes: the metric tells them apart, with the same one
 * IPv6 would make one route over both. Two addresses of one network may ask for the very same route.
 */
static int add_route(struct rtnl *container, const struct route_wish *wish, bool *behind, struct error *err)
{
	struct route_wish second = *wish;
	struct error refusal = ERROR_INIT;

	if (route_add(container, wish, &refusal) == 0)
		return 0;
	if (refusal.errnum == EEXIST && wish->priority == 0) {
		second.priority = kernel_priority(wish) + (uint32_t)wish->ifindex;
		error_clear(&refusal);
		if (route_add(container, &second, &refusal) == 0) {
			*behind = true;
			return 0;
		}
	}
	if (refusal.errnum == EEXIST)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

/** needs_route() - IPv4 needs a route to the gateway first; fe80::1 is on every IPv6 link, a gateway in the subnet among neighbours */
static bool needs_route(const struct attachment *want, const struct address *address)
{
	if (has_neighbours(want))
		return ip_is_set(&address->next_hop) && !ip_is_link_local(&address->next_hop) &&
		       !ip_in_prefix(&address->next_hop, &address->subnet);
	return address->next_hop.family == AF_INET || !ip_is_link_local(&address->next_hop);
}

/** ensure_next_hop() - and, point to point, the way to the neighbours */
static int ensure_next_hop(const struct attachment *want, const struct address *address, struct rtnl *container,
			   int ifindex, struct error *err)
{
	const struct route_wish to_hop = {.destination = prefix_of_host(&address->next_hop),
					  .ifindex = ifindex,
					  .type = RTN_UNICAST,
					  .scope = RT_SCOPE_LINK,
					  .protocol = RTPROT_BOOT};
	const struct route_wish to_subnet = {.destination = prefix_network(&address->subnet),
					     .gateway = address->next_hop,
					     .ifindex = ifindex,
					     .type = RTN_UNICAST,
					     .scope = RT_SCOPE_UNIVERSE,
					     .protocol = RTPROT_BOOT};
	bool behind;

	if (needs_route(want, address) && add_route(container, &to_hop, &behind, err) < 0)
		return -1;
	return want->point_to_point ? add_route(container, &to_subnet, &behind, err) : 0;
}

static int ensure_next_hops(const struct attachment *want, struct rtnl *container, int ifindex, struct error *err)
{
	for (size_t i = 0; i < want->address_count; i++)
		if (ensure_next_hop(want, &want->addresses[i], container, ifindex, err) < 0)
			return -1;
	return 0;
}

/** wish_of() - a configured route in the kernel's terms */
static struct route_wish wish_of(const struct route *route, int ifindex)
{
	bool direct = !ip_is_set(&route->gateway) && route->destination.ip.family == AF_INET;

	return (struct route_wish){
		.destination = route->destination,
		.gateway = route->gateway,
		.ifindex = ifindex,
		.type = RTN_UNICAST,
		.scope = route->fields & ROUTE_HAS_SCOPE ? route->scope : (direct ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE),
		.protocol = RTPROT_BOOT,
		.priority = route->priority,
		.table = route->fields & ROUTE_HAS_TABLE ? route->table : 0,
		.mtu = route->mtu,
		.advmss = route->advmss,
	};
}

static int ensure_routes(struct attachment *want, struct rtnl *container, int ifindex, struct error *err)
{
	if (ensure_next_hops(want, container, ifindex, err) < 0)
		return -1;
	for (size_t i = 0; i < want->route_count; i++) {
		struct route_wish wish = wish_of(&want->routes[i], ifindex);
		bool behind = false;
		if (add_route(container, &wish, &behind, err) < 0)
			return -1;
		if (behind && wish.destination.length == 0)
			want->source_rules = (uint32_t)ifindex;
	}
	return 0;
}

int container_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const int ifindex = want->container_ifindex;

	(void)store;
	if (want->device.userspace)
		return 0;
	if (ensure_settings(want, kernel->container_netns, err) < 0 || settings_ensure(want, kernel, err) < 0 ||
	    ensure_addresses(want, kernel->container, ifindex, err) < 0)
		return -1;
	if (bridge_has(want, BRIDGE_CONTAINER_DOWN))
		return 0;
	if (want->settings.source_routing)
		want->source_rules = (uint32_t)ifindex;
	if (link_set_up(kernel->container, ifindex, true, err) < 0)
		return -1;
	return ensure_routes(want, kernel->container, ifindex, err);
}

/** reported_interface() - index of our interface in the result, -1 when it does not name it */
static int reported_interface(const struct attachment *want, const struct cni_result *reported)
{
	for (size_t i = 0; i < reported->interface_count; i++)
		if (reported->interfaces[i].sandbox[0] != '\0' &&
		    strcmp(reported->interfaces[i].name, want->id.ifname) == 0)
			return (int)i;
	return -1;
}

int container_verify_interface(const struct attachment *want, const struct link_state *end, struct error *err)
{
	const struct cni_result *reported = want->reported;
	int index = reported_interface(want, reported);
	uint8_t mac[MAC_LENGTH];

	if (index < 0)
		return error_set(err, ERROR_DRIFT, 0, "prevResult does not name interface %s of the container",
				 want->id.ifname);
	if (!(end->flags & IFF_UP) && !bridge_has(want, BRIDGE_CONTAINER_DOWN))
		return error_set(err, ERROR_DRIFT, 0, "interface %s is down in the container", want->id.ifname);
	if (mac_parse(reported->interfaces[index].mac, mac) && memcmp(mac, end->mac, MAC_LENGTH) != 0)
		return error_set(err, ERROR_DRIFT, 0, "interface %s has another MAC than prevResult says (%s)",
				 want->id.ifname, reported->interfaces[index].mac);
	if (reported->interfaces[index].mtu && reported->interfaces[index].mtu != end->mtu)
		return error_set(err, ERROR_DRIFT, 0, "interface %s has MTU %u, prevResult says %u", want->id.ifname,
				 end->mtu, reported->interfaces[index].mtu);
	return 0;
}

static int verify_addresses(const struct attachment *want, struct rtnl *container, int ifindex, struct error *err)
{
	const struct cni_result *reported = want->reported;
	int index = reported_interface(want, reported);
	char text[PREFIX_TEXT_SIZE];
	bool exists;

	for (size_t i = 0; i < reported->address_count; i++) {
		struct prefix address = {reported->addresses[i].ip, reported->addresses[i].subnet.length};
		if (reported->address_interface[i] != index)
			continue;
		if (address_exists(container, ifindex, &address, &exists, err) < 0)
			return -1;
		if (!exists)
			return error_set(err, ERROR_DRIFT, 0, "address %s is missing on %s in the container",
					 prefix_format(&address, text), want->id.ifname);
	}
	return 0;
}

static int verify_routes(const struct attachment *want, struct rtnl *container, struct error *err)
{
	char text[PREFIX_TEXT_SIZE];
	bool exists;

	for (size_t i = 0; i < want->reported->route_count; i++) {
		struct route_wish wish = wish_of(&want->reported->routes[i], 0);
		wish.protocol = RTPROT_UNSPEC; /* whoever made it: the result names no protocol */
		if (wish.destination.length == 0)
			wish.gateway.family = AF_UNSPEC; /* a later plugin may have sent it elsewhere */
		if (route_exists(container, &wish, &exists, err) < 0)
			return -1;
		if (!exists)
			return error_set(err, ERROR_DRIFT, 0, "route %s is missing in the container",
					 prefix_format(&wish.destination, text));
	}
	return 0;
}

/** verify_neighbours() - ours alone: nobody else knows that the next hop is not asked for */
static int verify_neighbours(const struct attachment *want, struct rtnl *container, int ifindex, struct error *err)
{
	char text[IP_TEXT_SIZE];
	bool matches;

	for (size_t i = 0; !has_neighbours(want) && i < want->address_count; i++) {
		const struct ip *next_hop = &want->addresses[i].next_hop;
		if (neighbour_matches(container, ifindex, next_hop, want->host_mac, &matches, err) < 0)
			return -1;
		if (!matches)
			return error_set(
				err, ERROR_DRIFT, 0,
				"permanent neighbour entry of %s on %s in the container is missing or has another MAC",
				ip_format(next_hop, text), want->id.ifname);
	}
	return 0;
}

int container_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state end;
	bool exists;

	(void)store;
	if (want->device.userspace)
		return 0;
	if (link_query(kernel->container, want->id.ifname, &end, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "interface %s is missing in the container", want->id.ifname);
	if (container_verify_interface(want, &end, err) < 0 ||
	    verify_addresses(want, kernel->container, end.ifindex, err) < 0 ||
	    verify_routes(want, kernel->container, err) < 0)
		return -1;
	return verify_neighbours(want, kernel->container, end.ifindex, err);
}
