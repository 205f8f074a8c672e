/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own answers are sent back to it as requests, so that nothing of them is lost that nobody here knows. */
#include "link/keep.h"

#include "base/cleanup.h"
#include "link/device_messages.h"
#include "link/dump.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

enum { MAX_KEPT = 512 };

/** struct kept - requests that put back what has gone; @ifindex, @from, @to: of which interface and tables */
struct kept {
	int ifindex;
	uint32_t from, to;
	size_t count;
	struct nl_msg *requests[MAX_KEPT];
};

static void kept_free(struct kept **kept)
{
	for (size_t i = 0; *kept && i < (*kept)->count; i++)
		nlmsg_free((*kept)->requests[i]);
	free(*kept);
}

/** begin() - a request of @type with the header of @answer */
static struct nl_msg *begin(int type, int flags, void *header, size_t length)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (!msg || nlmsg_append(msg, header, length, NLMSG_ALIGNTO) == 0)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/** copy() - all attributes of @answer but those in @without, which ends with 0; NULL without memory */
static struct nl_msg *copy(struct nl_msg *msg, struct nlmsghdr *answer, size_t header, const int without[])
{
	struct nlattr *attribute;
	int left;

	nlmsg_for_each_attr(attribute, answer, (int)header, left)
	{
		bool wanted = true;

		for (const int *type = without; *type; type++)
			wanted = wanted && nla_type(attribute) != *type;
		if (!msg || !wanted || nla_put(msg, nla_type(attribute), nla_len(attribute), nla_data(attribute)) == 0)
			continue;
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static int keep(struct kept *kept, struct nl_msg *msg, struct error *err)
{
	if (msg && kept->count < MAX_KEPT) {
		kept->requests[kept->count++] = msg;
		return 0;
	}
	nlmsg_free(msg);
	return error_set(err, ERROR_KERNEL, msg ? E2BIG : ENOMEM, "keep addresses and routes of interface %d",
			 kept->ifindex);
}

static int keep_address(struct nlmsghdr *answer, void *into, struct error *err)
{
	static const int without[] = {IFA_FLAGS, 0};
	struct kept *kept = into;
	struct ifaddrmsg header = *(const struct ifaddrmsg *)nlmsg_data(answer);
	struct nlattr *flags = nlmsg_find_attr(answer, sizeof header, IFA_FLAGS);

	if (answer->nlmsg_type != RTM_NEWADDR || header.ifa_index != (uint32_t)kept->ifindex ||
	    header.ifa_scope == RT_SCOPE_LINK)
		return 0;
	uint32_t known = flags && nla_len(flags) == sizeof known ? nla_get_u32(flags) : header.ifa_flags;
	struct nl_msg *msg = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof header);
	msg = copy(msg, answer, sizeof header, without);
	if (msg && nla_put_u32(msg, IFA_FLAGS, known | IFA_F_NODAD) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return keep(kept, msg, err);
}

/** is_ours_to_move() - not what comes by itself */
static bool is_ours_to_move(const struct rtmsg *header)
{
	return header->rtm_protocol != RTPROT_KERNEL && header->rtm_protocol != RTPROT_RA &&
	       header->rtm_protocol != RTPROT_REDIRECT && !(header->rtm_flags & RTM_F_CLONED);
}

static int keep_route(struct nlmsghdr *answer, void *into, struct error *err)
{
	static const int without[] = {RTA_TABLE, RTA_CACHEINFO, 0};
	struct kept *kept = into;
	struct rtmsg header = *(const struct rtmsg *)nlmsg_data(answer);

	if (answer->nlmsg_type != RTM_NEWROUTE || !is_ours_to_move(&header))
		return 0;
	header.rtm_table = RT_TABLE_UNSPEC;
	header.rtm_flags &= RTNH_F_ONLINK;
	struct nl_msg *msg =
		copy(begin(RTM_NEWROUTE, NLM_F_CREATE, &header, sizeof header), answer, sizeof header, without);
	if (msg && nla_put_u32(msg, RTA_TABLE, kept->to) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return keep(kept, msg, err);
}

static struct nl_msg *ask_addresses(const void *what)
{
	const struct kept *kept = what;
	struct ifaddrmsg header = {.ifa_family = AF_INET6, .ifa_index = (uint32_t)kept->ifindex};

	return dump_request(RTM_GETADDR, &header, sizeof header);
}

/** ask_routes() - of one family, one table and one interface */
static struct nl_msg *ask_routes(const struct kept *kept, sa_family_t family)
{
	struct rtmsg header = {.rtm_family = (uint8_t)family};
	struct nl_msg *msg = dump_request(RTM_GETROUTE, &header, sizeof header);

	if (!msg ||
	    (nla_put_u32(msg, RTA_TABLE, kept->from) == 0 && nla_put_u32(msg, RTA_OIF, (uint32_t)kept->ifindex) == 0))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static struct nl_msg *ask_routes_ipv4(const void *what)
{
	return ask_routes(what, AF_INET);
}

static struct nl_msg *ask_routes_ipv6(const void *what)
{
	return ask_routes(what, AF_INET6);
}

static int look(struct kept *kept, struct rtnl *rtnl, struct error *err)
{
	return dump(rtnl, ask_addresses, kept, keep_address, kept, err, "list addresses") < 0 ||
			       dump(rtnl, ask_routes_ipv4, kept, keep_route, kept, err, "list routes") < 0
		       ? -1
		       : dump(rtnl, ask_routes_ipv6, kept, keep_route, kept, err, "list routes");
}

/** has_gateway() - so that what it is reached by has to be there before */
static bool has_gateway(struct nl_msg *msg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);

	return header->nlmsg_type == RTM_NEWROUTE && (nlmsg_find_attr(header, sizeof(struct rtmsg), RTA_GATEWAY) ||
						      nlmsg_find_attr(header, sizeof(struct rtmsg), RTA_VIA));
}

/** put_back() - what is there is success */
static int put_back(struct kept *kept, bool gateways, struct rtnl *rtnl, struct error *err)
{
	for (size_t i = 0; i < kept->count; i++) {
		struct error refusal = ERROR_INIT;
		struct nl_msg *msg = kept->requests[i];

		if (!msg || has_gateway(msg) != gateways)
			continue;
		kept->requests[i] = NULL; /* the request takes it over */
		if (rtnl_request(rtnl, msg, &refusal, "put back an address or a route of interface %d",
				 kept->ifindex) == 0 ||
		    refusal.errnum == EEXIST)
			continue;
		error_merge(err, &refusal);
		return -1;
	}
	return 0;
}

int link_set_master_keeping(struct rtnl *rtnl, int ifindex, int master, uint32_t from, uint32_t to, struct error *err)
{
	CLEANUP(kept_free) struct kept *kept = malloc(sizeof *kept);

	if (!kept)
		return error_set(err, ERROR_IO, ENOMEM, "make room for addresses and routes");
	*kept = (struct kept){.ifindex = ifindex, .from = from, .to = to};
	if (look(kept, rtnl, err) < 0 || rtnl_request(rtnl, device_build_master(ifindex, master), err,
						      "could not set %d as master of %d", master, ifindex) < 0)
		return -1;
	return put_back(kept, false, rtnl, err) < 0 ? -1 : put_back(kept, true, rtnl, err);
}
