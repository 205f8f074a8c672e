/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Route lookup over rtnetlink. */
#include "kernel/lookup.h"

#include <linux/rtnetlink.h>
#include <netlink/attr.h>

/* What is read below has the size it is read with */
static const struct nla_policy route_policy[RTA_MAX + 1] = {
	[RTA_OIF] = {.type = NLA_U32},
	[RTA_METRICS] = {.type = NLA_NESTED},
};
static const struct nla_policy metrics_policy[RTAX_MAX + 1] = {[RTAX_MTU] = {.type = NLA_U32}};

static void add_hop(struct route_found *found, int ifindex)
{
	if (found->hop_count < MAX_NEXT_HOPS)
		found->ifindexes[found->hop_count++] = ifindex;
}

/** read_hops() - RTA_MULTIPATH: struct rtnexthop after struct rtnexthop, each with its attributes */
static void read_hops(struct nlattr *multipath, struct route_found *found)
{
	const struct rtnexthop *hop = nla_data(multipath);
	int left = nla_len(multipath);

	while (left >= (int)sizeof *hop && hop->rtnh_len >= sizeof *hop && hop->rtnh_len <= left) {
		int step = (hop->rtnh_len + 3) & ~3; /* RTNH_ALIGN */
		add_hop(found, hop->rtnh_ifindex);
		left -= step;
		hop = (const void *)((const char *)hop + step);
	}
}

static int read_route(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct route_found *found = into;
	struct nlattr *attributes[RTA_MAX + 1] = {0}, *metrics[RTAX_MAX + 1] = {0};
	const struct rtmsg *header = nlmsg_data(answer);

	if (answer->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(answer, sizeof *header, attributes, RTA_MAX, route_policy) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a route");
	found->type = header->rtm_type;
	found->length = header->rtm_dst_len;
	found->protocol = header->rtm_protocol;
	if (attributes[RTA_PRIORITY])
		found->priority = nla_get_u32(attributes[RTA_PRIORITY]);
	if (attributes[RTA_OIF])
		add_hop(found, (int)nla_get_u32(attributes[RTA_OIF]));
	else if (attributes[RTA_MULTIPATH])
		read_hops(attributes[RTA_MULTIPATH], found);
	if (attributes[RTA_METRICS] &&
	    nla_parse_nested(metrics, RTAX_MAX, attributes[RTA_METRICS], metrics_policy) == 0 && metrics[RTAX_MTU])
		found->mtu = nla_get_u32(metrics[RTAX_MTU]);
	return 0;
}

static struct nl_msg *lookup_request(const struct ip *ip)
{
	struct rtmsg header = {
		.rtm_family = (uint8_t)ip->family, .rtm_dst_len = ip_bits(ip->family), .rtm_flags = RTM_F_FIB_MATCH};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);

	if (msg && (nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
		    nla_put(msg, RTA_DST, (int)ip_size(ip->family), ip->bytes) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/** is_no_way() - no route, unreachable, prohibit, blackhole (net/ipv4/fib_semantics.c, fib_props), no such family */
static bool is_no_way(int errnum)
{
	return errnum == ENETUNREACH || errnum == EHOSTUNREACH || errnum == EACCES || errnum == EINVAL ||
	       errnum == EAFNOSUPPORT || errnum == EOPNOTSUPP;
}

int route_lookup(struct rtnl *rtnl, const struct ip *ip, struct route_found *found, struct error *err)
{
	struct error refusal = ERROR_INIT;
	char text[IP_TEXT_SIZE];

	*found = (struct route_found){.type = RTN_UNSPEC};
	if (rtnl_ask(rtnl, lookup_request(ip), read_route, found, &refusal, "look up %s", ip_format(ip, text)) == 0 ||
	    is_no_way(refusal.errnum))
		return 0;
	error_merge(err, &refusal);
	return -1;
}
