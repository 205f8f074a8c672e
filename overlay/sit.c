/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sit: IPv6 and IPv4 packets as they are in IPv4, protocols 41 and 4 (RFC 4213, RFC 2003), through one device. */
#include "overlay/kind.h"
#include "overlay/link_data.h"

#include "link/messages.h"

#include <linux/if_tunnel.h>
#include <linux/in.h>
#include <string.h>

enum { COMPATIBLE_LENGTH = 96, EMBEDDED_AT = 12 };

/** compatible() - ::a.b.c.d, out of which the kernel takes the host that a packet goes to (net/ipv6/sit.c, ipip6_tunnel_xmit) */
static struct ip compatible(const struct ip *host)
{
	struct ip ip = {.family = AF_INET6};

	memcpy(ip.bytes + EMBEDDED_AT, host->bytes, ip_size(AF_INET));
	return ip;
}

/** data_of() - IFLA_IPTUN_PROTO 0 is what iproute2 calls "mode any" */
static struct link_data data_of(const struct overlay *overlay, const struct overlay_peer *peer)
{
	static const struct ip any;
	struct link_data list = {.count = 0};

	link_data_ipv4(&list, IFLA_IPTUN_LOCAL, &overlay->local);
	link_data_ipv4(&list, IFLA_IPTUN_REMOTE, peer ? &peer->host : &any);
	link_data_u8(&list, IFLA_IPTUN_TTL, overlay->ttl);
	link_data_u8(&list, IFLA_IPTUN_TOS, TUNNEL_TOS_INHERIT);
	link_data_u8(&list, IFLA_IPTUN_PMTUDISC, 1);
	link_data_u8(&list, IFLA_IPTUN_PROTO, 0);
	return list;
}

static int put(struct nl_msg *msg, const struct overlay *overlay, const struct overlay_peer *peer, bool change)
{
	const struct link_data list = data_of(overlay, peer);

	(void)change;
	return link_data_put(msg, &list);
}

static bool same(const struct overlay *overlay, const struct overlay_peer *peer, struct nlattr *data)
{
	const struct link_data list = data_of(overlay, peer);

	return link_data_same(&list, data);
}

static struct next_hop next_hop(const struct overlay_peer *peer, sa_family_t family)
{
	if (peer->point_to_point)
		return (struct next_hop){.onlink = false};
	return (struct next_hop){.gateway = family == AF_INET ? peer->host : compatible(&peer->host), .onlink = true};
}

/** automatic() - the address that the kernel gives a device without remote, whatever its addrgenmode (net/ipv6/addrconf.c, add_v4_addrs) */
static struct prefix automatic(const struct overlay *overlay)
{
	return (struct prefix){.ip = compatible(&overlay->local), .length = COMPATIBLE_LENGTH};
}

/**
 * join() - take away what the kernel adds when the device comes up
 *
 * With that address there is a route for ::/96 through the tunnel: who writes to ::203.0.113.9 would send a packet of
 * protocol 41 to any host in the world. It is also what makes the next hops of a second such device invalid.
 */
static int join(struct kernel *kernel, int ifindex, const struct overlay *overlay, const struct overlay_peer peers[],
		size_t count, struct error *err)
{
	const struct prefix address = automatic(overlay);

	(void)peers;
	(void)count;
	return address_delete(kernel->host, ifindex, &address, err);
}

static int joined(struct kernel *kernel, int ifindex, const struct overlay *overlay, const struct overlay_peer peers[],
		  size_t count, struct error *err)
{
	const struct prefix address = automatic(overlay);
	bool exists;

	(void)peers;
	(void)count;
	if (address_exists(kernel->host, ifindex, &address, &exists, err) < 0)
		return -1;
	return exists ? error_set(err, ERROR_DRIFT, 0, "the sit tunnel leads to every host there is (::/96)") : 0;
}

const struct tunnel_kind tunnel_sit = {
	.name = "sit",
	.link_kind = "sit",
	.module = "sit",
	.overhead = 20, /* RFC 791: the header without options */
	.carries_ipv4 = true,
	.carries_ipv6 = true,
	.put = put,
	.same = same,
	.next_hop = next_hop,
	.join = join,
	.joined = joined,
};
