/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ctnetlink over libmnl. */
#include "kernel/conntrack.h"

#include "base/cleanup.h"
#include "kernel/locality.h"
#include "kernel/nft_message.h"
#include "kernel/nft_socket.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Two IPv6 addresses, ports, zone and id in their attributes are some 110 bytes */
enum {
	REQUEST_SIZE = 1024,
	ENTRY_SIZE = 256,
	FIRST_SIZE = 16,
	DEADLINE_MS = 200,
	MS_PER_SECOND = 1000,
	NS_PER_MS = 1000000
};

/* Bits of CTA_FILTER_ORIG_FLAGS; no exported header has them (net/netfilter/nf_internals.h) */
enum {
	FILTER_IP_SOURCE = 1 << 0,
	FILTER_IP_DESTINATION = 1 << 1,
	FILTER_PROTOCOL = 1 << 3,
	FILTER_SOURCE_PORT = 1 << 4,
	FILTER_DESTINATION_PORT = 1 << 5,
};

/* Each is one walk through the kernel's buckets, a tenth of what a list of them takes */
enum { MOST_FILTERS = 8 };

/** struct request - room for one request; zero, as libmnl leaves the bytes between attributes as they are */
struct request {
	_Alignas(struct nlmsghdr) char bytes[REQUEST_SIZE];
};

/** struct entry - one that is to be forgotten: its tuple, zone and id as the list had them */
struct entry {
	uint8_t family;
	size_t length;
	char attributes[ENTRY_SIZE];
};

/**
 * struct flush - one walk through the entries
 * @deadline_ms: CLOCK_MONOTONIC
 * @found, @found_count: to be deleted when the list has ended, as both go over one socket
 */
struct flush {
	const struct conntrack_match *matches;
	size_t count;
	struct rtnl *host;
	int64_t deadline_ms;
	struct entry *found;
	size_t found_count, size;
};

static void flush_free(struct flush *flush)
{
	free(flush->found);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}

static struct nlmsghdr *open_request(struct request *request, uint16_t type, sa_family_t family)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(request->bytes);

	nft_message_head(message, 0, (uint8_t)family);
	message->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	return message;
}

/** struct endpoint - address and port of one end */
struct endpoint {
	struct ip ip;
	uint16_t port;
};

/** has_size() - an attribute that is there, with that many bytes */
static bool has_size(const struct nlattr *attribute, size_t size)
{
	return attribute && mnl_attr_get_payload_len(attribute) == size;
}

/** read_endpoint() - @source or destination of a tuple; false when the entry has none, or another protocol */
static bool read_endpoint(const struct nlattr *tuple, sa_family_t family, bool source, struct endpoint *endpoint)
{
	const struct nlattr *addresses = nft_attribute_in(tuple, CTA_TUPLE_IP);
	const struct nlattr *ports = nft_attribute_in(tuple, CTA_TUPLE_PROTO);
	const uint16_t ipv4 = source ? CTA_IP_V4_SRC : CTA_IP_V4_DST, ipv6 = source ? CTA_IP_V6_SRC : CTA_IP_V6_DST;
	const struct nlattr *address = nft_attribute_in(addresses, family == AF_INET ? ipv4 : ipv6);
	const struct nlattr *protocol = nft_attribute_in(ports, CTA_PROTO_NUM);
	const struct nlattr *port = nft_attribute_in(ports, source ? CTA_PROTO_SRC_PORT : CTA_PROTO_DST_PORT);

	if (!has_size(address, ip_size(family)) || !has_size(protocol, sizeof(uint8_t)) ||
	    !has_size(port, sizeof(uint16_t)) || mnl_attr_get_u8(protocol) != IPPROTO_UDP)
		return false;
	*endpoint = (struct endpoint){.ip = {.family = family}, .port = ntohs(mnl_attr_get_u16(port))};
	memcpy(endpoint->ip.bytes, mnl_attr_get_payload(address), ip_size(family));
	return true;
}

/** is_local() - one that cannot be looked up is left alone: its entry expires by itself */
static bool is_local(struct rtnl *host, const struct ip *ip)
{
	struct error ignored = ERROR_INIT;
	bool local = false;

	return ip_is_local(host, ip, &local, &ignored) == 0 && local;
}

/** is_source() - whether a side is the source of its tuple; is_first() - whether it is a part of the first packet */
static bool is_source(enum conntrack_side side)
{
	return side == CONNTRACK_SOURCE || side == CONNTRACK_REPLY_SOURCE;
}

static bool is_first(enum conntrack_side side)
{
	return side == CONNTRACK_DESTINATION || side == CONNTRACK_SOURCE;
}

