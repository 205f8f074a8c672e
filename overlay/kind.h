/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one kind of tunnel does differently from the others: a row of functions each. */
#pragma once

#include "base/error.h"
#include "conf/overlay.h"
#include "kernel/kernel.h"

#include <netlink/msg.h>

/* IFLA_*_TOS: the DSCP of the packet inside (net/ipv4/ip_tunnel.c, ip_tunnel_xmit: "inherit") */
enum { TUNNEL_TOS_INHERIT = 1 };

/**
 * struct next_hop - how a route says which peer it leads to
 * @gateway: AF_UNSPEC: the route names the device only (scope link)
 * @onlink:  the gateway is no neighbour by any address of the device
 */
struct next_hop {
	struct ip gateway;
	bool onlink;
};

/**
 * struct tunnel_kind - a kind of tunnel
 * @name:     word of the configuration. @link_kind: as IFLA_INFO_KIND has it. @module: that may be missing
 * @overhead: bytes that wrapping adds to an IPv4 or IPv6 packet, over an IPv4 underlay
 * @carries_ipv4, @carries_ipv6: what may be inside
 * @put:      write the content of IFLA_INFO_DATA; @peer: of a point-to-point device, else NULL. @change: of a link that is there
 *            already, so without what the kernel takes for new ones only; that is part of the link's name (overlay_tunnel_name())
 * @same:     whether IFLA_INFO_DATA of a device that is there says the same as @put would
 * @next_hop: of routes to subnets of this family
 * @join:     whatever a peer needs beside its routes (neighbour, forwarding entry, key), made or changed; NULL: nothing
 * @part:     take that away again; what is not there is success
 * @joined:   ERROR_DRIFT names what differs from what @join makes
 *
 * @join, @part and @joined take all peers at once, so that one conversation with the kernel serves them. The device is up
 * when @join is called, as taking it down forgets what that made. @part is called when the routes of @peers are gone, and
 * gets them as they were when they joined; @join and @joined pass over those who are leaving: whom a route through the device still leads to, of whatever network, stays.
 */
struct tunnel_kind {
	const char *name, *link_kind, *module;
	uint32_t overhead;
	bool carries_ipv4, carries_ipv6;
	int (*put)(struct nl_msg *msg, const struct overlay *overlay, const struct overlay_peer *peer, bool change);
	bool (*same)(const struct overlay *overlay, const struct overlay_peer *peer, struct nlattr *data);
	struct next_hop (*next_hop)(const struct overlay_peer *peer, sa_family_t family);
	int (*join)(struct kernel *kernel, int ifindex, const struct overlay *overlay,
		    const struct overlay_peer peers[], size_t count, struct error *err);
	int (*part)(struct kernel *kernel, int ifindex, const struct overlay *overlay,
		    const struct overlay_peer peers[], size_t count, struct error *err);
	int (*joined)(struct kernel *kernel, int ifindex, const struct overlay *overlay,
		      const struct overlay_peer peers[], size_t count, struct error *err);
};

extern const struct tunnel_kind tunnel_ipip, tunnel_gre, tunnel_sit, tunnel_vxlan, tunnel_wireguard;

/** tunnel_kind_find() - the row of a kind; NULL for OVERLAY_NONE and OVERLAY_DIRECT */
const struct tunnel_kind *tunnel_kind_find(enum overlay_kind kind);
