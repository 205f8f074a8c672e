/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dumps that the kernel filters by table, type and device. */
#include "link/route_list.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <string.h>

enum { LIST_ROUNDS = 10 };

static const struct nla_policy route_policy[RTA_MAX + 1] = {
	[RTA_PRIORITY] = {.type = NLA_U32},
	[RTA_OIF] = {.type = NLA_U32},
	[RTA_METRICS] = {.type = NLA_NESTED},
};
static const struct nla_policy metrics_policy[RTAX_MAX + 1] = {
	[RTAX_MTU] = {.type = NLA_U32},
	[RTAX_ADVMSS] = {.type = NLA_U32},
};

static void read_ip(struct nlattr *attribute, sa_family_t family, struct ip *ip)
{
	if (!attribute || (size_t)nla_len(attribute) != ip_size(family))
		return;
	ip->family = family;
	memcpy(ip->bytes, nla_data(attribute), ip_size(family));
}

static void read_metrics(struct nlattr *attribute, struct route_wish *route)
{
	struct nlattr *metrics[RTAX_MAX + 1] = {0};

	if (!attribute || nla_parse_nested(metrics, RTAX_MAX, attribute, metrics_policy) < 0)
		return;
	route->mtu = metrics[RTAX_MTU] ? nla_get_u32(metrics[RTAX_MTU]) : 0;
	route->advmss = metrics[RTAX_ADVMSS] ? nla_get_u32(metrics[RTAX_ADVMSS]) : 0;
}

static struct route_wish route_of(const struct rtmsg *header, struct nlattr *attributes[])
{
	struct route_wish route = {.destination = {.ip = {.family = header->rtm_family}, .length = header->rtm_dst_len},
				   .ifindex = (int)nla_get_u32(attributes[RTA_OIF]),
				   .type = header->rtm_type,
				   .scope = header->rtm_scope,
				   .protocol = header->rtm_protocol};

	read_ip(attributes[RTA_DST], header->rtm_family, &route.destination.ip);
	read_ip(attributes[RTA_GATEWAY], header->rtm_family, &route.gateway);
	read_ip(attributes[RTA_PREFSRC], header->rtm_family, &route.source);
	read_metrics(attributes[RTA_METRICS], &route);
	route.priority = attributes[RTA_PRIORITY] ? nla_get_u32(attributes[RTA_PRIORITY]) : 0;
	return route;
}

/** is_wanted() - the kernel's own of every IPv6 link stay where they are */
static bool is_wanted(const struct route_wish *route)
{
	const struct ip *ip = &route->destination.ip;

	return !(ip->family == AF_INET6 && route->destination.length > 0 &&
		 (ip_is_link_local(ip) || ip->bytes[0] == 0xff));
}

static int append(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *attributes[RTA_MAX + 1] = {0};
	const struct rtmsg *header = nlmsg_data(answer);
	struct route_list *list = into;

	if (answer->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(answer, sizeof *header, attributes, RTA_MAX, route_policy) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a route");
	if (!attributes[RTA_OIF] || header->rtm_flags & RTM_F_CLONED)
		return 0;
	const struct route_wish route = route_of(header, attributes);
	if (!is_wanted(&route))
		return 0;
	if (list->count == MAX_LISTED_ROUTES)
		return error_set(err, ERROR_CONFIG, 0, "the interface has more than %d routes", MAX_LISTED_ROUTES);
	size_t at = list->count++;
	/* in front of the first that has a gateway */
	for (; !ip_is_set(&route.gateway) && at > 0 && ip_is_set(&list->routes[at - 1].gateway); at--)
		list->routes[at] = list->routes[at - 1];
	list->routes[at] = route;
	return 0;
}

static struct nl_msg *dump_request(sa_family_t family, int ifindex, uint32_t table)
{
	struct rtmsg header = {.rtm_family = (uint8_t)family, .rtm_type = RTN_UNICAST};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_DUMP);

	if (msg && nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) == 0 &&
	    nla_put_u32(msg, RTA_TABLE, table ? table : RT_TABLE_MAIN) == 0 &&
	    nla_put_u32(msg, RTA_OIF, (uint32_t)ifindex) == 0)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/** read_family() - a table or a family that is not there has no routes */
static int read_family(struct route_list *list, struct rtnl *rtnl, sa_family_t family, int ifindex, uint32_t table,
		       struct error *err)
{
	const size_t before = list->count;

	for (int round = 0;; round++) {
		struct error refusal = ERROR_INIT;
		list->count = before;
		if (rtnl_ask(rtnl, dump_request(family, ifindex, table), append, list, &refusal, "list routes") == 0 ||
		    refusal.errnum == ENOENT || refusal.errnum == EOPNOTSUPP || refusal.errnum == EAFNOSUPPORT)
			return 0;
		if (refusal.errnum != EINTR || round == LIST_ROUNDS) {
			error_merge(err, &refusal);
			return -1;
		}
	}
}

int route_list_read(struct route_list *list, struct rtnl *rtnl, int ifindex, uint32_t table, struct error *err)
{
	list->count = 0;
	return read_family(list, rtnl, AF_INET, ifindex, table, err) < 0
		       ? -1
		       : read_family(list, rtnl, AF_INET6, ifindex, table, err);
}
