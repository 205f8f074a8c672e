/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One route lookup: the same question that "fib daddr type local" asks for every packet. */
#include "kernel/locality.h"

#include <linux/rtnetlink.h>
#include <netlink/attr.h>

static int read_route_type(struct nlmsghdr *answer, void *into, struct error *err)
{
	const struct rtmsg *route = nlmsg_data(answer);

	(void)err;
	if (answer->nlmsg_type == RTM_NEWROUTE)
		*(unsigned char *)into = route->rtm_type;
	return 0;
}

static struct nl_msg *lookup_request(const struct ip *ip)
{
	struct rtmsg header = {.rtm_family = (unsigned char)ip->family, .rtm_dst_len = ip_bits(ip->family)};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);

	if (msg && (nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
		    nla_put(msg, RTA_DST, (int)ip_size(ip->family), ip->bytes) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int ip_is_local(struct rtnl *host, const struct ip *ip, bool *local, struct error *err)
{
	unsigned char type = RTN_UNSPEC;
	struct error refusal = ERROR_INIT;
	char text[IP_TEXT_SIZE];

	if (rtnl_ask(host, lookup_request(ip), read_route_type, &type, &refusal, "look up %s", ip_format(ip, text)) <
		    0 &&
	    error_retry_helps(&refusal)) {
		error_merge(err, &refusal);
		return -1;
	}
	*local = type == RTN_LOCAL;
	return 0;
}
