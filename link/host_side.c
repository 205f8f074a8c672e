/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host end of the veth: no IPv4 address, so that rp_filter keeps its meaning even where "all" is loose. */
#include "link/host_side.h"

#include "conf/cni_result.h"
#include "conf/marks.h"
#include "kernel/locality.h"
#include "kernel/lookup.h"
#include "kernel/sysctl.h"
#include "link/messages.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* Router advertisements from a container must never reach the host (CVE-2020-10749); addr_gen_mode 1:
 * no other link-local address than fe80::1 */
static const struct sysctl IPV6_SETTINGS[] = {
	{"ipv6/conf/%s", "disable_ipv6", "0", false},
	{"ipv6/conf/%s", "accept_ra", "0", false},
	{"ipv6/conf/%s", "autoconf", "0", false},
	{"ipv6/conf/%s", "addr_gen_mode", "1", false},
};
static const struct sysctl NO_IPV6_SETTINGS[] = {{"ipv6/conf/%s", "disable_ipv6", "1", true}};

/* rp_filter: second layer behind the source binding of the ruleset. forwarding: decided by the interface that a packet
 * comes in through, whatever ip_forward says; "default" may have it off for new interfaces */
static const struct sysctl IPV4_SETTINGS[] = {
	{"ipv4/conf/%s", "rp_filter", "1", false},
	{"ipv4/conf/%s", "forwarding", "1", false},
};
/* Lets the host's own 127.0.0.1 reach a published port; the ruleset drops 127/8 that comes from outside */
static const struct sysctl LOOPBACK_SETTINGS[] = {{"ipv4/conf/%s", "route_localnet", "1", false}};

/* A guest asks who has its gateway, and its neighbours: this host answers for all that is not behind this very interface.
 * proxy_delay: at once, and not some time within 0.8 s */
static const struct sysctl PROXY_SETTINGS[] = {
	{"ipv4/conf/%s", "proxy_arp", "1", false},
	{"ipv4/neigh/%s", "proxy_delay", "0", false},
};

bool publishes_on_loopback(const struct attachment *want)
{
	for (size_t i = 0; i < want->port_count; i++)
		if (port_mapping_applies(&want->ports[i], AF_INET) &&
		    (port_mapping_is_any(&want->ports[i]) || ip_is_loopback(&want->ports[i].host_ip)))
			return attachment_has_family(want, AF_INET);
	return false;
}

/** apply() - sysctl_ensure() or sysctl_verify() over the lists that are needed */
static int apply(const struct attachment *want, sysctl_act act, struct error *err)
{
	bool ipv4 = attachment_has_family(want, AF_INET), ipv6 = attachment_has_family(want, AF_INET6);
	const struct sysctl_list lists[] = {
		SYSCTL_LIST(ipv4, IPV4_SETTINGS),
		SYSCTL_LIST(publishes_on_loopback(want), LOOPBACK_SETTINGS),
		SYSCTL_LIST(ipv4 && want->mode == MODE_TAP, PROXY_SETTINGS),
		SYSCTL_LIST(ipv6, IPV6_SETTINGS),
		SYSCTL_LIST(!ipv6, NO_IPV6_SETTINGS),
	};

	return sysctl_apply(lists, sizeof lists / sizeof *lists, act, want->host_ifname, err);
}

static struct route_wish route_to(const struct address *address, int ifindex)
{
	return (struct route_wish){.destination = prefix_of_host(&address->ip),
				   .source = address->gateway,
				   .ifindex = ifindex,
				   .type = RTN_UNICAST,
				   .scope = address->ip.family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
				   .protocol = ROUTE_PROTOCOL};
}

static struct prefix next_hop_address(void)
{
	struct prefix address = {.length = 64};

	(void)ip_parse(IPV6_NEXT_HOP, &address.ip);
	return address;
}

/**
 * needs_gateway() - whether a guest would ask for its gateway in vain: the gateway's address is on another interface
 *
 * all.arp_ignore is 1 where IPVS or a load balancer wants it ("strict ARP"), and no interface can have less of it.
 */
static int needs_gateway(const struct attachment *want, bool *needs, struct error *err)
{
	static const struct sysctl strict = {.directory = "ipv4/conf/all", .name = "arp_ignore"};
	char value[SYSCTL_VALUE_SIZE] = "0";

	if (want->mode == MODE_TAP && attachment_has_family(want, AF_INET) &&
	    sysctl_read(&strict, NULL, value, err) < 0)
		return -1;
	*needs = strcmp(value, "0") != 0;
	return 0;
}

/** is_gateway() - whether an address has one that @needs to be on the host end, too. It is alone there: no route */
static bool is_gateway(const struct address *address, bool needs, struct prefix *gateway)
{
	*gateway = prefix_of_host(&address->gateway);
	return needs && address->gateway.family == AF_INET;
}

static int ensure_gateways(const struct attachment *want, struct rtnl *host, struct error *err)
{
	struct prefix gateway;
	bool needs;

	if (needs_gateway(want, &needs, err) < 0)
		return -1;
	for (size_t i = 0; i < want->address_count; i++)
		if (is_gateway(&want->addresses[i], needs, &gateway) &&
		    address_add(host, want->host_ifindex, &gateway, err) < 0)
			return -1;
	return 0;
}

