/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the kernel about one object each: no caches, no dump of the host. */
#include "link/messages.h"

#include "kernel/message.h"
#include "link/route_list.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* What is read below has the size it is read with */
static const struct nla_policy route_policy[RTA_MAX + 1] = {[RTA_PRIORITY] = {.type = NLA_U32}};

/** attribute_is_ip() - whether an attribute holds this address */
static bool attribute_is_ip(struct nlattr *attribute, const struct ip *ip)
{
	return attribute && (size_t)nla_len(attribute) == ip_size(ip->family) &&
	       memcmp(nla_data(attribute), ip->bytes, ip_size(ip->family)) == 0;
}

/** struct address_search - an address on a device, and whether it turned up */
struct address_search {
	const struct prefix *address;
	int ifindex;
	bool found;
};

/** read_address() - an address as its interface has it; AF_UNSPEC when it has none of its family's size */
static int read_address(struct nlmsghdr *answer, struct prefix *address, struct error *err)
{
	struct nlattr *attributes[IFA_MAX + 1] = {0};
	const struct ifaddrmsg *header = nlmsg_data(answer);

	*address = (struct prefix){.length = 0};
	if (answer->nlmsg_type != RTM_NEWADDR || nlmsg_parse(answer, sizeof *header, attributes, IFA_MAX, NULL) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about an address");
	struct nlattr *local = attributes[IFA_LOCAL] ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
	const size_t size = ip_size(header->ifa_family);
	if (!local || size == 0 || (size_t)nla_len(local) != size)
		return 0;
	address->ip.family = header->ifa_family;
	address->length = header->ifa_prefixlen;
	memcpy(address->ip.bytes, nla_data(local), size);
	return 0;
}

static int match_address(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct address_search *search = into;
	struct prefix address;

	if (read_address(answer, &address, err) < 0)
		return -1;
	if (((const struct ifaddrmsg *)nlmsg_data(answer))->ifa_index == (uint32_t)search->ifindex &&
	    prefix_equal(&address, search->address))
		search->found = true;
	return 0;
}

/** list_addresses() - of one family, and of one interface unless @ifindex is 0 */
static int list_addresses(struct rtnl *rtnl, int ifindex, sa_family_t family, rtnl_visit visit, void *into,
			  struct error *err)
{
	const struct ifaddrmsg header = {.ifa_family = (uint8_t)family, .ifa_index = (uint32_t)ifindex};

	return rtnl_list(rtnl, message_begin(RTM_GETADDR, NLM_F_DUMP, &header, sizeof header), visit, into, NULL, err,
			 "list addresses");
}

int address_exists(struct rtnl *rtnl, int ifindex, const struct prefix *address, bool *exists, struct error *err)
{
	struct address_search search = {.address = address, .ifindex = ifindex};

	if (list_addresses(rtnl, ifindex, address->ip.family, match_address, &search, err) < 0)
		return -1;
	*exists = search.found;
	return 0;
}

/** struct address_walk - who looks at which addresses */
struct address_walk {
	int ifindex;
	sa_family_t family;
	address_visit visit;
	void *argument;
};

static int show_address(struct nlmsghdr *answer, void *into, struct error *err)
{
	const struct address_walk *walk = into;
	struct prefix address;

	if (read_address(answer, &address, err) < 0)
		return -1;
	if (((const struct ifaddrmsg *)nlmsg_data(answer))->ifa_index != (uint32_t)walk->ifindex ||
	    address.ip.family != walk->family)
		return 0;
	return walk->visit(&address, walk->argument, err);
}

int addresses_visit(struct rtnl *rtnl, int ifindex, sa_family_t family, address_visit visit, void *argument,
		    struct error *err)
{
	struct address_walk walk = {.ifindex = ifindex, .family = family, .visit = visit, .argument = argument};

	return list_addresses(rtnl, ifindex, family, show_address, &walk, err);
}

/** struct overlap_search - what an address of an interface is compared with; @found: the last that shares something */
struct overlap_search {
	struct address_search where;
	struct prefix found;
};

static int match_overlap(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct overlap_search *search = into;
	struct prefix address;

	if (read_address(answer, &address, err) < 0)
		return -1;
	if (((const struct ifaddrmsg *)nlmsg_data(answer))->ifa_index == (uint32_t)search->where.ifindex &&
	    prefix_overlaps(&address, search->where.address))
		search->found = address;
	return 0;
}

int address_find_overlap(struct rtnl *rtnl, int ifindex, const struct prefix *prefix, struct prefix *found,
			 struct error *err)
{
	struct overlap_search search = {.where = {.address = prefix, .ifindex = ifindex}};

	if (list_addresses(rtnl, ifindex, prefix->ip.family, match_overlap, &search, err) < 0)
		return -1;
	*found = search.found;
	return 0;
}

/** struct own_search - addresses from @first to @last; @found: the first that turned up */
struct own_search {
	const struct ip *first, *last;
	struct ip found;
};

/** match_own() - one that we announce is deprecated and has no network */
static int match_own(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct own_search *search = into;
	const struct ifaddrmsg *header = nlmsg_data(answer);
	struct prefix address;

	if (read_address(answer, &address, err) < 0)
		return -1;
	if (address.ip.family != search->first->family ||
	    (address.length == ip_bits(address.ip.family) && header->ifa_flags & IFA_F_DEPRECATED))
		return 0;
	if (ip_compare(search->first, &address.ip) <= 0 && ip_compare(&address.ip, search->last) <= 0)
		search->found = address.ip;
	return 0;
}

int address_find_own(struct rtnl *rtnl, const struct ip *first, const struct ip *last, struct ip *found,
		     struct error *err)
{
	struct own_search search = {.first = first, .last = last};

	if (list_addresses(rtnl, 0, first->family, match_own, &search, err) < 0)
		return -1;
	*found = search.found;
	return 0;
}

/** struct route_search - a route, and whether it turned up */
struct route_search {
	const struct route_wish *wish;
	bool found;
};

/** route_matches() - what the kernel's filter does not compare: destination, gateway, source, priority */
static bool route_matches(const struct route_wish *wish, const struct rtmsg *header, struct nlattr *attributes[])
{
	if (header->rtm_dst_len != wish->destination.length ||
	    (wish->protocol != RTPROT_UNSPEC && header->rtm_protocol != wish->protocol))
		return false;
	if (header->rtm_dst_len > 0 && !attribute_is_ip(attributes[RTA_DST], &wish->destination.ip))
		return false;
	if (ip_is_set(&wish->gateway) && !attribute_is_ip(attributes[RTA_GATEWAY], &wish->gateway))
		return false;
	if (ip_is_set(&wish->source) && !attribute_is_ip(attributes[RTA_PREFSRC], &wish->source))
		return false;
	return !wish->priority || (attributes[RTA_PRIORITY] && nla_get_u32(attributes[RTA_PRIORITY]) == wish->priority);
}

static int match_route(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct route_search *search = into;
	struct nlattr *attributes[RTA_MAX + 1] = {0};
	const struct rtmsg *header = nlmsg_data(answer);

	if (answer->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(answer, sizeof *header, attributes, RTA_MAX, route_policy) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a route");
	if (route_matches(search->wish, header, attributes))
		search->found = true;
	return 0;
}

int route_exists(struct rtnl *rtnl, const struct route_wish *wish, bool *exists, struct error *err)
{
	struct route_search search = {.wish = wish};

	if (routes_list(rtnl, wish, match_route, &search, NULL, err) < 0)
		return -1;
	*exists = search.found;
	return 0;
}

/** struct neighbour_search - the hardware address wanted, and whether the kernel has it */
struct neighbour_search {
	const uint8_t *mac;
	bool matches;
};

static int match_neighbour(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct neighbour_search *search = into;
	struct nlattr *attributes[NDA_MAX + 1] = {0};
	const struct ndmsg *header = nlmsg_data(answer);

	if (answer->nlmsg_type != RTM_NEWNEIGH || nlmsg_parse(answer, sizeof *header, attributes, NDA_MAX, NULL) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a neighbour");
	struct nlattr *hardware = attributes[NDA_LLADDR];
	search->matches = (header->ndm_state & NUD_PERMANENT) && hardware && nla_len(hardware) == MAC_LENGTH &&
			  memcmp(nla_data(hardware), search->mac, MAC_LENGTH) == 0;
	return 0;
}

/** neighbour_request() - one entry, not a dump (RTM_GETNEIGH since Linux 5.0) */
static struct nl_msg *neighbour_request(int ifindex, const struct ip *ip)
{
	const struct ndmsg header = {.ndm_family = (uint8_t)ip->family, .ndm_ifindex = ifindex};
	struct nl_msg *msg = message_begin(RTM_GETNEIGH, 0, &header, sizeof header);

	return message_finish(msg, msg && message_put_ip(msg, NDA_DST, ip));
}

int neighbour_matches(struct rtnl *rtnl, int ifindex, const struct ip *ip, const uint8_t mac[static MAC_LENGTH],
		      bool *matches, struct error *err)
{
	struct neighbour_search search = {.mac = mac};
	struct error attempt = ERROR_INIT;
	char text[IP_TEXT_SIZE];

	int status = rtnl_ask(rtnl, neighbour_request(ifindex, ip), match_neighbour, &search, &attempt,
			      "get neighbour %s", ip_format(ip, text));
	*matches = search.matches;
	if (status == 0 || attempt.errnum == ENOENT)
		return 0;
	error_merge(err, &attempt);
	return -1;
}
