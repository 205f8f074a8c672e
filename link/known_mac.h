/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "known MAC": an interface of ours whose MAC another plugin of the chain changes stays reachable. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/** known_mac_ensure() - tell the record of whoever made the interface: CHECK, DEL and a ruleset made anew go by that */
int known_mac_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** known_mac_remove() - back to what the interface had */
int known_mac_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * known_mac_renew() - permanent neighbour entries of a routed container, on both sides
 * @container: rtnetlink of its namespace, where the interface has index @ifindex and @mac now
 *
 * The host has the old MAC; and in the container the kernel forgets all neighbours of an interface whose MAC changes
 * (net/core/neighbour.c, neigh_changeaddr()). On a bridge both sides learn of it by themselves: the kernel announces every
 * address, as link/container.c has asked it to.
 */
int known_mac_renew(const struct attachment *want, const uint8_t mac[static MAC_LENGTH], struct rtnl *container,
		    int ifindex, struct store *store, struct kernel *kernel, struct error *err);
