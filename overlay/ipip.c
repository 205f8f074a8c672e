/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipip: IPv4 packets as they are in IPv4, protocol 4 (RFC 2003). */
#include "overlay/kind.h"
#include "overlay/link_data.h"

#include <linux/if_tunnel.h>
#include <netinet/in.h>

static struct link_data data_of(const struct overlay *overlay, const struct overlay_peer *peer)
{
	static const struct ip any;
	struct link_data list = {.count = 0};

	link_data_ipv4(&list, IFLA_IPTUN_LOCAL, &overlay->local);
	link_data_ipv4(&list, IFLA_IPTUN_REMOTE, peer ? &peer->host : &any);
	link_data_u8(&list, IFLA_IPTUN_TTL, overlay->ttl);
	link_data_u8(&list, IFLA_IPTUN_TOS, TUNNEL_TOS_INHERIT);
	link_data_u8(&list, IFLA_IPTUN_PMTUDISC, 1);
	link_data_u8(&list, IFLA_IPTUN_PROTO, IPPROTO_IPIP);
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
	if (peer->point_to_point || family != AF_INET)
		return (struct next_hop){.onlink = false};
	return (struct next_hop){.gateway = peer->host, .onlink = true};
}

const struct tunnel_kind tunnel_ipip = {
	.name = "ipip",
	.link_kind = "ipip",
	.module = "ipip",
	.overhead = 20, /* RFC 791: a header without options */
	.carries_ipv4 = true,
	.put = put,
	.same = same,
	.next_hop = next_hop,
};
