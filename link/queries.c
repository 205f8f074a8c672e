/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the kernel about one object each: no caches, no dump of the host. */
#include "link/messages.h"

#include "base/cleanup.h"

#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/route/link.h>
#include <stdio.h>
#include <string.h>

/* What is read below has the size it is read with, and texts end */
static const struct nla_policy link_policy[IFLA_MAX + 1] = {
	[IFLA_IFNAME] = {.type = NLA_STRING, .maxlen = IFNAMSIZ},
	[IFLA_IFALIAS] = {.type = NLA_STRING},
	[IFLA_MTU] = {.type = NLA_U32},
	[IFLA_TXQLEN] = {.type = NLA_U32},
	[IFLA_GROUP] = {.type = NLA_U32},
	[IFLA_MASTER] = {.type = NLA_U32},
	[IFLA_LINK] = {.type = NLA_U32},
	[IFLA_LINKINFO] = {.type = NLA_NESTED},
};
static const struct nla_policy route_policy[RTA_MAX + 1] = {[RTA_PRIORITY] = {.type = NLA_U32}};

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
	    nlmsg_parse(answer, sizeof *header, attributes, IFLA_MAX, link_policy) < 0 || !attributes[IFLA_IFNAME])
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

/** ask_link() - by index or, where that is 0, by name */
static int ask_link(struct rtnl *rtnl, int ifindex, const char *name, struct link_state *state, bool *exists,
		    struct error *err)
{
	struct error attempt = ERROR_INIT;
	struct nl_msg *msg = NULL;

