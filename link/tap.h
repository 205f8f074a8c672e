/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "tap": what a virtual machine opens, wired to the veth. It takes the place of the container's interface. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "link/messages.h"
#include "store/store.h"

/**
 * tap_ensure() - a persistent tap called CNI_IFNAME, and two redirections: what one end receives, the other one sends
 *
 * In the place of the row "container": traffic starts behind filters that stand already. The namespace takes no part in
 * it: neither interface has an address, or IPv6. The tap's MAC is the guest's: whoever reads the one has the other.
 * ERROR_INTERFACE_EXISTS when the name is taken.
 */
int tap_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** tap_verify() - both interfaces, both redirections, and that whoever was to open the tap still can */
int tap_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** tap_remove() - it would outlive the veth: taken out where the namespace lives on */
int tap_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * tap_make() - a tap called CNI_IFNAME that goes with its descriptor, until tun_keep()
 *
 * In the place of one that a lost record has left behind. Return: the descriptor, -1 with @err set.
 */
int tap_make(const struct attachment *want, struct kernel *kernel, struct error *err);

/** tap_mark() - MAC, MTU, group and alias, by which it is ours */
int tap_mark(const struct attachment *want, int ifindex, struct rtnl *container, struct error *err);

/** tap_verify_access() - persistent, with its queues, owner and group */
int tap_verify_access(const struct attachment *want, struct rtnl *container, int ifindex, struct error *err);

/** tap_is_own() - by its alias */
bool tap_is_own(const struct attachment *want, const struct link_state *tap);

int tap_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
