/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interface loses when it gets another master, for which the kernel takes it down and up again. */
#pragma once

#include "base/error.h"
#include "kernel/rtnl.h"

#include <stdint.h>

/**
 * link_set_master_keeping() - make an interface part of another one (0: of none), with its IPv6 addresses and its routes
 * @from: table in which its routes are; @to: the one that they go to
 *
 * Routes that the kernel makes by itself for addresses, and what routers on the link have said, come by themselves. IPv6
 * addresses are good at once: they have been before.
 */
int link_set_master_keeping(struct rtnl *rtnl, int ifindex, int master, uint32_t from, uint32_t to, struct error *err);