/** is_meant() - whether one match describes an entry with these tuples */
static bool is_meant(const struct flush *flush, const struct conntrack_match *match, sa_family_t family,
		     const struct nlattr *original, const struct nlattr *reply)
{
	const struct nlattr *tuple = is_first(match->side) ? original : reply;
	struct endpoint endpoint;

	if (match->family != family || !read_endpoint(tuple, family, is_source(match->side), &endpoint))
		return false;
	if (endpoint.port < match->first_port || endpoint.port > match->last_port)
		return false;
	if (match->length)
		return prefix_contains(&(struct prefix){.ip = match->ip, .length = match->length},
				       &(struct prefix){.ip = endpoint.ip, .length = (uint8_t)(ip_size(family) * 8)});
	return ip_is_set(&match->ip) ? ip_equal(&match->ip, &endpoint.ip) : is_local(flush->host, &endpoint.ip);
}

/** copy_attribute() - out of the list, as it is; false when there is no room */
static bool copy_attribute(struct entry *entry, const struct nlmsghdr *listed, uint16_t type)
{
	const struct nlattr *attribute = nft_attribute_of(listed, type);
	const size_t length = attribute ? ((size_t)attribute->nla_len + 3) & ~(size_t)3 : 0;

	if (entry->length + length > sizeof entry->attributes)
		return false;
	if (attribute)
		memcpy(entry->attributes + entry->length, attribute, attribute->nla_len);
	entry->length += length;
	return true;
}

/** keep() - for the time when the list has ended */
static int keep(struct flush *flush, const struct nlmsghdr *listed, uint8_t family, struct error *err)
{
	struct entry entry = {.family = family};

	if (!copy_attribute(&entry, listed, CTA_TUPLE_ORIG) || !copy_attribute(&entry, listed, CTA_ZONE) ||
	    !copy_attribute(&entry, listed, CTA_ID))
		return error_set(err, ERROR_KERNEL, EBADMSG, "list UDP conntrack entries");
	if (flush->found_count == flush->size) {
		size_t size = flush->size ? flush->size * 2 : FIRST_SIZE;
		struct entry *larger = reallocarray(flush->found, size, sizeof *larger);
		if (!larger)
			return error_set(err, ERROR_KERNEL, ENOMEM, "list UDP conntrack entries");
		flush->found = larger;
		flush->size = size;
	}
	flush->found[flush->found_count++] = entry;
	return 0;
}

/** forget() - delete exactly this entry; one that ended meanwhile is gone all the same */
static int forget(struct nft_socket *nft_socket, const struct entry *entry, struct error *err)
{
	struct request request = {{0}};
	struct nlmsghdr *message = open_request(&request, IPCTNL_MSG_CT_DELETE, entry->family);
	struct error refusal = ERROR_INIT;

	memcpy(mnl_nlmsg_get_payload_tail(message), entry->attributes, entry->length);
	message->nlmsg_len += (uint32_t)entry->length;
	if (nft_socket_ask(nft_socket, message, false, NULL, NULL, "delete conntrack entry", &refusal) == 0 ||
	    refusal.errnum == ENOENT)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

static int visit_entry(const struct nlmsghdr *entry, void *argument, struct error *err)
{
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(entry);
	const struct nlattr *original = nft_attribute_of(entry, CTA_TUPLE_ORIG);
	const struct nlattr *reply = nft_attribute_of(entry, CTA_TUPLE_REPLY);
	struct flush *flush = argument;

	if (now_ms() > flush->deadline_ms)
		return error_set(err, ERROR_TRY_AGAIN, ETIME, "flush UDP conntrack entries: more than %d ms",
				 DEADLINE_MS);
	for (size_t i = 0; i < flush->count; i++)
		if (is_meant(flush, &flush->matches[i], head->nfgen_family, original, reply))
			return keep(flush, entry, head->nfgen_family, err);
	return 0;
}

/** put_filter() - only UDP: the tuple to compare, and which parts of it count */
static void put_filter(struct nlmsghdr *message)
{
	struct nlattr *tuple = mnl_attr_nest_start(message, CTA_TUPLE_ORIG);
	struct nlattr *protocol = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);

	mnl_attr_put_u8(message, CTA_PROTO_NUM, IPPROTO_UDP);
	mnl_attr_nest_end(message, protocol);
	mnl_attr_nest_end(message, tuple);
	struct nlattr *filter = mnl_attr_nest_start(message, CTA_FILTER);
	mnl_attr_put_u32(message, CTA_FILTER_ORIG_FLAGS, FILTER_PROTOCOL);
	mnl_attr_put_u32(message, CTA_FILTER_REPLY_FLAGS, 0);
	mnl_attr_nest_end(message, filter);
}

static int list_family(struct flush *flush, struct nft_socket *nft_socket, sa_family_t family, struct error *err)
{
	struct request request = {{0}};
	struct nlmsghdr *message = open_request(&request, IPCTNL_MSG_CT_GET, family);

	put_filter(message);
	return nft_socket_ask(nft_socket, message, true, visit_entry, flush, "list UDP conntrack entries", err);
}

static bool has_all_ports(const struct conntrack_match *match)
{
	return match->first_port <= 1 && match->last_port == UINT16_MAX;
}

