/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Route lookup over rtnetlink. */
#include "kernel/lookup.h"

#include "kernel/message.h"

#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

/* What is read below has the size it is read with */
static const struct nla_policy route_policy[RTA_MAX + 1] = {
	[RTA_OIF] = {.type = NLA_U32},
	[RTA_METRICS] = {.type = NLA_NESTED},
};
static const struct nla_policy metrics_policy[RTAX_MAX + 1] = {[RTAX_MTU] = {.type = NLA_U32}};

/* As iproute2 has them. libnl-route has them, too, and reads files before main() in order to know more */
static const char *const types[] = {
	[RTN_UNICAST] = "unicast",     [RTN_LOCAL] = "local",
	[RTN_BROADCAST] = "broadcast", [RTN_ANYCAST] = "anycast",
	[RTN_MULTICAST] = "multicast", [RTN_BLACKHOLE] = "blackhole",
	[RTN_PROHIBIT] = "prohibit",   [RTN_UNREACHABLE] = "unreachable",
};
static const char *const protocols[] = {
	[RTPROT_KERNEL] = "kernel", [RTPROT_BOOT] = "boot", [RTPROT_STATIC] = "static",
	[RTPROT_RA] = "ra",	    [RTPROT_DHCP] = "dhcp",
};

/** word() - of a number, or the number itself */
static const char *word(const char *const words[], size_t count, unsigned number, char text[static ROUTE_TEXT_SIZE / 4])
{
	if (number < count && words[number])
		return words[number];
	(void)snprintf(text, ROUTE_TEXT_SIZE / 4, "%u", number);
	return text;
}

const char *route_describe(const struct route_found *found, char text[static ROUTE_TEXT_SIZE])
{
	char type[ROUTE_TEXT_SIZE / 4], protocol[ROUTE_TEXT_SIZE / 4];

	(void)snprintf(text, ROUTE_TEXT_SIZE, "%s, made by %s",
		       word(types, sizeof types / sizeof *types, found->type, type),
		       word(protocols, sizeof protocols / sizeof *protocols, found->protocol, protocol));
	return text;
}

static void add_hop(struct route_found *found, sa_family_t family, int ifindex, const struct nlattr *gateway)
{
	if (found->hop_count == MAX_NEXT_HOPS)
		return;
	struct ip *ip = &found->gateways[found->hop_count];
	if (gateway && (size_t)nla_len(gateway) == ip_size(family)) {
		ip->family = family;
		memcpy(ip->bytes, nla_data(gateway), ip_size(family));
	}
	found->ifindexes[found->hop_count++] = ifindex;
}

/** read_hops() - RTA_MULTIPATH: struct rtnexthop after struct rtnexthop, each with its attributes */
static void read_hops(struct nlattr *multipath, sa_family_t family, struct route_found *found)
{
	const struct rtnexthop *hop = nla_data(multipath);
	int left = nla_len(multipath);

	while (left >= (int)sizeof *hop && hop->rtnh_len >= sizeof *hop && hop->rtnh_len <= left) {
		int step = (hop->rtnh_len + 3) & ~3; /* RTNH_ALIGN */
		add_hop(found, family, hop->rtnh_ifindex,
			nla_find((const struct nlattr *)(hop + 1), hop->rtnh_len - (int)sizeof *hop, RTA_GATEWAY));
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
		add_hop(found, header->rtm_family, (int)nla_get_u32(attributes[RTA_OIF]), attributes[RTA_GATEWAY]);
	else if (attributes[RTA_MULTIPATH])
		read_hops(attributes[RTA_MULTIPATH], header->rtm_family, found);
	if (attributes[RTA_METRICS] &&
	    nla_parse_nested(metrics, RTAX_MAX, attributes[RTA_METRICS], metrics_policy) == 0 && metrics[RTAX_MTU])
		found->mtu = nla_get_u32(metrics[RTAX_MTU]);
	return 0;
}

static struct nl_msg *lookup_request(const struct ip *ip)
{
	const struct rtmsg header = {
		.rtm_family = (uint8_t)ip->family, .rtm_dst_len = ip_bits(ip->family), .rtm_flags = RTM_F_FIB_MATCH};
	struct nl_msg *msg = message_begin(RTM_GETROUTE, 0, &header, sizeof header);

	return message_finish(msg, msg && message_put_ip(msg, RTA_DST, ip));
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

int route_lookup_default(struct rtnl *rtnl, sa_family_t family, struct route_found *found, struct error *err)
{
	/* 240.0.0.0/4 is reserved (RFC 1112) and 4000::/3 not allocated, so no narrower route goes there */
	static const struct ip ipv4 = {.family = AF_INET, .bytes = {240, 0, 0, 1}};
	static const struct ip ipv6 = {.family = AF_INET6, .bytes = {0x40, [15] = 1}};

	if (route_lookup(rtnl, family == AF_INET ? &ipv4 : &ipv6, found, err) < 0)
		return -1;
	if (found->type != RTN_UNICAST || found->length != 0)
		*found = (struct route_found){.type = RTN_UNSPEC};
	return 0;
}
