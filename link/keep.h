/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interface loses when it is down for a moment, as it is when it gets another master. */
#pragma once

#include "base/error.h"
#include "kernel/rtnl.h"

#include <stdint.h>

/** link_change - what takes an interface down and up again */
typedef int (*link_change)(struct rtnl *rtnl, int ifindex, const void *what, struct error *err);

/**
 * link_change_keeping() - change an interface, and put back its IPv6 addresses and its routes, within one table also when that fails
 * @from: table in which its routes are; @to: the one that they go to
 *
 * Routes that the kernel makes by itself for addresses, and what routers on the link have said, come by themselves. IPv6
 * addresses are good at once: they have been before.
 */
int link_change_keeping(struct rtnl *rtnl, int ifindex, uint32_t from, uint32_t to, link_change change,
			const void *what, struct error *err);
