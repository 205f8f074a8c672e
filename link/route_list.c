/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists that the kernel filters by table, type and device. */
#include "link/route_list.h"

#include "kernel/message.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <string.h>

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

/** routes_request() - filtered by the kernel (net/ipv4/fib_frontend.c, ip_valid_fib_dump_req) */
static struct nl_msg *routes_request(const struct route_wish *filter)
{
	const struct rtmsg header = {.rtm_family = (uint8_t)filter->destination.ip.family,
				     .rtm_protocol = filter->protocol,
				     .rtm_type = filter->type};
	struct nl_msg *msg = message_begin(RTM_GETROUTE, NLM_F_DUMP, &header, sizeof header);

	return message_finish(msg,
			      msg && nla_put_u32(msg, RTA_TABLE, filter->table ? filter->table : RT_TABLE_MAIN) == 0 &&
				      (!filter->ifindex || nla_put_u32(msg, RTA_OIF, (uint32_t)filter->ifindex) == 0));
}

int routes_list(struct rtnl *rtnl, const struct route_wish *filter, rtnl_visit visit, void *into, size_t *count,
		struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (rtnl_list(rtnl, routes_request(filter), visit, into, count, &refusal, "list routes") == 0 ||
	    refusal.errnum == ENOENT || refusal.errnum == EOPNOTSUPP || refusal.errnum == EAFNOSUPPORT)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int routes_of_device(struct rtnl *rtnl, int ifindex, rtnl_visit visit, void *into, struct error *err)
{
	struct route_wish filter = {.destination.ip.family = AF_INET, .ifindex = ifindex};

	if (routes_list(rtnl, &filter, visit, into, NULL, err) < 0)
		return -1;
	filter.destination.ip.family = AF_INET6;
	return routes_list(rtnl, &filter, visit, into, NULL, err);
}

int route_list_read(struct route_list *list, struct rtnl *rtnl, int ifindex, uint32_t table, struct error *err)
{
	struct route_wish filter = {
		.destination.ip.family = AF_INET, .ifindex = ifindex, .type = RTN_UNICAST, .table = table};

	list->count = 0;
	if (routes_list(rtnl, &filter, append, list, &list->count, err) < 0)
		return -1;
	filter.destination.ip.family = AF_INET6;
	return routes_list(rtnl, &filter, append, list, &list->count, err);
}
