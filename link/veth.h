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
/** veth_remove() - only an interface with our name, our group and our MAC */
int veth_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** veth_probe() - whether the kernel can make veth pairs, by a request that is refused for another reason */
int veth_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** veth_is_alive() - whether the host end is there; the kernel takes it away with the container's namespace */
int veth_is_alive(const struct attachment *want, struct kernel *kernel, bool *alive, struct error *err);
