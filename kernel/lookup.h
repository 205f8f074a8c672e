/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which route a packet would take: one question, whatever the size of the tables. */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "kernel/rtnl.h"

#include <stdint.h>

enum { MAX_NEXT_HOPS = 16 };

/**
 * struct route_found - the route that matches an address
 * @type:     RTN_*; RTN_UNSPEC when there is none
 * @length:   prefix length of its destination: 0 for a default route
 * @protocol: RTPROT_* or the number of whoever made it
 * @priority: its metric
 * @mtu:      of the route itself, 0 when it has none of its own
 * @ifindexes, @gateways: its devices and next hops (AF_UNSPEC: none, or of another family), several when it is multipath
 */
struct route_found {
	uint8_t type, length, protocol;
	uint32_t priority, mtu;
	size_t hop_count;
	int ifindexes[MAX_NEXT_HOPS];
	struct ip gateways[MAX_NEXT_HOPS];
};

enum { ROUTE_TEXT_SIZE = 64 };

/**
 * route_describe() - type and maker, "unicast, made by bird": as /etc/iproute2/rt_protos has no say here, libnl's names of the
 *                    numbers of linux/rtnetlink.h. Return: @text
 */
const char *route_describe(const struct route_found *found, char text[static ROUTE_TEXT_SIZE]);

/**
 * route_lookup() - ask the kernel (RTM_GETROUTE with RTM_F_FIB_MATCH, Linux 4.13)
 *
 * That there is no way (unreachable, prohibited, blackholed, no such family) is no failure.
 */
int route_lookup(struct rtnl *rtnl, const struct ip *ip, struct route_found *found, struct error *err);

/**
 * route_lookup_default() - the default route of a family; @found->type is not RTN_UNICAST when there is none
 *
 * Asking for a destination costs the same with a million routes, a dump would not.
 */
int route_lookup_default(struct rtnl *rtnl, sa_family_t family, struct route_found *found, struct error *err);
