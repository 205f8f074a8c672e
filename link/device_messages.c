/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message that did not get enough memory is NULL, which rtnl_request() reports. */
#include "link/device_messages.h"

#include "conf/marks.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

static bool put_macvlan(struct nl_msg *msg, const struct device *device)
{
	/* Linux 5.11; not named unless it is wanted, so that older ones can do the rest */
	return nla_put_u32(msg, IFLA_MACVLAN_MODE, device->variant) == 0 &&
	       (!device->queue || nla_put_u32(msg, IFLA_MACVLAN_BC_QUEUE_LEN, device->queue) == 0);
}

static bool put_ipvlan(struct nl_msg *msg, const struct device *device)
{
	return nla_put_u16(msg, IFLA_IPVLAN_MODE, device->variant) == 0;
}

static bool put_vlan(struct nl_msg *msg, const struct device *device)
{
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

/** finish() - NULL when one of the parts found no room */
static struct nl_msg *finish(struct nl_msg *msg, bool whole)
{
	if (whole)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static struct nl_msg *begin(int type, int flags, int ifindex)
{
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	return finish(msg, msg && nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) == 0);
}

/** put_info() - IFLA_LINKINFO; @device NULL: the kind and nothing else */
static bool put_info(struct nl_msg *msg, const char *kind, const struct device_type *type, const struct device *device)
{
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO), *data;

	if (!info || nla_put_string(msg, IFLA_INFO_KIND, kind) < 0)
		return false;
	if (!device || !type->put)
		return nla_nest_end(msg, info) == 0;
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	return data && type->put(msg, device) && nla_nest_end(msg, data) == 0 && nla_nest_end(msg, info) == 0;
}

struct nl_msg *device_build(const struct attachment *want, const struct device_type *type, int master, int netns)
{
	struct nl_msg *msg = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);

	if (!msg)
		return NULL;
	bool whole = nla_put_string(msg, IFLA_IFNAME, want->host_ifname) == 0 &&
		     nla_put_u32(msg, IFLA_GROUP, HOST_END_GROUP) == 0 &&
		     (!want->mtu || nla_put_u32(msg, IFLA_MTU, want->mtu) == 0) &&
		     (!type->own_mac || nla_put(msg, IFLA_ADDRESS, MAC_LENGTH, want->mac) == 0) &&
		     (!master || nla_put_u32(msg, IFLA_LINK, (uint32_t)master) == 0) &&
		     (netns < 0 || nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)netns) == 0);
	return finish(msg, whole && put_info(msg, type->kind, type, &want->device));
}

/** put_names() - an empty alias is none */
static bool put_names(struct nl_msg *msg, const char *name, const char *alias)
{
	return (!name || nla_put_string(msg, IFLA_IFNAME, name) == 0) &&
	       (!alias || nla_put(msg, IFLA_IFALIAS, (int)strlen(alias), alias) == 0);
}

struct nl_msg *device_build_names(int ifindex, const char *name, const char *alias)
{
	struct nl_msg *msg = begin(RTM_SETLINK, 0, ifindex);

	return finish(msg, msg && put_names(msg, name, alias));
}

struct nl_msg *device_build_move(int ifindex, int netns, const char *name, const char *alias)
{
	struct nl_msg *msg = begin(RTM_SETLINK, 0, ifindex);

	return finish(msg,
		      msg && nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)netns) == 0 && put_names(msg, name, alias));
}

struct nl_msg *device_build_mac(int ifindex, const uint8_t mac[static MAC_LENGTH])
{
	struct nl_msg *msg = begin(RTM_SETLINK, 0, ifindex);

	return finish(msg, msg && nla_put(msg, IFLA_ADDRESS, MAC_LENGTH, mac) == 0);
}

struct nl_msg *device_build_probe(const char *kind)
{
	static const uint8_t everybody[MAC_LENGTH] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct nl_msg *msg = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);

	return finish(msg, msg && nla_put_string(msg, IFLA_IFNAME, "cambric-probe") == 0 &&
				   nla_put(msg, IFLA_ADDRESS, MAC_LENGTH, everybody) == 0 &&
				   put_info(msg, kind, NULL, NULL));
}
