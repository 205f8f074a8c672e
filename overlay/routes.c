/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of routes with our protocol. */
#include "overlay/routes.h"

#include "base/cleanup.h"
#include "conf/marks.h"
#include "kernel/lookup.h"
#include "kernel/message.h"
#include "link/route_list.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Less specific than any subnet, and behind what an administrator says of the same network. IPv6 has a metric always */
enum { UNREACHABLE_METRIC = 4000, IPV6_METRIC = 1024, FIRST_ROOM = 64 };

static const struct nla_policy route_policy[RTA_MAX + 1] = {
	[RTA_OIF] = {.type = NLA_U32},
	[RTA_PRIORITY] = {.type = NLA_U32},
	[RTA_METRICS] = {.type = NLA_NESTED},
};
static const struct nla_policy metrics_policy[RTAX_MAX + 1] = {[RTAX_MTU] = {.type = NLA_U32}};

void peer_routes_free(struct peer_routes *list)
{
	free(list->routes);
	*list = (struct peer_routes){.count = 0};
}

void peer_routes_append(struct peer_routes *list, const struct peer_route *route)
{
	if (list->count == list->room && !list->failed) {
		const size_t room = list->room ? list->room * 2 : FIRST_ROOM;
		struct peer_route *larger = reallocarray(list->routes, room, sizeof *larger);

		list->failed = !larger;
		if (larger) {
			list->routes = larger;
			list->room = room;
		}
	}
	if (list->failed)
		return;
	list->routes[list->count] = *route;
	if (list->routes[list->count].metric == 0 && route->destination.ip.family == AF_INET6)
		list->routes[list->count].metric = IPV6_METRIC;
	list->count++;
}

/** order_of() - by what the kernel knows a route by */
static int order_of(const struct peer_route *a, const struct peer_route *b)
{
	int order = ip_compare(&a->destination.ip, &b->destination.ip);

	if (order == 0)
		order = a->destination.length - b->destination.length;
	return order ? order : (a->metric > b->metric) - (a->metric < b->metric);
}

static int compare_routes(const void *a, const void *b)
{
	return order_of(a, b);
}

void peer_routes_sort(struct peer_routes *list)
{
	if (list->count > 1)
		qsort(list->routes, list->count, sizeof *list->routes, compare_routes);
}

struct peer_route peer_routes_unreachable(const struct prefix *network)
{
	return (struct peer_route){.destination = *network, .type = RTN_UNREACHABLE, .metric = UNREACHABLE_METRIC};
}

static bool read_ip(struct nlattr *attribute, sa_family_t family, struct ip *ip)
{
	if (!attribute || (size_t)nla_len(attribute) != ip_size(family))
		return false;
	ip->family = family;
	memcpy(ip->bytes, nla_data(attribute), ip_size(family));
	return true;
}

