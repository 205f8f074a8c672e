/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of this host as they are now. */
#pragma once

#include "base/error.h"
#include "kernel/rtnl.h"
#include "nat/elements.h"
#include "store/store.h"

/** interfaces_list() - all but loopback, cambric's bridge and its host ends */
int interfaces_list(struct rtnl *host, struct guard_list *guard, struct error *err);

/** interfaces_addresses() - append an elements_service() for each address of an interface */
int interfaces_addresses(struct rtnl *host, unsigned ifindex, struct element_list *list, struct error *err);

/**
 * interfaces_keep_router() - accept_ra=2 on all of these where it is 1 and the kernel listens
 *
 * Whether a router has spoken yet does not matter: the kernel would not hear its first word either.
 */
int interfaces_keep_router(struct rtnl *host, struct error *err);
