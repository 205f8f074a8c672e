/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What CHECK asks about the VLANs of a bridge port. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/rtnl.h"

/** port_vlans_match() - whether a port is in exactly the VLANs of an attachment */
int port_vlans_match(struct rtnl *rtnl, int ifindex, const struct bridge *bridge, bool *match, struct error *err);
