/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipip: IPv4 packets as they are in IPv4, protocol 4 (RFC 2003). */
#include "overlay/kind.h"

#include <linux/if_tunnel.h>
#include <netinet/in.h>
#include <string.h>

/* IFLA_IPTUN_TOS: the DSCP of the packet inside (net/ipv4/ip_tunnel.c, ip_tunnel_xmit) */
enum { TOS_INHERIT = 1 };

/** struct datum - one attribute of IFLA_INFO_DATA */
struct datum {
	int type;
	uint8_t length, bytes[4];
};

enum { DATA_COUNT = 6 };

/** list_data() - what is written and what is compared */
static void list_data(struct datum data[static DATA_COUNT], const struct overlay *overlay,
		      const struct overlay_peer *peer)
{
	const struct datum list[DATA_COUNT] = {
		{.type = IFLA_IPTUN_LOCAL, .length = 4},
		{.type = IFLA_IPTUN_REMOTE, .length = 4},
		{.type = IFLA_IPTUN_TTL, .length = 1, .bytes = {overlay->ttl}},
		{.type = IFLA_IPTUN_TOS, .length = 1, .bytes = {TOS_INHERIT}},
		{.type = IFLA_IPTUN_PMTUDISC, .length = 1, .bytes = {1}},
		{.type = IFLA_IPTUN_PROTO, .length = 1, .bytes = {IPPROTO_IPIP}},
	};

	memcpy(data, list, sizeof list);
	memcpy(data[0].bytes, overlay->local.bytes, sizeof data[0].bytes);
	if (peer)
		memcpy(data[1].bytes, peer->host.bytes, sizeof data[1].bytes);
}

static int put(struct nl_msg *msg, const struct overlay *overlay, const struct overlay_peer *peer)
{
	struct datum data[DATA_COUNT];

	list_data(data, overlay, peer);
	for (size_t i = 0; i < DATA_COUNT; i++)
		if (nla_put(msg, data[i].type, data[i].length, data[i].bytes) < 0)
			return -1;
	return 0;
}

static bool same(const struct overlay *overlay, const struct overlay_peer *peer, struct nlattr *nest)
{
	struct datum data[DATA_COUNT];

	list_data(data, overlay, peer);
	for (size_t i = 0; i < DATA_COUNT; i++) {
		const struct nlattr *found = nest ? nla_find(nla_data(nest), nla_len(nest), data[i].type) : NULL;

		if (!found || nla_len(found) != data[i].length ||
		    memcmp(nla_data(found), data[i].bytes, data[i].length) != 0)
			return false;
	}
	return true;
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
