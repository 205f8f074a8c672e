/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "tap" of the kind of that name: a tap in the container that the addresses are on. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * plain_tap_ensure() - a persistent tap called CNI_IFNAME, on a bridge in the container where one is named
 *
 * Decides @want->mtu, fills @want->container_ifindex. Marked as ours before it is made to stay. ERROR_INTERFACE_EXISTS when
 * the name is taken, ERROR_CONFIG when there is no such bridge.
 */
int plain_tap_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int plain_tap_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** plain_tap_remove() - as device_remove(), by its alias or, without a record, as the reference leaves it */
int plain_tap_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
