/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Row "announcement": from a container's end that is up to neighbours that know it. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * announcement_ensure() - wait until the port forwards, then tell the neighbours where the addresses are
 *
 * Somebody may hold an entry of the address with the MAC of the container that had it before, for half a minute. What
 * the kernel says of itself when an interface comes up (arp_notify) is lost: the port does not forward yet. A port that is
 * held back by spanning tree gets a warning, it may take long.
 */
int announcement_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
