/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether this kernel knows a kind of interface. */
#pragma once

#include "base/error.h"
#include "kernel/rtnl.h"

/** device_kind_refuse() - ERROR_NOT_AVAILABLE with @errnum, naming the @module that is missing. Return: -1 */
int device_kind_refuse(const char *kind, const char *module, int errnum, struct error *err);

/**
 * device_kind_probe() - ask for one that no kernel would make, and listen to why
 *
 * Whoever knows the kind refuses the MAC (EADDRNOTAVAIL) or the lack of parameters (EINVAL); whoever does not, loads its
 * module first (net/core/rtnetlink.c, __rtnl_newlink). As device_kind_refuse(): EOPNOTSUPP when there is none.
 */
int device_kind_probe(struct rtnl *rtnl, const char *kind, const char *module, struct error *err);