	(void)rtnl_link_build_get_request(ifindex, name, &msg);
	/* Counters are half of the answer and most of its making */
	if (msg && nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	int status =
		rtnl_ask(rtnl, msg, read_link, state, &attempt, "get interface %s (%d)", name ? name : "", ifindex);
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

/** attribute_is_ip() - whether an attribute holds this address */
static bool attribute_is_ip(struct nlattr *attribute, const struct ip *ip)
{
	return attribute && (size_t)nla_len(attribute) == ip_size(ip->family) &&
	       memcmp(nla_data(attribute), ip->bytes, ip_size(ip->family)) == 0;
}

/** struct address_search - an address on a device, and whether it turned up */
struct address_search {
	const struct prefix *address;
	int ifindex;
	bool found;
};

/** read_address() - an address as its interface has it; AF_UNSPEC when it has none of its family's size */
static int read_address(struct nlmsghdr *answer, struct prefix *address, struct error *err)
{
	struct nlattr *attributes[IFA_MAX + 1] = {0};
	const struct ifaddrmsg *header = nlmsg_data(answer);

	*address = (struct prefix){.length = 0};
	if (answer->nlmsg_type != RTM_NEWADDR || nlmsg_parse(answer, sizeof *header, attributes, IFA_MAX, NULL) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about an address");
	struct nlattr *local = attributes[IFA_LOCAL] ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
	const size_t size = ip_size(header->ifa_family);
	if (!local || size == 0 || (size_t)nla_len(local) != size)
		return 0;
	address->ip.family = header->ifa_family;
	address->length = header->ifa_prefixlen;
	memcpy(address->ip.bytes, nla_data(local), size);
	return 0;
}

static int match_address(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct address_search *search = into;
	struct prefix address;

	if (read_address(answer, &address, err) < 0)
		return -1;
	if (((const struct ifaddrmsg *)nlmsg_data(answer))->ifa_index == (uint32_t)search->ifindex &&
	    prefix_equal(&address, search->address))
		search->found = true;
	return 0;
}

/** dump_request() - a dump whose fixed header the kernel takes as a filter (NETLINK_GET_STRICT_CHK) */
static struct nl_msg *dump_request(int type, void *header, size_t length)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_DUMP);

	if (msg && nlmsg_append(msg, header, length, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

enum { INTERRUPTED_DUMPS = 10 };

/**
 * dump() - a filtered dump, again when it was interrupted
 *
 * What an interrupted dump showed was there, so @into need not be reset; what it did not show may be.
 * ENOENT means a routing table that nobody has used yet: nothing to show.
 */
static int dump(struct rtnl *rtnl, struct nl_msg *(*build)(const void *what), const void *what, rtnl_visit visit,
		void *into, struct error *err, const char *label)
{
	struct error attempt = ERROR_INIT;

	for (int round = 0; round < INTERRUPTED_DUMPS; round++) {
		error_clear(&attempt);
		if (rtnl_ask(rtnl, build(what), visit, into, &attempt, "%s", label) == 0 || attempt.errnum == ENOENT)
			return 0;
		if (attempt.errnum != EINTR)
			break;
	}
	error_merge(err, &attempt);
	return -1;
}

static struct nl_msg *address_dump_request(const void *what)
{
	const struct address_search *search = what;
	struct ifaddrmsg header = {.ifa_family = (uint8_t)search->address->ip.family,
				   .ifa_index = (uint32_t)search->ifindex};

	return dump_request(RTM_GETADDR, &header, sizeof header);
}

int address_exists(struct rtnl *rtnl, int ifindex, const struct prefix *address, bool *exists, struct error *err)
{
	struct address_search search = {.address = address, .ifindex = ifindex};

	if (dump(rtnl, address_dump_request, &search, match_address, &search, err, "list addresses") < 0)
		return -1;
	*exists = search.found;
	return 0;
}

/** struct overlap_search - what an address of an interface is compared with; @found: the last that shares something */
struct overlap_search {
	struct address_search where;
	struct prefix found;
};

static int match_overlap(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct overlap_search *search = into;
	struct prefix address;

	if (read_address(answer, &address, err) < 0)
		return -1;
	if (((const struct ifaddrmsg *)nlmsg_data(answer))->ifa_index == (uint32_t)search->where.ifindex &&
	    prefix_overlaps(&address, search->where.address))
		search->found = address;
	return 0;
}

int address_find_overlap(struct rtnl *rtnl, int ifindex, const struct prefix *prefix, struct prefix *found,
			 struct error *err)
{
	struct overlap_search search = {.where = {.address = prefix, .ifindex = ifindex}};

	if (dump(rtnl, address_dump_request, &search.where, match_overlap, &search, err, "list addresses") < 0)
		return -1;
	*found = search.found;
	return 0;
}

/** struct own_search - addresses from @first to @last; @found: the first that turned up */
struct own_search {
	const struct ip *first, *last;
	struct ip found;
};

/** match_own() - one that we announce is deprecated and has no network */
static int match_own(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct own_search *search = into;
	const struct ifaddrmsg *header = nlmsg_data(answer);
	struct prefix address;

	if (read_address(answer, &address, err) < 0)
		return -1;
	if (address.ip.family != search->first->family ||
	    (address.length == ip_bits(address.ip.family) && header->ifa_flags & IFA_F_DEPRECATED))
		return 0;
	if (ip_compare(search->first, &address.ip) <= 0 && ip_compare(&address.ip, search->last) <= 0)
		search->found = address.ip;
	return 0;
}

static struct nl_msg *own_dump_request(const void *what)
{
	const struct own_search *search = what;
	struct ifaddrmsg header = {.ifa_family = (uint8_t)search->first->family};

	return dump_request(RTM_GETADDR, &header, sizeof header);
}

int address_find_own(struct rtnl *rtnl, const struct ip *first, const struct ip *last, struct ip *found,
		     struct error *err)
{
	struct own_search search = {.first = first, .last = last};

	if (dump(rtnl, own_dump_request, &search, match_own, &search, err, "list addresses") < 0)
		return -1;
	*found = search.found;
	return 0;
}

/** struct route_search - a route, and whether it turned up */
struct route_search {
	const struct route_wish *wish;
	bool found;
};

/** route_matches() - what the kernel's filter does not compare: destination, gateway, source, priority */
static bool route_matches(const struct route_wish *wish, const struct rtmsg *header, struct nlattr *attributes[])
{
	if (header->rtm_dst_len != wish->destination.length ||
	    (wish->protocol != RTPROT_UNSPEC && header->rtm_protocol != wish->protocol))
		return false;
	if (header->rtm_dst_len > 0 && !attribute_is_ip(attributes[RTA_DST], &wish->destination.ip))
		return false;
	if (ip_is_set(&wish->gateway) && !attribute_is_ip(attributes[RTA_GATEWAY], &wish->gateway))
		return false;
	if (ip_is_set(&wish->source) && !attribute_is_ip(attributes[RTA_PREFSRC], &wish->source))
		return false;
	return !wish->priority || (attributes[RTA_PRIORITY] && nla_get_u32(attributes[RTA_PRIORITY]) == wish->priority);
}

static int match_route(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct route_search *search = into;
	struct nlattr *attributes[RTA_MAX + 1] = {0};
	const struct rtmsg *header = nlmsg_data(answer);

	if (answer->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(answer, sizeof *header, attributes, RTA_MAX, route_policy) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a route");
	if (route_matches(search->wish, header, attributes))
		search->found = true;
	return 0;
}

/** route_dump_request() - filtered by the kernel: table, type, protocol, device (net/ipv4/fib_frontend.c) */
static struct nl_msg *route_dump_request(const void *what)
{
	const struct route_wish *wish = what;
	struct rtmsg header = {.rtm_family = (uint8_t)wish->destination.ip.family,
			       .rtm_protocol = wish->protocol,
			       .rtm_type = wish->type};
	struct nl_msg *msg = dump_request(RTM_GETROUTE, &header, sizeof header);

	if (!msg)
		return NULL;
	if (nla_put_u32(msg, RTA_TABLE, wish->table ? wish->table : RT_TABLE_MAIN) < 0 ||
	    (wish->ifindex && nla_put_u32(msg, RTA_OIF, (uint32_t)wish->ifindex) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int route_exists(struct rtnl *rtnl, const struct route_wish *wish, bool *exists, struct error *err)
{
	struct route_search search = {.wish = wish};

	if (dump(rtnl, route_dump_request, wish, match_route, &search, err, "list routes") < 0)
		return -1;
	*exists = search.found;
	return 0;
}

/** struct neighbour_search - the hardware address wanted, and whether the kernel has it */
struct neighbour_search {
	const uint8_t *mac;
	bool matches;
};

static int match_neighbour(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct neighbour_search *search = into;
	struct nlattr *attributes[NDA_MAX + 1] = {0};
	const struct ndmsg *header = nlmsg_data(answer);

	if (answer->nlmsg_type != RTM_NEWNEIGH || nlmsg_parse(answer, sizeof *header, attributes, NDA_MAX, NULL) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a neighbour");
	struct nlattr *hardware = attributes[NDA_LLADDR];
	search->matches = (header->ndm_state & NUD_PERMANENT) && hardware && nla_len(hardware) == MAC_LENGTH &&
			  memcmp(nla_data(hardware), search->mac, MAC_LENGTH) == 0;
	return 0;
}

/** neighbour_request() - one entry, not a dump (RTM_GETNEIGH since Linux 5.0) */
static struct nl_msg *neighbour_request(int ifindex, const struct ip *ip)
{
	struct ndmsg header = {.ndm_family = (uint8_t)ip->family, .ndm_ifindex = ifindex};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETNEIGH, 0);

	if (msg && (nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
		    nla_put(msg, NDA_DST, (int)ip_size(ip->family), ip->bytes) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int neighbour_matches(struct rtnl *rtnl, int ifindex, const struct ip *ip, const uint8_t mac[static MAC_LENGTH],
		      bool *matches, struct error *err)
{
	struct neighbour_search search = {.mac = mac};
	struct error attempt = ERROR_INIT;
	char text[IP_TEXT_SIZE];

	int status = rtnl_ask(rtnl, neighbour_request(ifindex, ip), match_neighbour, &search, &attempt,
			      "get neighbour %s", ip_format(ip, text));
	*matches = search.matches;
	if (status == 0 || attempt.errnum == ENOENT)
		return 0;
	error_merge(err, &attempt);
	return -1;
}
