/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the kernel about interfaces. */
#include "kernel/link_message.h"
#include "kernel/message.h"
#include "link/messages.h"

#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <string.h>

/* What is read below has the size it is read with, and texts end */
static const struct nla_policy info_policy[IFLA_INFO_MAX + 1] = {
	[IFLA_INFO_KIND] = {.type = NLA_STRING},
	[IFLA_INFO_DATA] = {.type = NLA_NESTED},
	[IFLA_INFO_SLAVE_KIND] = {.type = NLA_STRING},
	[IFLA_INFO_SLAVE_DATA] = {.type = NLA_NESTED},
};
static const struct nla_policy port_policy[IFLA_BRPORT_MAX + 1] = {
	[IFLA_BRPORT_STATE] = {.type = NLA_U8},
	[IFLA_BRPORT_MODE] = {.type = NLA_U8},
	[IFLA_BRPORT_ISOLATED] = {.type = NLA_U8},
};
static const struct nla_policy bridge_policy[IFLA_BR_MAX + 1] = {
	[IFLA_BR_VLAN_FILTERING] = {.type = NLA_U8},
	[IFLA_BR_VLAN_DEFAULT_PVID] = {.type = NLA_U16},
};
static const struct nla_policy vlan_policy[IFLA_VLAN_MAX + 1] = {[IFLA_VLAN_ID] = {.type = NLA_U16}};

/** struct variant - the one number that tells interfaces of a kind apart; @size in bytes */
static const struct variant {
	const char *kind;
	int attribute;
	size_t size;
} variants[] = {
	{"macvlan", IFLA_MACVLAN_MODE, sizeof(uint32_t)},
	{"ipvlan", IFLA_IPVLAN_MODE, sizeof(uint16_t)},
	{"vrf", IFLA_VRF_TABLE, sizeof(uint32_t)},
};

/** read_port() - what a bridge says of its port */
static void read_port(struct nlattr *data, struct link_state *state)
{
	struct nlattr *nested[IFLA_BRPORT_MAX + 1] = {0};

	if (nla_parse_nested(nested, IFLA_BRPORT_MAX, data, port_policy) < 0)
		return;
	state->port_state = nested[IFLA_BRPORT_STATE] ? nla_get_u8(nested[IFLA_BRPORT_STATE]) : 0;
	state->hairpin = nested[IFLA_BRPORT_MODE] && nla_get_u8(nested[IFLA_BRPORT_MODE]);
	state->isolated = nested[IFLA_BRPORT_ISOLATED] && nla_get_u8(nested[IFLA_BRPORT_ISOLATED]);
}

static void read_bridge(struct nlattr *data, struct link_state *state)
{
	struct nlattr *nested[IFLA_BR_MAX + 1] = {0};

	if (nla_parse_nested(nested, IFLA_BR_MAX, data, bridge_policy) < 0)
		return;
	state->filters_vlans = nested[IFLA_BR_VLAN_FILTERING] && nla_get_u8(nested[IFLA_BR_VLAN_FILTERING]);
	if (nested[IFLA_BR_VLAN_DEFAULT_PVID])
		state->default_vlan = nla_get_u16(nested[IFLA_BR_VLAN_DEFAULT_PVID]);
}

static void read_vlan(struct nlattr *data, struct link_state *state)
{
	struct nlattr *nested[IFLA_VLAN_MAX + 1] = {0};

	if (nla_parse_nested(nested, IFLA_VLAN_MAX, data, vlan_policy) == 0 && nested[IFLA_VLAN_ID])
		state->vlan = nla_get_u16(nested[IFLA_VLAN_ID]);
}

static void read_variant(struct nlattr *data, struct link_state *state)
{
	for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
		struct nlattr *number;

		if (strcmp(variants[i].kind, state->kind) != 0)
			continue;
		number = nla_find(nla_data(data), nla_len(data), variants[i].attribute);
		if (number && (size_t)nla_len(number) == variants[i].size)
			state->variant =
				variants[i].size == sizeof(uint16_t) ? nla_get_u16(number) : nla_get_u32(number);
	}
}

