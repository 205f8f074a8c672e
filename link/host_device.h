/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "host device": an interface of the host is lent to the container. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * host_device_ensure() - move it into the container's namespace, where it has CNI_IFNAME and its old name as alias
 *
 * All in one step of the kernel's, so that nobody sees it half-way and no name is in anybody's way. Before that its name,
 * MAC and state are recorded. Fills @want->container_ifindex, @want->mac, @want->mtu. ERROR_CONFIG when there is no such
 * interface, or it is one of ours; ERROR_INTERFACE_EXISTS when CNI_IFNAME is taken.
 */
int host_device_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int host_device_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** host_device_probe() - is it there? One that an attachment of the network has borrowed is a warning: it comes back */
int host_device_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * host_device_remove() - give it back to the host, under its old name, with its MAC, up if it was
 *
 * From the container's namespace or, when that is gone, from where the kernel has put it: hardware comes back to the
 * host by itself, under the name it had last; virtual interfaces end with the namespace. What is left to be done after an
 * interrupted run is known by the alias, which goes last.
 *
 * Without a record it is the interface called CNI_IFNAME whose alias is a name, as the reference plugin leaves it.
 */
int host_device_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
