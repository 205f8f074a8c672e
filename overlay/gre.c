/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gre: IPv4 and IPv6 packets behind four bytes that tell which (RFC 2784), without key, checksum and sequence numbers. */
#include "overlay/kind.h"
#include "overlay/link_data.h"
#include "overlay/neighbours.h"

#include <linux/if_tunnel.h>
#include <string.h>

/**
 * address_of() - as the kernel has it for such a device: the local address of the tunnel
 *
 * Unlike ipip and sit, a gre device without remote has a link-layer header, the outer one, and takes the host from the
 * neighbour's address (net/ipv4/ip_gre.c, ipgre_tunnel_init and ipgre_header). A next hop without entry gets the device's
 * own address, as nobody is asked for one (IFF_NOARP): its packets go back to this host.
 */
static struct link_layer address_of(const struct ip *host)
{
	struct link_layer address = {.length = (uint8_t)ip_size(AF_INET)};

	memcpy(address.bytes, host->bytes, address.length);
	return address;
}

static const struct neighbours_kind neighbours = {.address = address_of};

static struct link_data data_of(const struct overlay *overlay, const struct overlay_peer *peer)
{
	static const struct ip any;
	struct link_data list = {.count = 0};

	link_data_ipv4(&list, IFLA_GRE_LOCAL, &overlay->local);
	link_data_ipv4(&list, IFLA_GRE_REMOTE, peer ? &peer->host : &any);
	link_data_u8(&list, IFLA_GRE_TTL, overlay->ttl);
	link_data_u8(&list, IFLA_GRE_TOS, TUNNEL_TOS_INHERIT);
	link_data_u8(&list, IFLA_GRE_PMTUDISC, 1);
	link_data_be16(&list, IFLA_GRE_IFLAGS, 0);
	link_data_be16(&list, IFLA_GRE_OFLAGS, 0);
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

static int join(struct kernel *kernel, int ifindex, const struct overlay *overlay, const struct overlay_peer peers[],
		size_t count, struct error *err)
{
	(void)overlay;
	return neighbours_join(&neighbours, kernel->host, ifindex, peers, count, err);
}

static int part(struct kernel *kernel, int ifindex, const struct overlay *overlay, const struct overlay_peer peers[],
		size_t count, struct error *err)
{
	(void)overlay;
	return neighbours_part(&neighbours, kernel->host, ifindex, peers, count, err);
}

static int joined(struct kernel *kernel, int ifindex, const struct overlay *overlay, const struct overlay_peer peers[],
		  size_t count, struct error *err)
{
	(void)overlay;
	return neighbours_joined(&neighbours, kernel->host, ifindex, peers, count, err);
}

const struct tunnel_kind tunnel_gre = {
	.name = "gre",
	.link_kind = "gre",
	.module = "ip_gre",
	.overhead = 20 + 4, /* RFC 791 without options, RFC 2784 without checksum */
	.carries_ipv4 = true,
	.carries_ipv6 = true,
	.put = put,
	.same = same,
	.next_hop = neighbours_next_hop,
	.join = join,
	.part = part,
	.joined = joined,
};
