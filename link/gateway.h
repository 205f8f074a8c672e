/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "gateway" (shared): the host's side of the subnets of routed networks. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * gateway_ensure() - the portless bridge, the gateway addresses on it, "unreachable" for the subnets
 *
 * On a device of their own, and not on lo, the gateway addresses are nobody else's source address and
 * are answered for in both families. The unreachable route has the highest metric: traffic for an
 * address of the subnet that no container holds never leaves the host.
 */
int gateway_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int gateway_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** gateway_remove() - what nobody else uses; inside the section in which the record goes */
int gateway_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** gateway_bridge_ensure() - only the portless bridge: also public addresses are routed to it. *@ifindex: of it */
int gateway_bridge_ensure(struct rtnl *host, int *ifindex, struct error *err);
/** gateway_probe() - whether the kernel can make bridges */
int gateway_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
