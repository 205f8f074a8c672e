/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A struct link_wish, attribute by attribute. */
#include "kernel/link_message.h"

#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <string.h>

/* What is read has the size it is read with */
const struct nla_policy LINK_POLICY[IFLA_MAX + 1] = {
	[IFLA_IFNAME] = {.type = NLA_STRING, .maxlen = IFNAMSIZ},
	[IFLA_IFALIAS] = {.type = NLA_STRING},
	[IFLA_MTU] = {.type = NLA_U32},
	[IFLA_TXQLEN] = {.type = NLA_U32},
	[IFLA_GROUP] = {.type = NLA_U32},
	[IFLA_MASTER] = {.type = NLA_U32},
	[IFLA_LINK] = {.type = NLA_U32},
	[IFLA_LINKINFO] = {.type = NLA_NESTED},
};

static bool put_number(struct nl_msg *msg, int attribute, uint32_t number)
{
	return number == 0 || nla_put_u32(msg, attribute, number) == 0;
}

static bool put_text(struct nl_msg *msg, int attribute, const char *text)
{
	return !text || nla_put_string(msg, attribute, text) == 0;
}

/** header_of() - flags without a mask would be all flags that the interface is to have (net/core/rtnetlink.c) */
static struct ifinfomsg header_of(const struct link_wish *wish)
{
	return (struct ifinfomsg){.ifi_family = AF_UNSPEC,
				  .ifi_index = wish->ifindex,
				  .ifi_flags = wish->flags & wish->flag_mask,
				  .ifi_change = wish->flag_mask};
}

static bool put_all(struct nl_msg *msg, const struct link_wish *wish);

/** put_peer() - with a header of its own, as if it were a request (drivers/net/veth.c, veth_newlink) */
static bool put_peer(struct nl_msg *msg, const struct link_wish *peer)
{
	struct ifinfomsg header = header_of(peer);
	struct nlattr *nest = nla_nest_start(msg, VETH_INFO_PEER);

	return nest && nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) == 0 && put_all(msg, peer) &&
	       nla_nest_end(msg, nest) == 0;
}

/** put_info() - libnl takes an empty nest out again */
static bool put_info(struct nl_msg *msg, const struct link_wish *wish)
{
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO), *data;

	if (!info || !put_text(msg, wish->is_port ? IFLA_INFO_SLAVE_KIND : IFLA_INFO_KIND, wish->kind))
		return false;
	data = nla_nest_start(msg, wish->is_port ? IFLA_INFO_SLAVE_DATA : IFLA_INFO_DATA);
	return data && (!wish->put || wish->put(msg, wish->details)) && (!wish->peer || put_peer(msg, wish->peer)) &&
	       nla_nest_end(msg, data) == 0 && nla_nest_end(msg, info) == 0;
}

static bool put_all(struct nl_msg *msg, const struct link_wish *wish)
{
	return put_text(msg, IFLA_IFNAME, wish->name) &&
	       (!wish->alias || nla_put(msg, IFLA_IFALIAS, (int)strlen(wish->alias), wish->alias) == 0) &&
	       (!wish->mac || nla_put(msg, IFLA_ADDRESS, ETH_ALEN, wish->mac) == 0) &&
	       put_number(msg, IFLA_MTU, wish->mtu) && put_number(msg, IFLA_GROUP, wish->group) &&
	       (!wish->queue_length || nla_put_u32(msg, IFLA_TXQLEN, *wish->queue_length) == 0) &&
	       put_number(msg, IFLA_LINK, (uint32_t)wish->below) &&
	       (!wish->master || nla_put_u32(msg, IFLA_MASTER, (uint32_t)*wish->master) == 0) &&
	       put_number(msg, IFLA_NET_NS_FD, (uint32_t)wish->netns) && (!wish->kind || put_info(msg, wish));
}

struct nl_msg *link_message(int type, int flags, const struct link_wish *wish)
{
	const struct ifinfomsg header = header_of(wish);
	struct nl_msg *msg = message_begin(type, flags, &header, sizeof header);

	return message_finish(msg, msg && put_all(msg, wish));
}

struct nl_msg *link_message_new(const struct link_wish *wish)
{
	return link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, wish);
}
