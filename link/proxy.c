/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proxy entries, by hand: libnl 3.7 does not know NDA_PROTOCOL. */
#include "link/proxy.h"

#include "conf/marks.h"
#include "kernel/message.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>

static const struct nla_policy entry_policy[NDA_MAX + 1] = {[NDA_PROTOCOL] = {.type = NLA_U8}};

static struct nl_msg *build(int type, int flags, int ifindex, const struct ip *ip)
{
	const struct ndmsg header = {.ndm_family = (uint8_t)ip->family, .ndm_ifindex = ifindex, .ndm_flags = NTF_PROXY};
	struct nl_msg *msg = message_begin(type, flags, &header, sizeof header);

	return message_finish(msg,
			      msg && message_put_ip(msg, NDA_DST, ip) &&
				      (type != RTM_NEWNEIGH || nla_put_u8(msg, NDA_PROTOCOL, ROUTE_PROTOCOL) == 0));
}

/** absent() - which refusals say that there is no such entry, or no such interface */
static bool absent(const struct error *refusal)
{
	return refusal->errnum == ENOENT || refusal->errnum == ENODEV;
}

/** struct entry - what there is. @protocol: 0 when its maker did not say */
struct entry {
	bool exists;
	uint8_t protocol;
};

static int read_entry(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *attributes[NDA_MAX + 1] = {0};
	struct entry *entry = into;

	if (answer->nlmsg_type != RTM_NEWNEIGH ||
	    nlmsg_parse(answer, sizeof(struct ndmsg), attributes, NDA_MAX, entry_policy) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a proxy entry");
	entry->exists = true;
	entry->protocol = attributes[NDA_PROTOCOL] ? nla_get_u8(attributes[NDA_PROTOCOL]) : 0;
	return 0;
}

static int find(struct rtnl *rtnl, int ifindex, const struct ip *ip, struct entry *entry, struct error *err)
{
	struct error refusal = ERROR_INIT;
	char text[IP_TEXT_SIZE];

	*entry = (struct entry){.exists = false};
	if (rtnl_ask(rtnl, build(RTM_GETNEIGH, 0, ifindex, ip), read_entry, entry, &refusal, "get proxy entry of %s",
		     ip_format(ip, text)) == 0 ||
	    absent(&refusal))
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int proxy_add(struct rtnl *rtnl, int ifindex, const struct ip *ip, struct error *err)
{
	struct entry entry;
	char text[IP_TEXT_SIZE];

	if (find(rtnl, ifindex, ip, &entry, err) < 0)
		return -1;
	if (entry.exists) /* to add it again would put our mark on somebody else's */
		return 0;
	return rtnl_request(rtnl, build(RTM_NEWNEIGH, NLM_F_CREATE, ifindex, ip), err, "add proxy entry of %s",
			    ip_format(ip, text));
}

int proxy_delete(struct rtnl *rtnl, int ifindex, const struct ip *ip, struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct entry entry;
	char text[IP_TEXT_SIZE];

	if (find(rtnl, ifindex, ip, &entry, err) < 0)
		return -1;
	if (!entry.exists || entry.protocol != ROUTE_PROTOCOL)
		return 0;
	if (rtnl_request(rtnl, build(RTM_DELNEIGH, 0, ifindex, ip), &refusal, "delete proxy entry of %s",
			 ip_format(ip, text)) == 0 ||
	    absent(&refusal))
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int proxy_exists(struct rtnl *rtnl, int ifindex, const struct ip *ip, bool *exists, struct error *err)
{
	struct entry entry;

	if (find(rtnl, ifindex, ip, &entry, err) < 0)
		return -1;
	*exists = entry.exists;
	return 0;
}
