/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "host side": how the host reaches the container. It dies with the veth. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * host_side_ensure() - settings of the host end, then route and permanent neighbour per address
 *
 * The route is exclusive: the kernel has the last word on who holds an address. ERROR_ADDRESS_TAKEN
 * with errnum EEXIST when somebody else has it.
 */
int host_side_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int host_side_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** publishes_on_loopback() - whether some mapping answers on 127.0.0.0/8 */
bool publishes_on_loopback(const struct attachment *want);
