/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of this host as they are now: for the forward guard. */
#pragma once

#include "base/error.h"
#include "kernel/rtnl.h"
#include "store/store.h"

/** interfaces_list() - all but loopback, cambric's bridge and its host ends, into the list of @guard */
int interfaces_list(struct rtnl *host, struct guard *guard, struct error *err);

/** interfaces_keep_router() - accept_ra=2 wherever it is 1 and an IPv6 default route came from a router */
int interfaces_keep_router(struct rtnl *host, struct error *err);
