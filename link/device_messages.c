/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message that did not get enough memory is NULL, which rtnl_request() reports. */
#include "link/device_messages.h"

#include "conf/marks.h"
#include "kernel/link_message.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

static bool put_macvlan(struct nl_msg *msg, const void *details)
{
	const struct device *device = details;

	/* Linux 5.11; not named unless it is wanted, so that older ones can do the rest */
	return nla_put_u32(msg, IFLA_MACVLAN_MODE, device->variant) == 0 &&
	       (!device->queue || nla_put_u32(msg, IFLA_MACVLAN_BC_QUEUE_LEN, device->queue) == 0);
}

static bool put_ipvlan(struct nl_msg *msg, const void *details)
{
	const struct device *device = details;

	return nla_put_u16(msg, IFLA_IPVLAN_MODE, device->variant) == 0;
}

static bool put_vlan(struct nl_msg *msg, const void *details)
{
	const struct device *device = details;

	return nla_put_u16(msg, IFLA_VLAN_ID, device->vlan) == 0;
}

static const struct device_type types[] = {
	{.kind = "macvlan", .module = "macvlan", .on_link = true, .own_mac = true, .put = put_macvlan},
	{.kind = "ipvlan", .module = "ipvlan", .on_link = true, .put = put_ipvlan},
	{.kind = "vlan", .module = "8021q", .on_link = true, .put = put_vlan},
	{.kind = "dummy", .module = "dummy", .own_mac = true},
};

const struct device_type *device_type_find(const char *kind)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].kind, kind) == 0)
			return &types[i];
	return NULL;
}

struct nl_msg *device_build(const struct attachment *want, const struct device_type *type, int master, int netns)
{
	return link_message_new(&(struct link_wish){.name = want->host_ifname,
						    .group = HOST_END_GROUP,
						    .mtu = want->mtu,
						    .mac = type->own_mac ? want->mac : NULL,
						    .below = master,
						    .netns = netns > 0 ? netns : 0,
						    .kind = type->kind,
						    .put = type->put,
						    .details = &want->device});
}

struct nl_msg *device_build_names(int ifindex, const char *name, const char *alias)
{
	return device_build_move(ifindex, 0, name, alias);
}

struct nl_msg *device_build_move(int ifindex, int netns, const char *name, const char *alias)
{
	return link_message(RTM_SETLINK, 0,
			    &(struct link_wish){.ifindex = ifindex, .netns = netns, .name = name, .alias = alias});
}

static bool put_table(struct nl_msg *msg, const void *details)
{
	return nla_put_u32(msg, IFLA_VRF_TABLE, *(const uint32_t *)details) == 0;
}

struct nl_msg *device_build_vrf(const char *name, uint32_t table)
{
	return link_message_new(&(struct link_wish){.name = name,
						    .group = HOST_END_GROUP,
						    .flags = IFF_UP,
						    .flag_mask = IFF_UP,
						    .kind = "vrf",
						    .put = put_table,
						    .details = &table});
}

struct nl_msg *device_build_master(int ifindex, int master)
{
	return link_message(RTM_SETLINK, 0, &(struct link_wish){.ifindex = ifindex, .master = &master});
}

struct nl_msg *device_build_mac(int ifindex, const uint8_t mac[static MAC_LENGTH])
{
	return link_message(RTM_SETLINK, 0, &(struct link_wish){.ifindex = ifindex, .mac = mac});
}

struct nl_msg *device_build_probe(const char *kind)
{
	static const uint8_t everybody[MAC_LENGTH] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	return link_message_new(&(struct link_wish){.name = "cambric-probe", .mac = everybody, .kind = kind});
}
