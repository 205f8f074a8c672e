/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Permanent entries that lead from a next hop to the host behind it, for kinds whose devices have link-layer addresses. */
#pragma once

#include "overlay/kind.h"

#include <stdbool.h>
#include <stdint.h>

enum { MAX_LINK_LAYER = 6 };

/** struct link_layer - the link-layer address of a host's tunnel device */
struct link_layer {
	uint8_t length, bytes[MAX_LINK_LAYER];
};

/**
 * struct neighbours_kind - what these entries are in a kind
 * @address:  of the device of a host, which every other host can work out
 * @forwards: the device is an Ethernet that has to be told behind which host a MAC is (NTF_SELF)
 */
struct neighbours_kind {
	struct link_layer (*address)(const struct ip *host);
	bool forwards;
};

/**
 * neighbours_next_hop() - the host itself for IPv4, fe80:: with the host in its last four bytes for IPv6
 *
 * A link-local next hop is valid whatever routes there are; any other has to be free of them (net/ipv6/route.c,
 * ip6_route_check_nh_onlink).
 */
struct next_hop neighbours_next_hop(const struct overlay_peer *peer, sa_family_t family);

/** neighbours_join() - entries for all @peers, made or changed */
int neighbours_join(const struct neighbours_kind *kind, struct rtnl *rtnl, int ifindex,
		    const struct overlay_peer peers[], size_t count, struct error *err);

/**
 * neighbours_part() - take those of @peers away that no route through the device leads to any more
 *
 * The device is shared by all networks of one local address, and each may have the same hosts: the routes tell.
 */
int neighbours_part(const struct neighbours_kind *kind, struct rtnl *rtnl, int ifindex,
		    const struct overlay_peer peers[], size_t count, struct error *err);

/** neighbours_joined() - ERROR_DRIFT names the first that is not as neighbours_join() makes it */
int neighbours_joined(const struct neighbours_kind *kind, struct rtnl *rtnl, int ifindex,
		      const struct overlay_peer peers[], size_t count, struct error *err);
