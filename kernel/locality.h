/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether an address is one of this host. */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "kernel/rtnl.h"

#include <stdbool.h>

/**
 * ip_is_local() - whether this host takes packets for @ip, by its routing tables (RTN_LOCAL)
 *
 * An address without a route is not local, and that is no failure.
 */
int ip_is_local(struct rtnl *host, const struct ip *ip, bool *local, struct error *err);
