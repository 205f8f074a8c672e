/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neighbours and forwarding entries of peers: one list of what there has to be, for making, removing and comparing. */
#include "overlay/neighbours.h"

#include "base/cleanup.h"
#include "kernel/message.h"
#include "link/route_list.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <string.h>

enum { EMBEDDED_AT = 12, ENTRIES_PER_PEER = 3 };

/**
 * struct entry - one of the kernel's
 * @family: AF_INET, AF_INET6: a neighbour; AF_BRIDGE: where a MAC is
 * @ip:     next hop, or the host
 * @found:  it was in the kernel's list
 */
struct entry {
	sa_family_t family;
	struct ip ip;
	struct link_layer address;
	bool found;
};

/** struct entries - sorted, each once; @list is owned */
struct entries {
	int ifindex;
	size_t count;
	struct entry *list;
};

static void entries_free(struct entries *entries)
{
	free(entries->list);
}

struct next_hop neighbours_next_hop(const struct overlay_peer *peer, sa_family_t family)
{
	struct ip link_local = {.family = AF_INET6, .bytes = {0xfe, 0x80}};

	if (peer->point_to_point)
		return (struct next_hop){.onlink = false};
	if (family == AF_INET)
		return (struct next_hop){.gateway = peer->host, .onlink = true};
	memcpy(link_local.bytes + EMBEDDED_AT, peer->host.bytes, ip_size(AF_INET));
	return (struct next_hop){.gateway = link_local};
}

static int compare(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;

	return left->family != right->family ? left->family - right->family : ip_compare(&left->ip, &right->ip);
}

/** ip_of() - AF_UNSPEC when the attribute is missing or of another size */
static struct ip ip_of(const struct nlattr *attribute, sa_family_t family)
{
	struct ip ip = {.family = AF_UNSPEC};

	if (!attribute || (size_t)nla_len(attribute) != ip_size(family))
		return ip;
	ip.family = family;
	memcpy(ip.bytes, nla_data(attribute), ip_size(family));
	return ip;
}

static struct entry *find(const struct entries *entries, sa_family_t family, const struct ip *ip)
{
	const struct entry wanted = {.family = family, .ip = *ip};

	return bsearch(&wanted, entries->list, entries->count, sizeof wanted, compare);
}

static bool reaches(const struct overlay_peer *peer, sa_family_t family)
{
	for (size_t i = 0; i < peer->subnet_count; i++)
		if (peer->subnets[i].ip.family == family)
			return true;
	return false;
}

static void append(struct entries *entries, const struct neighbours_kind *kind, const struct overlay_peer *peer,
		   sa_family_t family)
{
	const sa_family_t hop_family = family == AF_INET6 ? AF_INET6 : AF_INET;

	if (peer->point_to_point || (family != AF_BRIDGE && !reaches(peer, family)))
		return;
	entries->list[entries->count++] = (struct entry){.family = family,
							 .ip = neighbours_next_hop(peer, hop_family).gateway,
							 .address = kind->address(&peer->host)};
}

static void sort(struct entries *entries)
{
	size_t kept = 0;

	qsort(entries->list, entries->count, sizeof *entries->list, compare);
	for (size_t i = 0; i < entries->count; i++)
		if (kept == 0 || compare(&entries->list[kept - 1], &entries->list[i]) != 0)
			entries->list[kept++] = entries->list[i];
	entries->count = kept;
}

/** entries_of() - those of all @peers; without @leaving only of those who stay */
static int entries_of(struct entries *entries, const struct neighbours_kind *kind, int ifindex,
		      const struct overlay_peer peers[], size_t count, bool leaving, struct error *err)
{
	*entries = (struct entries){.ifindex = ifindex,
				    .list = calloc(count * ENTRIES_PER_PEER + 1, sizeof *entries->list)};
	if (!entries->list)
		return error_set(err, ERROR_KERNEL, ENOMEM, "list neighbours of %zu peers", count);
	for (size_t i = 0; i < count; i++) {
		if (peers[i].leaving && !leaving)
			continue;
		append(entries, kind, &peers[i], AF_INET);
		append(entries, kind, &peers[i], AF_INET6);
		if (kind->forwards)
			append(entries, kind, &peers[i], AF_BRIDGE);
	}
	sort(entries);
	return 0;
}

static struct nl_msg *build(int type, int flags, const struct entries *entries, const struct entry *entry)
{
	const bool forwards = entry->family == AF_BRIDGE;
	const struct ndmsg header = {.ndm_family = (uint8_t)entry->family,
				     .ndm_ifindex = entries->ifindex,
				     .ndm_state = forwards ? NUD_PERMANENT | NUD_NOARP : NUD_PERMANENT,
				     .ndm_flags = forwards ? NTF_SELF : 0};
	struct nl_msg *msg = message_begin(type, flags, &header, sizeof header);

	return message_finish(msg, msg && message_put_ip(msg, NDA_DST, &entry->ip) &&
					   nla_put(msg, NDA_LLADDR, entry->address.length, entry->address.bytes) == 0);
}

static struct nl_msg *build_set(size_t index, const void *what)
{
	const struct entries *entries = what;

	return build(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, entries, &entries->list[index]);
}

static struct nl_msg *build_delete(size_t index, const void *what)
{
	const struct entries *entries = what;

	return build(RTM_DELNEIGH, 0, entries, &entries->list[index]);
}