static int read_route(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *attributes[RTA_MAX + 1] = {0}, *metrics[RTAX_MAX + 1] = {0};
	const struct rtmsg *header = nlmsg_data(answer);
	struct peer_route route = {.type = header->rtm_type, .onlink = header->rtm_flags & RTNH_F_ONLINK};

	if (answer->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(answer, sizeof *header, attributes, RTA_MAX, route_policy) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a route");
	if (header->rtm_protocol != PEER_ROUTE_PROTOCOL ||
	    !read_ip(attributes[RTA_DST], header->rtm_family, &route.destination.ip))
		return 0;
	route.destination.length = header->rtm_dst_len;
	(void)read_ip(attributes[RTA_GATEWAY], header->rtm_family, &route.gateway);
	(void)read_ip(attributes[RTA_PREFSRC], header->rtm_family, &route.source);
	/* what is unreachable is so over the loopback device, in IPv6 */
	if (route.type == RTN_UNICAST && attributes[RTA_OIF])
		route.ifindex = (int)nla_get_u32(attributes[RTA_OIF]);
	if (attributes[RTA_PRIORITY])
		route.metric = nla_get_u32(attributes[RTA_PRIORITY]);
	if (attributes[RTA_METRICS] &&
	    nla_parse_nested(metrics, RTAX_MAX, attributes[RTA_METRICS], metrics_policy) == 0 && metrics[RTAX_MTU])
		route.mtu = nla_get_u32(metrics[RTAX_MTU]);
	peer_routes_append(into, &route);
	return 0;
}

static int read_family(struct peer_routes *list, sa_family_t family, struct rtnl *host, struct error *err)
{
	const struct route_wish filter = {.destination.ip.family = family, .protocol = PEER_ROUTE_PROTOCOL};

	return routes_list(host, &filter, read_route, list, &list->count, err);
}

int peer_routes_read(struct peer_routes *list, struct rtnl *host, struct error *err)
{
	if (read_family(list, AF_INET, host, err) < 0 || read_family(list, AF_INET6, host, err) < 0)
		return -1;
	if (list->failed)
		return error_set(err, ERROR_KERNEL, ENOMEM, "list routes to other hosts");
	peer_routes_sort(list);
	return 0;
}

static bool is_same(const struct peer_route *wish, const struct peer_route *there)
{
	return wish->type == there->type && wish->onlink == there->onlink && wish->mtu == there->mtu &&
	       ip_equal(&wish->gateway, &there->gateway) && ip_equal(&wish->source, &there->source) &&
	       (!wish->ifindex || wish->ifindex == there->ifindex);
}

void peer_routes_compare(const struct peer_routes *wished, const struct peer_routes *there, struct peer_routes *missing,
			 struct peer_routes *different)
{
	for (size_t i = 0, j = 0; i < wished->count; i++) {
		const struct peer_route *wish = &wished->routes[i];

		while (j < there->count && order_of(&there->routes[j], wish) < 0)
			j++;
		if (j == there->count || order_of(&there->routes[j], wish) > 0)
			peer_routes_append(missing, wish);
		else if (!is_same(wish, &there->routes[j]))
			peer_routes_append(different, wish);
	}
}

static bool put_mtu(struct nl_msg *msg, uint32_t mtu)
{
	struct nlattr *metrics = nla_nest_start(msg, RTA_METRICS);

	return metrics && nla_put_u32(msg, RTAX_MTU, mtu) == 0 && nla_nest_end(msg, metrics) == 0;
}

static struct nl_msg *build_route(int type, int flags, const struct peer_route *route)
{
	const bool link = route->type == RTN_UNICAST && !ip_is_set(&route->gateway) && type == RTM_NEWROUTE;
	const struct rtmsg header = {.rtm_family = (uint8_t)route->destination.ip.family,
				     .rtm_dst_len = route->destination.length,
				     .rtm_table = RT_TABLE_MAIN,
				     .rtm_protocol = PEER_ROUTE_PROTOCOL,
				     .rtm_scope = link			 ? RT_SCOPE_LINK
						  : type == RTM_DELROUTE ? RT_SCOPE_NOWHERE
									 : RT_SCOPE_UNIVERSE,
				     .rtm_type = type == RTM_DELROUTE ? RTN_UNSPEC : route->type,
				     .rtm_flags = route->onlink && type == RTM_NEWROUTE ? RTNH_F_ONLINK : 0};
	struct nl_msg *msg = message_begin(type, flags, &header, sizeof header);
	bool whole = msg && message_put_ip(msg, RTA_DST, &route->destination.ip) &&
		     (!route->metric || nla_put_u32(msg, RTA_PRIORITY, route->metric) == 0);

	if (type == RTM_NEWROUTE)
		whole = whole && (!ip_is_set(&route->gateway) || message_put_ip(msg, RTA_GATEWAY, &route->gateway)) &&
			(!ip_is_set(&route->source) || message_put_ip(msg, RTA_PREFSRC, &route->source)) &&
			(!route->ifindex || nla_put_u32(msg, RTA_OIF, (uint32_t)route->ifindex) == 0) &&
			(!route->mtu || put_mtu(msg, route->mtu));
	return message_finish(msg, whole);
}

static struct nl_msg *build_new(size_t index, const void *what)
{
	return build_route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, (const struct peer_route *)what + index);
}

static struct nl_msg *build_replacement(size_t index, const void *what)
{
	return build_route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, (const struct peer_route *)what + index);
}

static struct nl_msg *build_deletion(size_t index, const void *what)
{
	return build_route(RTM_DELROUTE, 0, (const struct peer_route *)what + index);
}

const char *peer_route_format(const struct peer_route *route, char text[static PEER_ROUTE_TEXT_SIZE])
{
	char destination[PREFIX_TEXT_SIZE], gateway[IP_TEXT_SIZE];

	(void)snprintf(text, PEER_ROUTE_TEXT_SIZE, "%s%s%s%s", route->type == RTN_UNREACHABLE ? "unreachable " : "",
		       prefix_format(&route->destination, destination), ip_is_set(&route->gateway) ? " via " : "",
		       ip_format(&route->gateway, gateway));
	return text;
}

/** refuse_foreign() - the kernel says no more than EEXIST */
static int refuse_foreign(const struct peer_route *route, struct rtnl *host, struct error *err)
{
	char text[PREFIX_TEXT_SIZE], whose[64] = "by somebody else";
	struct error ignored = ERROR_INIT;
	struct route_found found;

	if (route_lookup(host, &route->destination.ip, &found, &ignored) == 0 &&
	    found.length == route->destination.length && found.protocol != PEER_ROUTE_PROTOCOL)
		(void)snprintf(whose, sizeof whose, "by somebody else (protocol %u, interface %d)", found.protocol,
			       found.hop_count ? found.ifindexes[0] : 0);
	return error_set(err, ERROR_KERNEL, 0, "overlay: a route to %s was made %s",
			 prefix_format(&route->destination, text), whose);
}

int peer_routes_add(const struct peer_routes *list, bool replace, struct rtnl *host, struct error *err)
{
	char text[PEER_ROUTE_TEXT_SIZE];
	struct error refusal = ERROR_INIT;
	size_t failed = 0;

	const struct rtnl_requests requests = {.label = "add routes to other hosts",
					       .count = list->count,
					       .build = replace ? build_replacement : build_new,
					       .what = list->routes};
	if (rtnl_batch(host, &requests, &failed, &refusal) == 0)
		return 0;
	if (refusal.errnum == EEXIST)
		return refuse_foreign(&list->routes[failed], host, err);
	if (failed < list->count)
		error_detail(&refusal, "route: %s", peer_route_format(&list->routes[failed], text));
	error_merge(err, &refusal);
	return -1;
}

int peer_routes_delete(const struct peer_routes *list, struct rtnl *host, struct error *err)
{
	size_t failed = 0;

	const struct rtnl_requests requests = {"delete routes to other hosts", list->count, build_deletion,
					       list->routes, ESRCH};

	return rtnl_batch(host, &requests, &failed, err);
}
