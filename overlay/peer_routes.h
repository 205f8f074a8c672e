/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "peer routes" (shared): where the containers of other hosts are. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * peer_routes_ensure() - tunnels up, routes to all peers, "unreachable" for the rest of the network
 *
 * One dump of our routes tells whether anything is to be done. What is new stands before what is stale goes. ERROR_KERNEL
 * names a route of the same destination that somebody else has made.
 */
int peer_routes_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int peer_routes_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** peer_routes_remove() - with the last user of the network, but for those that another network has as well; inside the section */
int peer_routes_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
