/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proxy entries, by hand: libnl 3.7 does not know NDA_PROTOCOL. */
#include "link/proxy.h"

#include "conf/marks.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

static struct nl_msg *build(int type, int flags, int ifindex, const struct ip *ip)
{
	struct ndmsg header = {.ndm_family = (uint8_t)ip->family, .ndm_ifindex = ifindex, .ndm_flags = NTF_PROXY};
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg && (nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
		    nla_put(msg, NDA_DST, (int)ip_size(ip->family), ip->bytes) < 0 ||
		    (type == RTM_NEWNEIGH && nla_put_u8(msg, NDA_PROTOCOL, ROUTE_PROTOCOL) < 0))) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int proxy_add(struct rtnl *rtnl, int ifindex, const struct ip *ip, struct error *err)
{
	char text[IP_TEXT_SIZE];

	return rtnl_request(rtnl, build(RTM_NEWNEIGH, NLM_F_CREATE, ifindex, ip), err, "add proxy entry of %s",
			    ip_format(ip, text));
}

/** absent() - which refusals say that there is no such entry, or no such interface */
static bool absent(const struct error *refusal)
{
	return refusal->errnum == ENOENT || refusal->errnum == ENODEV;
}

int proxy_delete(struct rtnl *rtnl, int ifindex, const struct ip *ip, struct error *err)
{
	struct error refusal = ERROR_INIT;
	char text[IP_TEXT_SIZE];

	if (rtnl_request(rtnl, build(RTM_DELNEIGH, 0, ifindex, ip), &refusal, "delete proxy entry of %s",
			 ip_format(ip, text)) == 0 ||
	    absent(&refusal))
		return 0;
	error_merge(err, &refusal);
	return -1;
}

static int seen(struct nlmsghdr *answer, void *into, struct error *err)
{
	(void)err;
	*(bool *)into = answer->nlmsg_type == RTM_NEWNEIGH;
	return 0;
}

int proxy_exists(struct rtnl *rtnl, int ifindex, const struct ip *ip, bool *exists, struct error *err)
{
	struct error refusal = ERROR_INIT;
	char text[IP_TEXT_SIZE];

	*exists = false;
	if (rtnl_ask(rtnl, build(RTM_GETNEIGH, 0, ifindex, ip), seen, exists, &refusal, "get proxy entry of %s",
		     ip_format(ip, text)) == 0 ||
	    absent(&refusal))
		return 0;
	error_merge(err, &refusal);
	return -1;
}
