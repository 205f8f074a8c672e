/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The MTU that new interfaces get when the configuration names none. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/rtnl.h"

#include <stdint.h>

/**
 * mtu_of_uplink() - what fits through the default route, the lesser of the families that @want has; of both while it has none
 * @mtu: bytes; 1500 (RFC 894) where there is no default route
 *
 * What goes to other hosts of an overlay must fit into its tunnels as well. An MTU on the route itself goes before that of its device.
 */
int mtu_of_uplink(struct rtnl *host, const struct attachment *want, uint32_t *mtu, struct error *err);
