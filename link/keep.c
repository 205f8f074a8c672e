/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own answers are sent back to it as requests, so that nothing of them is lost that nobody here knows. */
#include "link/keep.h"

#include "base/cleanup.h"
#include "kernel/message.h"
#include "link/route_list.h"

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
	for (size_t i = 0; *kept && i < MAX_KEPT; i++)
		nlmsg_free((*kept)->requests[i]);
	free(*kept);
}

/** copy_attributes() - all of @answer but those in @without, which ends with 0 */
static bool copy_attributes(struct nl_msg *msg, struct nlmsghdr *answer, size_t header, const int without[])
{
	struct nlattr *attribute;
	int left;

	nlmsg_for_each_attr(attribute, answer, (int)header, left)
	{
		bool wanted = true;

		for (const int *type = without; *type; type++)
			wanted = wanted && nla_type(attribute) != *type;
		if (wanted && nla_put(msg, nla_type(attribute), nla_len(attribute), nla_data(attribute)) < 0)
			return false;
	}
	return true;
}

/** keep() - a message of an interrupted list may still be in the place of this one */
static int keep(struct kept *kept, struct nl_msg *msg, struct error *err)
{
	const bool fits = kept->count < MAX_KEPT;

	if (!msg || !fits) {
		nlmsg_free(msg);
		return error_set(err, ERROR_KERNEL, fits ? ENOMEM : E2BIG, "keep addresses and routes of interface %d",
				 kept->ifindex);
	}
	nlmsg_free(kept->requests[kept->count]);
	kept->requests[kept->count++] = msg;
	return 0;
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
	struct nl_msg *msg = message_begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof header);
	msg = message_finish(msg, msg && copy_attributes(msg, answer, sizeof header, without) &&
					  nla_put_u32(msg, IFA_FLAGS, known | IFA_F_NODAD) == 0);
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
	struct nl_msg *msg = message_begin(RTM_NEWROUTE, NLM_F_CREATE, &header, sizeof header);
	msg = message_finish(msg, msg && copy_attributes(msg, answer, sizeof header, without) &&
					  nla_put_u32(msg, RTA_TABLE, kept->to) == 0);
	return keep(kept, msg, err);
}

static int look(struct kept *kept, struct rtnl *rtnl, struct error *err)
{
	const struct ifaddrmsg header = {.ifa_family = AF_INET6, .ifa_index = (uint32_t)kept->ifindex};
	struct route_wish filter = {.destination.ip.family = AF_INET, .ifindex = kept->ifindex, .table = kept->from};

	if (rtnl_list(rtnl, message_begin(RTM_GETADDR, NLM_F_DUMP, &header, sizeof header), keep_address, kept,
		      &kept->count, err, "list addresses") < 0 ||
	    routes_list(rtnl, &filter, keep_route, kept, &kept->count, err) < 0)
		return -1;
	filter.destination.ip.family = AF_INET6;
	return routes_list(rtnl, &filter, keep_route, kept, &kept->count, err);
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

int link_change_keeping(struct rtnl *rtnl, int ifindex, uint32_t from, uint32_t to, link_change change,
			const void *what, struct error *err)
{
	CLEANUP(kept_free) struct kept *kept = malloc(sizeof *kept);

	if (!kept)
		return error_set(err, ERROR_IO, ENOMEM, "make room for addresses and routes");
	*kept = (struct kept){.ifindex = ifindex, .from = from, .to = to};
	if (look(kept, rtnl, err) < 0)
		return -1;
	int status = change(rtnl, ifindex, what, err);
	/* where they should not have gone, they are still where they were */
	if (status < 0 && from != to)
		return -1;
	return put_back(kept, false, rtnl, err) < 0 || put_back(kept, true, rtnl, err) < 0 ? -1 : status;
}
