/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two questions to the kernel per family: where does the default route go, and how wide is that. */
#include "link/mtu.h"

#include "link/messages.h"

#include <linux/rtnetlink.h>
#include <netlink/attr.h>

enum { ETHERNET_MTU = 1500 };

/** struct default_route - its device and, if it has one, its own MTU */
struct default_route {
	int ifindex;
	uint32_t mtu;
};

static int read_default_route(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct default_route *found = into;
	struct nlattr *attributes[RTA_MAX + 1] = {0}, *metrics[RTAX_MAX + 1] = {0};
	const struct rtmsg *header = nlmsg_data(answer);

	if (nlmsg_parse(answer, sizeof *header, attributes, RTA_MAX, NULL) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about the default route");
	if (header->rtm_dst_len != 0 || header->rtm_type != RTN_UNICAST)
		return 0;
	if (attributes[RTA_OIF])
		found->ifindex = (int)nla_get_u32(attributes[RTA_OIF]);
	if (attributes[RTA_METRICS] && nla_parse_nested(metrics, RTAX_MAX, attributes[RTA_METRICS], NULL) == 0 &&
	    metrics[RTAX_MTU])
		found->mtu = nla_get_u32(metrics[RTAX_MTU]);
	return 0;
}

/**
 * lookup_request() - which route would an address take that only a default route can match?
 *
 * Asking for a destination costs the same with a million routes, a dump would not. 240.0.0.0/4 is
 * reserved (RFC 1112) and 4000::/3 not allocated, so no narrower route goes there.
 */
static struct nl_msg *lookup_request(sa_family_t family)
{
	static const uint8_t ipv4[4] = {240, 0, 0, 1}, ipv6[16] = {0x40, [15] = 1};
	bool is_ipv6 = family == AF_INET6;
	struct rtmsg header = {.rtm_family = (uint8_t)family,
			       .rtm_dst_len = is_ipv6 ? IPV6_BITS : IPV4_BITS,
			       .rtm_flags = RTM_F_FIB_MATCH};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);

	if (msg && (nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
		    nla_put(msg, RTA_DST, (int)ip_size(family), is_ipv6 ? ipv6 : ipv4) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/** uplink_mtu() - of one family; 0 when there is no default route */
static int uplink_mtu(struct rtnl *host, sa_family_t family, uint32_t *mtu, struct error *err)
{
	struct default_route found = {0};
	struct error attempt = ERROR_INIT;
	struct link_state device;
	bool exists;

	*mtu = 0;
	if (rtnl_ask(host, lookup_request(family), read_default_route, &found, &attempt, "find the default route") <
	    0) {
		if (attempt.errnum == ENETUNREACH || attempt.errnum == EHOSTUNREACH || attempt.errnum == EACCES ||
		    attempt.errnum == EAFNOSUPPORT || attempt.errnum == EOPNOTSUPP || attempt.errnum == EINVAL)
			return 0; /* unreachable, prohibited, blackholed, or no such family: no uplink */
		error_merge(err, &attempt);
		return -1;
	}
	*mtu = found.mtu;
	if (found.mtu || !found.ifindex)
		return 0;
	if (link_query_index(host, found.ifindex, &device, &exists, err) < 0)
		return -1;
	*mtu = exists ? device.mtu : 0;
	return 0;
}

int mtu_of_uplink(struct rtnl *host, const struct attachment *want, uint32_t *mtu, struct error *err)
{
	static const sa_family_t families[] = {AF_INET, AF_INET6};
	uint32_t least = 0, one;

	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		/* a delegate has named no address yet: whatever it will serve must fit */
		if (want->address_count > 0 && !attachment_has_family(want, families[i]))
			continue;
		if (uplink_mtu(host, families[i], &one, err) < 0)
			return -1;
		if (one && (!least || one < least))
			least = one;
	}
	*mtu = least ? least : ETHERNET_MTU;
	return 0;
}
