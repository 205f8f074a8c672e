/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message that did not get enough memory is NULL, which rtnl_request() reports. */
#include "link/bridge_messages.h"

#include "conf/bridged.h"
#include "conf/marks.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum { IMPOSSIBLE_MTU = 0xffffff, NO_VLAN_PROTOCOL = 0x1234 };

/** finish() - NULL when one of the parts found no room */
static struct nl_msg *finish(struct nl_msg *msg, bool whole)
{
	if (whole)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static struct nl_msg *begin(int type, int flags, const struct ifinfomsg *header)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	return finish(msg, msg && nlmsg_append(msg, (void *)(uintptr_t)header, sizeof *header, NLMSG_ALIGNTO) == 0);
}

struct nl_msg *bridge_build(const struct bridge *bridge, uint32_t mtu)
{
	const unsigned promiscuous = bridge->flags & BRIDGE_PROMISCUOUS ? IFF_PROMISC : 0;
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_flags = promiscuous, .ifi_change = promiscuous};
	struct nl_msg *msg = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header);
	uint8_t mac[MAC_LENGTH];

	if (!msg)
		return NULL;
	bridge_mac(bridge->name, mac);
	bool whole = nla_put_string(msg, IFLA_IFNAME, bridge->name) == 0 &&
		     nla_put(msg, IFLA_ADDRESS, MAC_LENGTH, mac) == 0 && nla_put_u32(msg, IFLA_MTU, mtu) == 0 &&
		     nla_put_u32(msg, IFLA_GROUP, BRIDGE_GROUP) == 0;
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO);
	whole = whole && info && nla_put_string(msg, IFLA_INFO_KIND, "bridge") == 0;
	if (whole && bridge_filters_vlans(bridge)) {
		struct nlattr *data = nla_nest_start(msg, IFLA_INFO_DATA);
		whole = data && nla_put_u8(msg, IFLA_BR_VLAN_FILTERING, 1) == 0 && nla_nest_end(msg, data) == 0;
	}
	return finish(msg, whole && nla_nest_end(msg, info) == 0);
}

struct nl_msg *bridge_build_probe(void)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct nl_msg *msg = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header);

	if (!msg || nla_put_string(msg, IFLA_IFNAME, "cambric-probe") < 0 ||
	    nla_put_u32(msg, IFLA_MTU, IMPOSSIBLE_MTU) < 0)
		return finish(msg, false);
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO);
	if (!info || nla_put_string(msg, IFLA_INFO_KIND, "bridge") < 0)
		return finish(msg, false);
	struct nlattr *data = nla_nest_start(msg, IFLA_INFO_DATA);
	bool whole = data && nla_put_u16(msg, IFLA_BR_VLAN_PROTOCOL, NO_VLAN_PROTOCOL) == 0;
	return finish(msg, whole && nla_nest_end(msg, data) == 0 && nla_nest_end(msg, info) == 0);
}

struct nl_msg *bridge_build_promiscuous(int ifindex)
{
	const struct ifinfomsg header = {
		.ifi_family = AF_UNSPEC, .ifi_index = ifindex, .ifi_flags = IFF_PROMISC, .ifi_change = IFF_PROMISC};

	return begin(RTM_NEWLINK, 0, &header);
}

struct nl_msg *bridge_build_port(int ifindex, bool hairpin, bool isolated)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
	struct nl_msg *msg = begin(RTM_NEWLINK, 0, &header);

	struct nlattr *info = msg ? nla_nest_start(msg, IFLA_LINKINFO) : NULL;
	if (!info || nla_put_string(msg, IFLA_INFO_SLAVE_KIND, "bridge") < 0)
		return finish(msg, false);
	struct nlattr *data = nla_nest_start(msg, IFLA_INFO_SLAVE_DATA);
	bool whole = data && nla_put_u8(msg, IFLA_BRPORT_MODE, hairpin) == 0;
	/* Linux 4.18; not named unless it is wanted, so that older ones can do the rest */
	whole = whole && (!isolated || nla_put_u8(msg, IFLA_BRPORT_ISOLATED, 1) == 0);
	return finish(msg, whole && nla_nest_end(msg, data) == 0 && nla_nest_end(msg, info) == 0);
}

