/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What CHECK asks about the VLANs of a bridge port. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/rtnl.h"

/**
 * port_vlans_match() - whether a port is in exactly the VLANs of an attachment, and each tagged or untagged as it should
 * @default_vlan: of the bridge, 0 for none
 */
int port_vlans_match(struct rtnl *rtnl, int ifindex, const struct bridge *bridge, uint16_t default_vlan, bool *match,
		     struct error *err);

/** port_vlans_hold() - whether a port, or a bridge itself, is in a VLAN */
int port_vlans_hold(struct rtnl *rtnl, int ifindex, uint16_t vlan, bool *holds, struct error *err);
