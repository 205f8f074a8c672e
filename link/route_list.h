/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of routes: by a filter, and all of one interface in one table, as they can be made again elsewhere. */
#pragma once

#include "base/error.h"
#include "link/messages.h"

/**
 * routes_list() - routes of one family and table; of one type, protocol and device, where @filter names these
 * @filter: nothing else of it matters
 * @count:  as of rtnl_list()
 *
 * A table or a family that is not there has no routes.
 */
int routes_list(struct rtnl *rtnl, const struct route_wish *filter, rtnl_visit visit, void *into, size_t *count,
		struct error *err);

/** routes_of_device() - all of both families over one device in the main table; some may be shown twice */
int routes_of_device(struct rtnl *rtnl, int ifindex, rtnl_visit visit, void *into, struct error *err);

enum { MAX_LISTED_ROUTES = 256 };

/** struct route_list - those with a gateway last: what they go through comes first */
struct route_list {
	size_t count;
	struct route_wish routes[MAX_LISTED_ROUTES];
};

/**
 * route_list_read() - unicast routes of both families over one device; not those to link-local and multicast addresses
 * @table: 0: the main one
 *
 * Routes over several devices are nobody's. ERROR_CONFIG when there are more than fit.
 */
int route_list_read(struct route_list *list, struct rtnl *rtnl, int ifindex, uint32_t table, struct error *err);