struct nl_msg *bridge_build_isolation(int ifindex, bool isolated)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
	struct nl_msg *msg = begin(RTM_NEWLINK, 0, &header);

	struct nlattr *info = msg ? nla_nest_start(msg, IFLA_LINKINFO) : NULL;
	if (!info || nla_put_string(msg, IFLA_INFO_SLAVE_KIND, "bridge") < 0)
		return finish(msg, false);
	struct nlattr *data = nla_nest_start(msg, IFLA_INFO_SLAVE_DATA);
	bool whole = data && nla_put_u8(msg, IFLA_BRPORT_ISOLATED, isolated) == 0;
	return finish(msg, whole && nla_nest_end(msg, data) == 0 && nla_nest_end(msg, info) == 0);
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

struct nl_msg *bridge_build_vlans(int ifindex, const struct bridge *bridge, bool self)
{
	const struct ifinfomsg header = {.ifi_family = AF_BRIDGE, .ifi_index = ifindex};
	struct nl_msg *msg = begin(RTM_SETLINK, 0, &header);
	struct nlattr *list = msg ? nla_nest_start(msg, IFLA_AF_SPEC) : NULL;
	bool whole = list && (!self || nla_put_u16(msg, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF) == 0);

	for (size_t i = 0; whole && !self && i < bridge->trunk_count; i++)
		whole = put_range(msg, &bridge->trunks[i]);
	/* last: a trunk may name it, too, and it is to be untagged all the same */
	if (whole && bridge->vlan)
		whole = put_vlan(msg, bridge->vlan, self ? 0 : BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
	return finish(msg, whole && nla_nest_end(msg, list) == 0);
}

struct nl_msg *bridge_build_leave_vlan(int ifindex, uint16_t vlan, bool self)
{
	const struct ifinfomsg header = {.ifi_family = AF_BRIDGE, .ifi_index = ifindex};
	struct nl_msg *msg = begin(RTM_DELLINK, 0, &header);
	struct nlattr *list = msg ? nla_nest_start(msg, IFLA_AF_SPEC) : NULL;

	bool whole = list && (!self || nla_put_u16(msg, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF) == 0);
	return finish(msg, whole && put_vlan(msg, vlan, 0) && nla_nest_end(msg, list) == 0);
}

struct nl_msg *bridge_build_segment(int ifindex, const struct bridge *bridge)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct nl_msg *msg = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header);

	if (!msg || nla_put_string(msg, IFLA_IFNAME, bridge->segment) < 0 ||
	    nla_put_u32(msg, IFLA_LINK, (uint32_t)ifindex) < 0 || nla_put_u32(msg, IFLA_GROUP, BRIDGE_GROUP) < 0)
		return finish(msg, false);
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO);
	if (!info || nla_put_string(msg, IFLA_INFO_KIND, "vlan") < 0)
		return finish(msg, false);
	struct nlattr *data = nla_nest_start(msg, IFLA_INFO_DATA);
	bool whole = data && nla_put_u16(msg, IFLA_VLAN_ID, bridge->vlan) == 0;
	return finish(msg, whole && nla_nest_end(msg, data) == 0 && nla_nest_end(msg, info) == 0);
}

struct nl_msg *bridge_build_segment_probe(void)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct nl_msg *msg = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header);
	struct nlattr *info = msg ? nla_nest_start(msg, IFLA_LINKINFO) : NULL;

	/* Nothing says which VLAN, nor of which interface */
	return finish(msg, info && nla_put_string(msg, IFLA_INFO_KIND, "vlan") == 0 && nla_nest_end(msg, info) == 0);
}

struct nl_msg *bridge_build_announce(int ifindex, const uint8_t mac[static MAC_LENGTH])
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
	struct nl_msg *msg = begin(RTM_NEWLINK, 0, &header);

	return finish(msg, msg && nla_put(msg, IFLA_ADDRESS, MAC_LENGTH, mac) == 0);
}
