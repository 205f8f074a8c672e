/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists that the kernel filters: for the questions of link/messages.h. */
#pragma once

#include "base/error.h"
#include "kernel/rtnl.h"

/** dump_request() - a dump whose fixed header the kernel takes as a filter (NETLINK_GET_STRICT_CHK) */
struct nl_msg *dump_request(int type, void *header, size_t length);

/**
 * dump() - a filtered dump, again when it was interrupted
 * @build: makes the request anew, out of @what
 *
 * What an interrupted dump showed was there, so @into need not be reset; what it did not show may be.
 * ENOENT means a routing table that nobody has used yet: nothing to show.
 */
int dump(struct rtnl *rtnl, struct nl_msg *(*build)(const void *what), const void *what, rtnl_visit visit, void *into,
	 struct error *err, const char *label);