static int send_all(const struct entries *entries, struct rtnl *rtnl,
		    struct nl_msg *(*request)(size_t index, const void *what), int tolerated, const char *label,
		    struct error *err)
{
	char text[IP_TEXT_SIZE];
	size_t failed = 0;

	const struct rtnl_requests requests = {label, entries->count, request, entries, tolerated};
	if (rtnl_batch(rtnl, &requests, &failed, err) == 0)
		return 0;
	error_detail(err, "entry of next hop %s", ip_format(&entries->list[failed].ip, text));
	return -1;
}

int neighbours_join(const struct neighbours_kind *kind, struct rtnl *rtnl, int ifindex,
		    const struct overlay_peer peers[], size_t count, struct error *err)
{
	CLEANUP(entries_free) struct entries entries;

	if (entries_of(&entries, kind, ifindex, peers, count, false, err) < 0)
		return -1;
	return send_all(&entries, rtnl, build_set, 0, "set neighbours of the tunnel", err);
}

static void mark(const struct entries *entries, sa_family_t family, const struct ip *ip)
{
	struct entry *entry = find(entries, family, ip);

	if (entry)
		entry->found = true;
}

/** see_route() - whoever is still routed to keeps his entries */
static int see_route(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *attributes[RTA_MAX + 1] = {0};
	const struct rtmsg *header = nlmsg_data(answer);

	if (answer->nlmsg_type != RTM_NEWROUTE || nlmsg_parse(answer, sizeof *header, attributes, RTA_MAX, NULL) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a route");
	const struct ip gateway = ip_of(attributes[RTA_GATEWAY], header->rtm_family);
	struct ip host = {.family = AF_INET};
	if (!ip_is_set(&gateway))
		return 0;
	memcpy(host.bytes, gateway.bytes + (gateway.family == AF_INET6 ? EMBEDDED_AT : 0), ip_size(AF_INET));
	mark(into, gateway.family, &gateway);
	mark(into, AF_BRIDGE, &host);
	return 0;
}

/** ask_neighbours() - all but forwarding entries are in one list. Those take their filter from the header, it from an attribute */
static struct nl_msg *ask_neighbours(sa_family_t family, int ifindex)
{
	const bool forwards = family == AF_BRIDGE;
	const struct ndmsg header = {.ndm_family = (uint8_t)family, .ndm_ifindex = forwards ? ifindex : 0};
	struct nl_msg *msg = message_begin(RTM_GETNEIGH, NLM_F_DUMP, &header, sizeof header);

	return message_finish(msg, msg && (forwards || nla_put_u32(msg, NDA_IFINDEX, (uint32_t)ifindex) == 0));
}

/** drop_found() - what is left is to be removed */
static void drop_found(struct entries *entries)
{
	size_t kept = 0;

	for (size_t i = 0; i < entries->count; i++)
		if (!entries->list[i].found)
			entries->list[kept++] = entries->list[i];
	entries->count = kept;
}

int neighbours_part(const struct neighbours_kind *kind, struct rtnl *rtnl, int ifindex,
		    const struct overlay_peer peers[], size_t count, struct error *err)
{
	CLEANUP(entries_free) struct entries entries;

	if (entries_of(&entries, kind, ifindex, peers, count, true, err) < 0 ||
	    routes_of_device(rtnl, ifindex, see_route, &entries, err) < 0)
		return -1;
	drop_found(&entries);
	return send_all(&entries, rtnl, build_delete, ENOENT, "delete neighbours of the tunnel", err);
}

/** see_neighbour() - one that somebody else made or learned is none of ours */
static int see_neighbour(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *attributes[NDA_MAX + 1] = {0};
	const struct entries *entries = into;
	const struct ndmsg *header = nlmsg_data(answer);

	if (answer->nlmsg_type != RTM_NEWNEIGH || nlmsg_parse(answer, sizeof *header, attributes, NDA_MAX, NULL) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a neighbour");
	if (header->ndm_ifindex != entries->ifindex || !(header->ndm_state & NUD_PERMANENT) || !attributes[NDA_LLADDR])
		return 0;
	const sa_family_t family = header->ndm_family;
	const struct ip ip = ip_of(attributes[NDA_DST], family == AF_INET6 ? AF_INET6 : AF_INET);
	struct entry *entry = find(entries, family, &ip);
	if (entry && nla_len(attributes[NDA_LLADDR]) == entry->address.length &&
	    memcmp(nla_data(attributes[NDA_LLADDR]), entry->address.bytes, entry->address.length) == 0)
		entry->found = true;
	return 0;
}

int neighbours_joined(const struct neighbours_kind *kind, struct rtnl *rtnl, int ifindex,
		      const struct overlay_peer peers[], size_t count, struct error *err)
{
	static const sa_family_t lists[] = {AF_UNSPEC, AF_BRIDGE};
	CLEANUP(entries_free) struct entries entries;
	char text[IP_TEXT_SIZE];

	if (entries_of(&entries, kind, ifindex, peers, count, false, err) < 0)
		return -1;
	for (size_t i = 0; entries.count > 0 && i < (kind->forwards ? 2 : 1); i++)
		if (rtnl_list(rtnl, ask_neighbours(lists[i], ifindex), see_neighbour, &entries, NULL, err,
			      "list neighbours") < 0)
			return -1;
	drop_found(&entries);
	if (entries.count == 0)
		return 0;
	return error_set(err, ERROR_DRIFT, 0, "%s of tunnel peer %s is missing or another one",
			 entries.list->family == AF_BRIDGE ? "forwarding entry" : "neighbour",
			 ip_format(&entries.list->ip, text));
}
