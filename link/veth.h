/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "veth": the pair itself, one end on the host, one in the container. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * veth_ensure() - make both ends in one request: names, MACs, MTU, group, and the namespace
 *
 * The host end is created up, the container end stays down: nothing can flow before the last row
 * says so. Decides @want->mtu when it is 0 and fills @want->host_ifindex. ERROR_INTERFACE_EXISTS when the container
 * has an interface of that name. A host interface of our name that is ours is left over from a lost
 * record and is replaced; one that is not ours makes us take another name (recorded before it is used).
 */
int veth_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int veth_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** veth_remove() - only an interface with our name, and our group or our MAC: somebody may have changed one */
int veth_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** veth_probe() - whether the kernel can make veth pairs, by a request that is refused for another reason */
int veth_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * veth_is_alive() - false only where the container's end provably is gone
 *
 * The kernel takes host end and host routes away with the container's namespace and not before, so one
 * of the two is proof of life: an interface of the recorded name, whatever was done to it, or a route of ours to one of
 * the addresses, under whatever name its interface goes now.
 */
int veth_is_alive(const struct attachment *want, struct kernel *kernel, bool *alive, struct error *err);
