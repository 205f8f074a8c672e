/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "host end": the other end, on this host, of a veth that another plugin has made. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "link/messages.h"
#include "store/store.h"

/**
 * host_end_ensure() - find it, and record its name and MTU
 *
 * The peer of CNI_IFNAME, which must be an interface of the host in the result so far: ERROR_CONFIG in the reference's
 * words otherwise.
 */
int host_end_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int host_end_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** host_end_query() - by the container's own end, whatever either is called by now. @exists: false: there is none on this host */
int host_end_query(const struct attachment *want, struct rtnl *container, struct rtnl *host, struct link_state *end,
		   bool *exists, struct error *err);
