/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VLANs a bridge port is in, by RTM_GETVLAN (Linux 5.6). */
#include "link/port_vlans.h"

#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum { VLAN_BYTES = (MAX_VLAN + 8) / 8 };

/** struct vlans - those of a port: all, and which of them is untagged for frames that come and go */
struct vlans {
	uint8_t members[VLAN_BYTES];
	uint16_t native;
};

static void set_vlans(struct vlans *vlans, unsigned first, unsigned last)
{
	for (unsigned vlan = first; vlan <= last && vlan <= MAX_VLAN; vlan++)
		vlans->members[vlan / 8] |= (uint8_t)(1U << vlan % 8);
}

/** add_vlan() - one entry of the answer: a VLAN, or a range of alike ones */
static void add_vlan(struct vlans *vlans, struct nlattr *entry)
{
	struct nlattr *nested[BRIDGE_VLANDB_ENTRY_MAX + 1] = {0};

	if (nla_parse_nested(nested, BRIDGE_VLANDB_ENTRY_MAX, entry, NULL) < 0 || !nested[BRIDGE_VLANDB_ENTRY_INFO])
		return;
	const struct bridge_vlan_info *info = nla_data(nested[BRIDGE_VLANDB_ENTRY_INFO]);
	const struct nlattr *range = nested[BRIDGE_VLANDB_ENTRY_RANGE];
	const uint16_t native = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;

	set_vlans(vlans, info->vid, range ? nla_get_u16((struct nlattr *)(uintptr_t)range) : info->vid);
	if ((info->flags & native) == native)
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

/** wanted_vlans() - @found tells what the bridge put the port into by itself, where nothing else was said */
static struct vlans wanted_vlans(const struct bridge *bridge, const struct vlans *found)
{
	struct vlans wanted = {.native = bridge->vlan ? bridge->vlan : found->native};

	for (size_t i = 0; i < bridge->trunk_count; i++)
		set_vlans(&wanted, bridge->trunks[i].first, bridge->trunks[i].last);
	if (wanted.native)
		set_vlans(&wanted, wanted.native, wanted.native);
	if (bridge->flags & BRIDGE_KEEP_VLAN)
		wanted.members[0] |= found->members[0] & 1U << DEFAULT_VLAN;
	return wanted;
}

int port_vlans_match(struct rtnl *rtnl, int ifindex, const struct bridge *bridge, bool *match, struct error *err)
{
	struct br_vlan_msg header = {.family = AF_BRIDGE, .ifindex = (uint32_t)ifindex};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETVLAN, NLM_F_DUMP);
	struct vlans found = {.native = 0};

	if (msg && nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	if (rtnl_ask(rtnl, msg, read_vlans, &found, err, "list VLANs of interface %d", ifindex) < 0)
		return -1;
	const struct vlans wanted = wanted_vlans(bridge, &found);
	*match = wanted.native == found.native && memcmp(wanted.members, found.members, sizeof wanted.members) == 0;
	return 0;
}