/** are_exact() - whether the kernel's own filter can say it: addresses that are known, one port or all */
static bool are_exact(const struct conntrack_match matches[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!ip_is_set(&matches[i].ip) || matches[i].length ||
		    (matches[i].first_port != matches[i].last_port && !has_all_ports(&matches[i])))
			return false;
	return count <= MOST_FILTERS;
}

/** put_match() - one end of UDP connections, and which parts of it count */
static void put_match(struct nlmsghdr *message, const struct conntrack_match *match)
{
	const bool source = is_source(match->side), reply = !is_first(match->side);
	const uint16_t ipv4 = source ? CTA_IP_V4_SRC : CTA_IP_V4_DST, ipv6 = source ? CTA_IP_V6_SRC : CTA_IP_V6_DST;
	uint32_t flags = FILTER_PROTOCOL | (source ? FILTER_IP_SOURCE : FILTER_IP_DESTINATION);

	struct nlattr *tuple = mnl_attr_nest_start(message, reply ? CTA_TUPLE_REPLY : CTA_TUPLE_ORIG);
	struct nlattr *addresses = mnl_attr_nest_start(message, CTA_TUPLE_IP);
	mnl_attr_put(message, match->family == AF_INET ? ipv4 : ipv6, ip_size(match->family), match->ip.bytes);
	mnl_attr_nest_end(message, addresses);
	struct nlattr *protocol = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(message, CTA_PROTO_NUM, IPPROTO_UDP);
	if (!has_all_ports(match)) {
		mnl_attr_put_u16(message, source ? CTA_PROTO_SRC_PORT : CTA_PROTO_DST_PORT, htons(match->first_port));
		flags |= source ? FILTER_SOURCE_PORT : FILTER_DESTINATION_PORT;
	}
	mnl_attr_nest_end(message, protocol);
	mnl_attr_nest_end(message, tuple);
	struct nlattr *filter = mnl_attr_nest_start(message, CTA_FILTER);
	mnl_attr_put_u32(message, CTA_FILTER_ORIG_FLAGS, reply ? 0 : flags);
	mnl_attr_put_u32(message, CTA_FILTER_REPLY_FLAGS, reply ? flags : 0);
	mnl_attr_nest_end(message, filter);
}

/**
 * forget_matching() - let the kernel look for itself (Linux 6.8). Return: 1 when it cannot
 *
 * Before, CTA_FILTER was refused there (EOPNOTSUPP), or not looked at: then the tuple is none, for all that it lacks (EINVAL).
 * The version makes the family count (net/netfilter/nf_conntrack_netlink.c, ctnetlink_del_conntrack).
 */
static int forget_matching(struct nft_socket *nft_socket, const struct conntrack_match *match, struct error *err)
{
	struct request request = {{0}};
	struct nlmsghdr *message = open_request(&request, IPCTNL_MSG_CT_DELETE, match->family);
	struct error refusal = ERROR_INIT;

	((struct nfgenmsg *)mnl_nlmsg_get_payload(message))->version = 1;
	put_match(message, match);
	if (nft_socket_ask(nft_socket, message, false, NULL, NULL, "delete UDP conntrack entries", &refusal) == 0)
		return 0;
	if (refusal.errnum == EOPNOTSUPP || refusal.errnum == EINVAL)
		return 1;
	error_merge(err, &refusal);
	return -1;
}

/** forget_all_matching() - as forget_matching(), of each match */
static int forget_all_matching(struct nft_socket *nft_socket, const struct conntrack_match matches[], size_t count,
			       struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		int status = forget_matching(nft_socket, &matches[i], err);
		if (status != 0)
			return status;
	}
	return 0;
}

static bool has_family(const struct conntrack_match matches[], size_t count, sa_family_t family)
{
	for (size_t i = 0; i < count; i++)
		if (matches[i].family == family)
			return true;
	return false;
}

int conntrack_flush_udp(struct rtnl *host, struct nft_socket *nft_socket, const struct conntrack_match matches[],
			size_t count, struct error *err)
{
	CLEANUP(flush_free) struct flush flush = {.matches = matches, .count = count, .host = host};
	const sa_family_t families[] = {AF_INET, AF_INET6};
	int status = count > 0 && are_exact(matches, count) ? forget_all_matching(nft_socket, matches, count, err) : 1;

	if (status <= 0)
		return status;
	status = 0;
	flush.deadline_ms = now_ms() + DEADLINE_MS;
	for (size_t i = 0; i < sizeof families / sizeof families[0] && status == 0; i++)
		if (has_family(matches, count, families[i]))
			status = list_family(&flush, nft_socket, families[i], err);
	/* also what a list that was given up had until then */
	for (size_t i = 0; i < flush.found_count; i++)
		if (forget(nft_socket, &flush.found[i], err) < 0)
			status = -1;
	return status;
}
