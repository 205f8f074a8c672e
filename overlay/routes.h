/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes to the containers of other hosts: what they should be, what the kernel has, and the difference. */
#pragma once

#include "conf/overlay.h"
#include "kernel/kernel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct peer_route - one of them
 * @gateway, @source: AF_UNSPEC: none
 * @ifindex:  0: where the gateway is (of a wish)
 * @mtu:      0: none
 * @metric:   as the kernel has it
 * @type:     RTN_UNICAST or RTN_UNREACHABLE
 */
struct peer_route {
	struct prefix destination;
	struct ip gateway, source;
	int ifindex;
	uint32_t mtu, metric;
	uint8_t type;
	bool onlink;
};

/** struct peer_routes - a list, for peer_routes_free(). @failed: there was no memory */
struct peer_routes {
	size_t count, room;
	struct peer_route *routes;
	bool failed;
};

void peer_routes_free(struct peer_routes *list);
void peer_routes_append(struct peer_routes *list, const struct peer_route *route);
/** peer_routes_sort() - as peer_routes_compare() wants them */
void peer_routes_sort(struct peer_routes *list);

/** peer_routes_unreachable() - the route that everything goes to which no peer has */
struct peer_route peer_routes_unreachable(const struct prefix *network);

/** peer_routes_read() - all of our protocol in the main table, sorted: a dump that the kernel filters */
int peer_routes_read(struct peer_routes *list, struct rtnl *host, struct error *err);

/**
 * peer_routes_compare() - what to do so that the kernel has all that is wished for
 * @missing, @different: get what the kernel has not, and what it has otherwise
 */
void peer_routes_compare(const struct peer_routes *wished, const struct peer_routes *there, struct peer_routes *missing,
			 struct peer_routes *different);

/**
 * peer_routes_add() - ERROR_KERNEL names a route of the same destination that somebody else has made
 * @replace: they are there, and ours
 */
int peer_routes_add(const struct peer_routes *list, bool replace, struct rtnl *host, struct error *err);

/** peer_routes_delete() - by destination, metric and protocol; what is not there is success */
int peer_routes_delete(const struct peer_routes *list, struct rtnl *host, struct error *err);

enum { PEER_ROUTE_TEXT_SIZE = 160 };

/** peer_route_format() - as an operator would type it. Return: @text */
const char *peer_route_format(const struct peer_route *route, char text[static PEER_ROUTE_TEXT_SIZE]);
