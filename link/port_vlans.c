/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VLANs a bridge port is in, by RTM_GETVLAN (Linux 5.6). */
#include "link/port_vlans.h"

#include "kernel/message.h"

#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum { VLAN_BYTES = (MAX_VLAN + 8) / 8 };

/** struct vlans - those of a port: all, those whose frames leave untagged, and the one that untagged frames enter */
struct vlans {
	uint8_t members[VLAN_BYTES], untagged[VLAN_BYTES];
	uint16_t native;
};

static void set_vlans(uint8_t set[static VLAN_BYTES], unsigned first, unsigned last)
{
	for (unsigned vlan = first; vlan <= last && vlan <= MAX_VLAN; vlan++)
		set[vlan / 8] |= (uint8_t)(1U << vlan % 8);
}

static bool has_vlan(const uint8_t set[static VLAN_BYTES], unsigned vlan)
{
	return set[vlan / 8] >> vlan % 8 & 1;
}

/* What is read below has the size it is read with */
static const struct nla_policy entry_policy[BRIDGE_VLANDB_ENTRY_MAX + 1] = {
	[BRIDGE_VLANDB_ENTRY_INFO] = {.type = NLA_UNSPEC, .minlen = sizeof(struct bridge_vlan_info)},
	[BRIDGE_VLANDB_ENTRY_RANGE] = {.type = NLA_U16},
};

/** add_vlan() - one entry of the answer: a VLAN, or a range of alike ones */
static void add_vlan(struct vlans *vlans, struct nlattr *entry)
{
	struct nlattr *nested[BRIDGE_VLANDB_ENTRY_MAX + 1] = {0};

	if (nla_parse_nested(nested, BRIDGE_VLANDB_ENTRY_MAX, entry, entry_policy) < 0 ||
	    !nested[BRIDGE_VLANDB_ENTRY_INFO])
		return;
	const struct bridge_vlan_info *info = nla_data(nested[BRIDGE_VLANDB_ENTRY_INFO]);
	struct nlattr *range = nested[BRIDGE_VLANDB_ENTRY_RANGE];
	const unsigned last = range ? nla_get_u16(range) : info->vid;

	set_vlans(vlans->members, info->vid, last);
	if (info->flags & BRIDGE_VLAN_INFO_UNTAGGED)
		set_vlans(vlans->untagged, info->vid, last);
	if (info->flags & BRIDGE_VLAN_INFO_PVID)
		vlans->native = info->vid;
}

static int read_vlans(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *attribute;
	int left;

	(void)err;
	nlmsg_for_each_attr(attribute, answer, sizeof(struct br_vlan_msg),
			    left) if (nla_type(attribute) == BRIDGE_VLANDB_ENTRY) add_vlan(into, attribute);
	return 0;
}

static int ask_vlans(struct rtnl *rtnl, int ifindex, struct vlans *found, struct error *err)
{
	const struct br_vlan_msg header = {.family = AF_BRIDGE, .ifindex = (uint32_t)ifindex};

	*found = (struct vlans){.native = 0};
	return rtnl_list(rtnl, message_begin(RTM_GETVLAN, NLM_F_DUMP, &header, sizeof header), read_vlans, found, NULL,
			 err, "list VLANs of interface %d", ifindex);
}

/** wanted_vlans() - what bridge_port_ensure() makes of the default VLAN, the trunks and the access VLAN */
static struct vlans wanted_vlans(const struct bridge *bridge, uint16_t default_vlan)
{
	struct vlans wanted = {.native = bridge->vlan};

	for (size_t i = 0; i < bridge->trunk_count; i++)
		set_vlans(wanted.members, bridge->trunks[i].first, bridge->trunks[i].last);
	if (default_vlan && !has_vlan(wanted.members, default_vlan) &&
	    (!bridge->vlan || bridge->flags & BRIDGE_KEEP_VLAN)) {
		set_vlans(wanted.members, default_vlan, default_vlan);
		set_vlans(wanted.untagged, default_vlan, default_vlan);
		wanted.native = bridge->vlan ? bridge->vlan : default_vlan;
	}
	if (bridge->vlan) {
		set_vlans(wanted.members, bridge->vlan, bridge->vlan);
		set_vlans(wanted.untagged, bridge->vlan, bridge->vlan);
	}
	return wanted;
}

int port_vlans_match(struct rtnl *rtnl, int ifindex, const struct bridge *bridge, uint16_t default_vlan, bool *match,
		     struct error *err)
{
	const struct vlans wanted = wanted_vlans(bridge, default_vlan);
	struct vlans found;

	if (ask_vlans(rtnl, ifindex, &found, err) < 0)
		return -1;
	*match = wanted.native == found.native && memcmp(wanted.members, found.members, sizeof wanted.members) == 0 &&
		 memcmp(wanted.untagged, found.untagged, sizeof wanted.untagged) == 0;
	return 0;
}

int port_vlans_hold(struct rtnl *rtnl, int ifindex, uint16_t vlan, bool *holds, struct error *err)
{
	struct vlans found;

	if (ask_vlans(rtnl, ifindex, &found, err) < 0)
		return -1;
	*holds = has_vlan(found.members, vlan);
	return 0;
}
