/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message that did not get enough memory is NULL, which rtnl_request() reports. */
#include "link/bridge_messages.h"

#include "conf/bridged.h"
#include "conf/marks.h"
#include "kernel/link_message.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum { IMPOSSIBLE_MTU = 0xffffff, NO_VLAN_PROTOCOL = 0x1234 };

static bool put_filtering(struct nl_msg *msg, const void *bridge)
{
	return !bridge_filters_vlans(bridge) || nla_put_u8(msg, IFLA_BR_VLAN_FILTERING, 1) == 0;
}

struct nl_msg *bridge_build(const struct bridge *bridge, uint32_t mtu)
{
	const unsigned promiscuous = bridge->flags & BRIDGE_PROMISCUOUS ? IFF_PROMISC : 0;
	uint8_t mac[MAC_LENGTH];

	bridge_mac(bridge->name, mac);
	return link_message_new(&(struct link_wish){.name = bridge->name,
						    .mac = mac,
						    .mtu = mtu,
						    .group = BRIDGE_GROUP,
						    .flags = promiscuous,
						    .flag_mask = promiscuous,
						    .kind = "bridge",
						    .put = put_filtering,
						    .details = bridge});
}

static bool put_no_protocol(struct nl_msg *msg, const void *details)
{
	(void)details;
	return nla_put_u16(msg, IFLA_BR_VLAN_PROTOCOL, NO_VLAN_PROTOCOL) == 0;
}

struct nl_msg *bridge_build_probe(void)
{
	return link_message_new(&(struct link_wish){
		.name = "cambric-probe", .mtu = IMPOSSIBLE_MTU, .kind = "bridge", .put = put_no_protocol});
}

struct nl_msg *bridge_build_promiscuous(int ifindex)
{
	return link_message(RTM_NEWLINK, 0,
			    &(struct link_wish){.ifindex = ifindex, .flags = IFF_PROMISC, .flag_mask = IFF_PROMISC});
}

/** struct port - what a request says of a port; NULL: nothing */
struct port {
	const bool *hairpin, *isolated;
};

static bool put_port(struct nl_msg *msg, const void *details)
{
	const struct port *port = details;

	return (!port->hairpin || nla_put_u8(msg, IFLA_BRPORT_MODE, *port->hairpin) == 0) &&
	       (!port->isolated || nla_put_u8(msg, IFLA_BRPORT_ISOLATED, *port->isolated) == 0);
}

static struct nl_msg *build_port(int ifindex, const struct port *port)
{
	return link_message(
		RTM_NEWLINK, 0,
		&(struct link_wish){
			.ifindex = ifindex, .kind = "bridge", .is_port = true, .put = put_port, .details = port});
}

struct nl_msg *bridge_build_port(int ifindex, bool hairpin, bool isolated)
{
	/* Linux 4.18; not named unless it is wanted, so that older ones can do the rest */
	return build_port(ifindex, &(struct port){.hairpin = &hairpin, .isolated = isolated ? &isolated : NULL});
}

struct nl_msg *bridge_build_isolation(int ifindex, bool isolated)
{
	return build_port(ifindex, &(struct port){.isolated = &isolated});
}

static bool put_vlan(struct nl_msg *msg, uint16_t vlan, unsigned flags)
{
	const struct bridge_vlan_info info = {.flags = (uint16_t)flags, .vid = vlan};

	return nla_put(msg, IFLA_BRIDGE_VLAN_INFO, sizeof info, &info) == 0;
}

/** put_range() - the kernel takes a range as its two ends */
static bool put_range(struct nl_msg *msg, const struct vlan_range *range)
{
	if (range->first == range->last)
		return put_vlan(msg, range->first, 0);
	return put_vlan(msg, range->first, BRIDGE_VLAN_INFO_RANGE_BEGIN) &&
	       put_vlan(msg, range->last, BRIDGE_VLAN_INFO_RANGE_END);
}

/** begin_vlans() - a list of VLANs of a port or of the bridge itself, left open; NULL without memory */
static struct nl_msg *begin_vlans(int type, int ifindex, bool self, struct nlattr **list)
{
	const struct ifinfomsg header = {.ifi_family = AF_BRIDGE, .ifi_index = ifindex};
	struct nl_msg *msg = message_begin(type, 0, &header, sizeof header);

	*list = msg ? nla_nest_start(msg, IFLA_AF_SPEC) : NULL;
	return message_finish(msg, *list && (!self || nla_put_u16(msg, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF) == 0));
}

struct nl_msg *bridge_build_vlans(int ifindex, const struct bridge *bridge, bool self)
{
	struct nlattr *list;
	struct nl_msg *msg = begin_vlans(RTM_SETLINK, ifindex, self, &list);
	bool whole = msg;

	for (size_t i = 0; whole && !self && i < bridge->trunk_count; i++)
		whole = put_range(msg, &bridge->trunks[i]);
	/* last: a trunk may name it, too, and it is to be untagged all the same */
	if (whole && bridge->vlan)
		whole = put_vlan(msg, bridge->vlan, self ? 0 : BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
	return message_finish(msg, whole && nla_nest_end(msg, list) == 0);
}

struct nl_msg *bridge_build_leave_vlan(int ifindex, uint16_t vlan, bool self)
{
	struct nlattr *list;
	struct nl_msg *msg = begin_vlans(RTM_DELLINK, ifindex, self, &list);

	return message_finish(msg, msg && put_vlan(msg, vlan, 0) && nla_nest_end(msg, list) == 0);
}

static bool put_id(struct nl_msg *msg, const void *bridge)
{
	return nla_put_u16(msg, IFLA_VLAN_ID, ((const struct bridge *)bridge)->vlan) == 0;
}

struct nl_msg *bridge_build_segment(int ifindex, const struct bridge *bridge)
{
	return link_message_new(&(struct link_wish){.name = bridge->segment,
						    .below = ifindex,
						    .group = BRIDGE_GROUP,
						    .kind = "vlan",
						    .put = put_id,
						    .details = bridge});
}

struct nl_msg *bridge_build_segment_probe(void)
{
	/* Nothing says which VLAN, nor of which interface */
	return link_message_new(&(struct link_wish){.kind = "vlan"});
}

struct nl_msg *bridge_build_announce(int ifindex, const uint8_t mac[static MAC_LENGTH])
{
	return link_message(RTM_NEWLINK, 0, &(struct link_wish){.ifindex = ifindex, .mac = mac});
}
