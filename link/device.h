/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "device": an interface that is made in the container and has no end on this host: macvlan, ipvlan, vlan, dummy. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * device_ensure() - make it, directly in the container's namespace, and let it have CNI_IFNAME
 *
 * It is made under the host end's name, which is nobody else's, with the group of our interfaces; its name and an alias (the
 * host end's name) come in one step. So at any time it is known whose it is. Decides @want->mtu and @want->device.master,
 * fills @want->container_ifindex and @want->mac. ERROR_INTERFACE_EXISTS when the container has an interface of that name,
 * ERROR_NOT_AVAILABLE when the kernel has none of this kind.
 */
int device_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** device_verify() - kind, alias, mode or VLAN, and what it hangs on; the rest is verified by "container" */
int device_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * device_remove() - by its alias, whatever its name is now; it goes with the namespace otherwise
 *
 * Without a record also one of this kind that is called CNI_IFNAME and has no mark at all: the reference's.
 */
int device_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** device_probe() - whether the kernel has this kind (by a request that is refused for another reason), and its master */
int device_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
