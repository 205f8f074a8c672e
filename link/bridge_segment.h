/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface BRIDGE.VLAN, which holds the gateway addresses of an access VLAN; nothing to do for other attachments. */
#pragma once

#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "link/messages.h"
#include "store/store.h"

/**
 * segment_ensure() - make it, and put the bridge itself into the VLAN
 * @device: its state, untouched where there is none
 *
 * ERROR_INTERFACE_EXISTS when something else has the name, ERROR_NOT_AVAILABLE when the kernel has no such interfaces.
 */
int segment_ensure(const struct attachment *want, struct store *store, struct rtnl *host, struct link_state *device,
		   struct error *err);

/** segment_verify() - whether it is what it is called, and the bridge itself in the VLAN */
int segment_verify(const struct attachment *want, const struct link_state *bridge, const struct link_state *segment,
		   struct rtnl *host, struct error *err);

/** segment_remove() - with its last user, unless somebody else made it */
int segment_remove(const struct attachment *want, const struct link_state *bridge, const struct link_state *segment,
		   struct store *store, struct kernel *kernel, struct error *err);

/** segment_probe() - ERROR_NOT_AVAILABLE when the kernel has no interfaces of VLANs */
int segment_probe(const struct attachment *want, struct rtnl *host, struct error *err);
