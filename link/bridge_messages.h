/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests about bridges, their ports and VLANs. */
#pragma once

#include "conf/attachment.h"
#include "kernel/rtnl.h"

/** bridge_build() - RTM_NEWLINK of a bridge with name, MAC, MTU and group, and down: udev leaves alone what was given at creation */
struct nl_msg *bridge_build(const struct bridge *bridge, uint32_t mtu);

/**
 * bridge_build_probe() - a request that no kernel carries out (linux: net/bridge/br_netlink.c, br_validate)
 *
 * EPROTONOSUPPORT: bridges of this kernel know VLANs; EINVAL: they do not; EOPNOTSUPP: there are no bridges.
 */
struct nl_msg *bridge_build_probe(void);

/** bridge_build_promiscuous() - let an interface take all frames */
struct nl_msg *bridge_build_promiscuous(int ifindex);

/** bridge_build_port() - hairpin mode and isolation of a port */
struct nl_msg *bridge_build_port(int ifindex, bool hairpin, bool isolated);

/** bridge_build_isolation() - isolation alone, on or off */
struct nl_msg *bridge_build_isolation(int ifindex, bool isolated);

/**
 * bridge_build_vlans() - put a port (or, with @self, the bridge itself) into the VLANs of an attachment
 *
 * Trunks are tagged; the access VLAN is untagged on a port, tagged on the bridge itself, where its interface takes it.
 */
struct nl_msg *bridge_build_vlans(int ifindex, const struct bridge *bridge, bool self);
/** bridge_build_leave_vlan() - take a port (or, with @self, the bridge itself) out of one VLAN */
struct nl_msg *bridge_build_leave_vlan(int ifindex, uint16_t vlan, bool self);

/** bridge_build_segment() - the interface of one VLAN on top of the bridge @ifindex, down */
struct nl_msg *bridge_build_segment(int ifindex, const struct bridge *bridge);
/**
 * bridge_build_segment_probe() - a request that no kernel carries out (linux: net/8021q/vlan_netlink.c, vlan_validate)
 *
 * EINVAL: this kernel has interfaces of VLANs; EOPNOTSUPP: it has none.
 */
struct nl_msg *bridge_build_segment_probe(void);

/** bridge_build_announce() - give an interface the MAC that it has: the kernel tells its neighbours of its addresses */
struct nl_msg *bridge_build_announce(int ifindex, const uint8_t mac[static MAC_LENGTH]);