/** read_info() - the kind, "" when there is none, and what bridges and VLANs have beside */
static void read_info(struct nlattr *info, struct link_state *state)
{
	struct nlattr *nested[IFLA_INFO_MAX + 1] = {0};

	if (!info || nla_parse_nested(nested, IFLA_INFO_MAX, info, info_policy) < 0)
		return;
	if (nested[IFLA_INFO_KIND])
		(void)nla_strlcpy(state->kind, nested[IFLA_INFO_KIND], sizeof state->kind);
	if (nested[IFLA_INFO_DATA] && strcmp(state->kind, "bridge") == 0)
		read_bridge(nested[IFLA_INFO_DATA], state);
	if (nested[IFLA_INFO_DATA] && strcmp(state->kind, "vlan") == 0)
		read_vlan(nested[IFLA_INFO_DATA], state);
	if (nested[IFLA_INFO_DATA])
		read_variant(nested[IFLA_INFO_DATA], state);
	if (nested[IFLA_INFO_SLAVE_DATA] && nested[IFLA_INFO_SLAVE_KIND] &&
	    strcmp(nla_get_string(nested[IFLA_INFO_SLAVE_KIND]), "bridge") == 0)
		read_port(nested[IFLA_INFO_SLAVE_DATA], state);
}

static int read_link(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct link_state *state = into;
	struct nlattr *attributes[IFLA_MAX + 1] = {0};
	const struct ifinfomsg *header = nlmsg_data(answer);

	if (answer->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(answer, sizeof *header, attributes, IFLA_MAX, LINK_POLICY) < 0 || !attributes[IFLA_IFNAME])
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about an interface");
	*state = (struct link_state){.ifindex = header->ifi_index, .flags = header->ifi_flags};
	(void)nla_strlcpy(state->name, attributes[IFLA_IFNAME], sizeof state->name);
	if (attributes[IFLA_IFALIAS])
		(void)nla_strlcpy(state->alias, attributes[IFLA_IFALIAS], sizeof state->alias);
	if (attributes[IFLA_MTU])
		state->mtu = nla_get_u32(attributes[IFLA_MTU]);
	if (attributes[IFLA_TXQLEN])
		state->tx_queue_length = nla_get_u32(attributes[IFLA_TXQLEN]);
	if (attributes[IFLA_GROUP])
		state->group = nla_get_u32(attributes[IFLA_GROUP]);
	if (attributes[IFLA_ADDRESS] && nla_len(attributes[IFLA_ADDRESS]) == MAC_LENGTH)
		memcpy(state->mac, nla_data(attributes[IFLA_ADDRESS]), MAC_LENGTH);
	if (attributes[IFLA_MASTER])
		state->master = (int)nla_get_u32(attributes[IFLA_MASTER]);
	if (attributes[IFLA_LINK])
		state->peer = (int)nla_get_u32(attributes[IFLA_LINK]);
	read_info(attributes[IFLA_LINKINFO], state);
	return 0;
}

/** link_request() - without counters, which are half of the answer and most of its making */
static struct nl_msg *link_request(int flags, int ifindex, const char *name)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
	struct nl_msg *msg = message_begin(RTM_GETLINK, flags, &header, sizeof header);

	return message_finish(msg, msg && (!name || nla_put_string(msg, IFLA_IFNAME, name) == 0) &&
					   nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) == 0);
}

/** ask_link() - by index or, where that is 0, by name */
static int ask_link(struct rtnl *rtnl, int ifindex, const char *name, struct link_state *state, bool *exists,
		    struct error *err)
{
	struct error attempt = ERROR_INIT;
	int status = rtnl_ask(rtnl, link_request(0, ifindex, name), read_link, state, &attempt, "get interface %s (%d)",
			      name ? name : "", ifindex);

	*exists = status == 0;
	if (status == 0 || attempt.errnum == ENODEV)
		return 0;
	error_merge(err, &attempt);
	return -1;
}

int link_query(struct rtnl *rtnl, const char *name, struct link_state *state, bool *exists, struct error *err)
{
	return ask_link(rtnl, 0, name, state, exists, err);
}

int link_query_index(struct rtnl *rtnl, int ifindex, struct link_state *state, bool *exists, struct error *err)
{
	return ask_link(rtnl, ifindex, NULL, state, exists, err);
}

/** struct link_walk - who looks, until he has seen enough */
struct link_walk {
	link_visit visit;
	void *argument;
	bool enough;
};

static int show_link(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct link_walk *walk = into;
	struct link_state state;

	if (walk->enough)
		return 0;
	if (read_link(answer, &state, err) < 0)
		return -1;
	walk->enough = !walk->visit(&state, walk->argument);
	return 0;
}

int links_visit(struct rtnl *rtnl, link_visit visit, void *argument, struct error *err)
{
	struct link_walk walk = {.visit = visit, .argument = argument};

	return rtnl_list(rtnl, link_request(NLM_F_DUMP, 0, NULL), show_link, &walk, NULL, err, "list interfaces");
}