static int verify_gateways(const struct attachment *want, int ifindex, struct rtnl *host, struct error *err)
{
	char text[PREFIX_TEXT_SIZE];
	struct prefix gateway;
	bool needs, exists = true;

	if (needs_gateway(want, &needs, err) < 0)
		return -1;
	for (size_t i = 0; exists && i < want->address_count; i++) {
		if (is_gateway(&want->addresses[i], needs, &gateway) &&
		    address_exists(host, ifindex, &gateway, &exists, err) < 0)
			return -1;
		if (!exists)
			return error_set(err, ERROR_DRIFT, 0,
					 "gateway address %s is missing on %s: with net.ipv4.conf.all.arp_ignore no "
					 "guest hears of it otherwise",
					 prefix_format(&gateway, text), want->host_ifname);
	}
	return 0;
}

/**
 * check_foreign() - the local table goes before all others: a route to an address of the host itself would be added,
 * and no packet would ever take it
 */
static int check_foreign(const struct ip *ip, struct rtnl *host, struct error *err)
{
	char text[IP_TEXT_SIZE];
	bool local;

	if (ip_is_local(host, ip, &local, err) < 0)
		return -1;
	return local ? error_set(err, ERROR_ADDRESS_TAKEN, EEXIST, "address %s is one of this host",
				 ip_format(ip, text))
		     : 0;
}

/** refuse_taken() - and tell whose route it is, as far as the kernel knows */
static int refuse_taken(const struct ip *ip, struct rtnl *host, struct error *err)
{
	struct route_found found;
	struct error unknown = ERROR_INIT;
	char text[IP_TEXT_SIZE], route[ROUTE_TEXT_SIZE];

	(void)error_set(err, ERROR_ADDRESS_TAKEN, EEXIST, "address %s is routed to somebody else on this host",
			ip_format(ip, text));
	if (route_lookup(host, ip, &found, &unknown) == 0)
		error_detail(err, "the route is %s", route_describe(&found, route));
	return -1;
}

static int ensure_address(struct attachment *want, const struct address *address, struct rtnl *host, struct error *err)
{
	struct route_wish wish = route_to(address, want->host_ifindex);
	struct error refusal = ERROR_INIT;

	if (check_foreign(&address->ip, host, err) < 0)
		return -1;
	if (route_add(host, &wish, &refusal) < 0) {
		if (refusal.errnum == EEXIST)
			return refuse_taken(&address->ip, host, err);
		error_merge(err, &refusal);
		return -1;
	}
	return neighbour_set(host, want->host_ifindex, &address->ip, want->mac, err);
}

int host_side_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct prefix next_hop = next_hop_address();

	(void)store;
	if (apply(want, sysctl_ensure, err) < 0)
		return -1;
	if (attachment_has_family(want, AF_INET6) && address_add(kernel->host, want->host_ifindex, &next_hop, err) < 0)
		return -1;
	for (size_t i = 0; i < want->address_count; i++)
		if (ensure_address(want, &want->addresses[i], kernel->host, err) < 0)
			return -1;
	return ensure_gateways(want, kernel->host, err);
}

/** current_mac() - the container's MAC as the runtime knows it: tuning may have changed what we gave */
static void current_mac(const struct attachment *want, uint8_t mac[static MAC_LENGTH])
{
	memcpy(mac, want->mac, MAC_LENGTH);
	for (size_t i = 0; want->reported && i < want->reported->interface_count; i++) {
		const struct result_interface *interface = &want->reported->interfaces[i];
		if (interface->sandbox[0] != '\0' && strcmp(interface->name, want->id.ifname) == 0)
			(void)mac_parse(interface->mac, mac);
	}
}

/** verify_way() - the route may be there, and yet a better one or a rule lead packets elsewhere */
static int verify_way(const struct attachment *want, const struct ip *ip, int ifindex, struct rtnl *host,
		      struct error *err)
{
	struct route_found found;
	char text[IP_TEXT_SIZE];

	if (route_lookup(host, ip, &found, err) < 0)
		return -1;
	if (found.type == RTN_UNICAST && found.hop_count == 1 && found.ifindexes[0] == ifindex)
		return 0;
	return error_set(err, ERROR_DRIFT, 0, "packets to %s do not leave over %s: a rule or another route comes first",
			 ip_format(ip, text), want->host_ifname);
}

static int verify_address(const struct attachment *want, const struct address *address, int ifindex, struct rtnl *host,
			  struct error *err)
{
	struct route_wish wish = route_to(address, ifindex);
	uint8_t mac[MAC_LENGTH];
	char text[IP_TEXT_SIZE];
	bool exists;

	if (route_exists(host, &wish, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "host route to %s over %s is missing",
				 ip_format(&address->ip, text), want->host_ifname);
	if (verify_way(want, &address->ip, ifindex, host, err) < 0)
		return -1;
	current_mac(want, mac);
	if (neighbour_matches(host, ifindex, &address->ip, mac, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0,
				 "permanent neighbour entry of %s on %s is missing or has another MAC",
				 ip_format(&address->ip, text), want->host_ifname);
	return 0;
}

int host_side_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct prefix next_hop = next_hop_address();
	struct link_state end;
	bool exists = true;

	(void)store;
	if (link_query(kernel->host, want->host_ifname, &end, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "host interface %s is missing", want->host_ifname);
	if (apply(want, sysctl_verify, err) < 0)
		return -1;
	if (attachment_has_family(want, AF_INET6) &&
	    address_exists(kernel->host, end.ifindex, &next_hop, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "address " IPV6_NEXT_HOP " is missing on %s", want->host_ifname);
	for (size_t i = 0; i < want->address_count; i++)
		if (verify_address(want, &want->addresses[i], end.ifindex, kernel->host, err) < 0)
			return -1;
	return verify_gateways(want, end.ifindex, kernel->host, err);
}
