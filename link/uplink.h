/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interface has to answer for a public address; what is there already says where it does. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "kernel/lookup.h"
#include "link/messages.h"
#include "store/store.h"

/**
 * struct way - where packets to an address would go
 * @route:     what matches it; its type is RTN_UNSPEC when they go nowhere
 * @announced: it is the route of announced_route()
 * @exists:    whether there is @link: the interface of the route, or the uplink that an announced one names
 */
struct way {
	struct route_found route;
	bool announced, exists;
	struct link_state link;
};

/** way_to() - ask the kernel */
int way_to(struct rtnl *host, const struct ip *ip, struct way *way, struct error *err);

/**
 * announced_route() - what makes the kernel answer for an address by proxy: a route to the portless bridge
 * @bridge: its index, and @uplink that of the interface which answers: the metric says so. 0 to remove whatever it says
 */
struct route_wish announced_route(const struct ip *ip, int bridge, int uplink);

/** announced_route_delete() - whatever uplink it names; what is not there is success */
int announced_route_delete(struct rtnl *host, const struct ip *ip, struct error *err);

/** pools_check() - ERROR_CONFIG when a pool holds an address of this host: who leaves with it would take its replies */
int pools_check(const struct attachment *want, struct kernel *kernel, struct error *err);

/**
 * uplink_ensure() - row "uplink": find out which interface has to answer for each public address, and record it
 *
 * That is the one through which packets to the address would leave. ERROR_CONFIG when there is none, when the address
 * is a router's, when pools_check() says so, or when a static public address is one of the host's own: all that is sent to the host would go to the
 * container. Nothing is made yet. Not inside a section of the store.
 */
int uplink_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
