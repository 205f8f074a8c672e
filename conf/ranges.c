/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Range sets: rules for what is configured, arithmetic for who allocates. */
#include "conf/ranges.h"

#include <stdio.h>
#include <string.h>

/* A network of two addresses has none but its ends */
enum { LEAST_HOST_BITS = 2 };

static bool range_contains(const struct range *range, const struct ip *ip)
{
	return ip->family == range->first.family && ip_compare(ip, &range->first) >= 0 &&
	       ip_compare(ip, &range->last) <= 0;
}

const struct range *range_set_find(const struct range_set *set, const struct ip *ip)
{
	for (size_t i = 0; i < set->count; i++)
		if (range_contains(&set->ranges[i], ip))
			return &set->ranges[i];
	return NULL;
}

bool range_set_is_gateway(const struct range_set *set, const struct ip *ip)
{
	for (size_t i = 0; i < set->count; i++)
		if (ip_equal(&set->ranges[i].gateway, ip))
			return true;
	return false;
}

static bool range_overlaps(const struct range *a, const struct range *b)
{
	return range_contains(a, &b->first) || range_contains(b, &a->first);
}

static bool range_set_overlaps(const struct range_set *a, const struct range_set *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t j = 0; j < b->count; j++)
			if (range_overlaps(&a->ranges[i], &b->ranges[j]))
				return true;
	return false;
}

/**
 * overlaps_reserved() - addresses that mean this host, one link, nobody or many: no container can have them
 *
 * 169.254.0.0/16 is not among them: there are networks of containers in it, and IPv4 routes it like any other.
 */
static bool overlaps_reserved(const struct prefix *subnet)
{
	static const char *const reserved[] = {"0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4",
					       "::/127",    "fe80::/10",   "ff00::/8"};
	struct prefix prefix;

	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (prefix_parse(reserved[i], &prefix) && prefix_overlaps(subnet, &prefix))
			return true;
	return false;
}

/** check_subnet() - large enough, a network address, and unicast */
static int check_subnet(const struct prefix *subnet, struct error *err)
{
	struct prefix network = prefix_network(subnet);
	char text[PREFIX_TEXT_SIZE];

	if (!ip_is_set(&subnet->ip))
		return error_set(err, ERROR_CONFIG, 0, "subnet is missing");
	if (subnet->length + LEAST_HOST_BITS > ip_bits(subnet->ip.family))
		return error_set(err, ERROR_CONFIG, 0, "Network %s too small to allocate from",
				 prefix_format(subnet, text));
	if (overlaps_reserved(subnet))
		return error_set(err, ERROR_CONFIG, 0,
				 "Network %s contains unspecified, loopback, link-local or multicast addresses",
				 prefix_format(subnet, text));
	if (ip_equal(&network.ip, &subnet->ip))
		return 0;
	return error_set(err, ERROR_CONFIG, 0,
			 "Network has host bits set. For a subnet mask of length %u the network address is %s",
			 subnet->length, ip_format(&network.ip, text));
}

/** check_inside() - a configured end: inside the subnet, and not on the wrong side of the other end */
static int check_inside(const char *label, const struct ip *ip, const struct range *range, struct error *err)
{
	char text[IP_TEXT_SIZE], subnet[PREFIX_TEXT_SIZE];

	if (!ip_is_set(ip) ||
	    (ip_in_prefix(ip, &range->subnet) && (!ip_is_set(&range->first) || ip_compare(ip, &range->first) >= 0)))
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "%s %s not in network %s", label, ip_format(ip, text),
			 prefix_format(&range->subnet, subnet));
}

static int range_complete(struct range *range, struct error *err)
{
	struct ip lowest, highest;
	char text[IP_TEXT_SIZE];

	if (check_subnet(&range->subnet, err) < 0 || check_inside("RangeStart", &range->first, range, err) < 0 ||
	    check_inside("RangeEnd", &range->last, range, err) < 0)
		return -1;
	lowest = ip_add(&range->subnet.ip, 1);
	highest = prefix_last(&range->subnet);
	/* IPv6 has no broadcast address; its network address is the anycast one of all routers (RFC 4291, 2.6.1) */
	if (range->subnet.ip.family == AF_INET)
		highest = ip_add(&highest, UINT64_MAX);
	if (!ip_is_set(&range->gateway))
		range->gateway = lowest;
	if (range->gateway.family != range->subnet.ip.family)
		return error_set(err, ERROR_CONFIG, 0, "gateway %s is of another address family than its subnet",
				 ip_format(&range->gateway, text));
	if (!ip_is_set(&range->first) || ip_compare(&range->first, &lowest) < 0)
		range->first = lowest;
	if (!ip_is_set(&range->last) || ip_compare(&range->last, &highest) > 0)
		range->last = highest;
	if (ip_compare(&range->first, &range->last) <= 0)
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "range holds nothing but a network or broadcast address");
}

const char *range_set_format(const struct range_set *set, char text[static RANGE_SET_TEXT_SIZE])
{
	char first[IP_TEXT_SIZE], last[IP_TEXT_SIZE];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < set->count && used < RANGE_SET_TEXT_SIZE; i++)
		used += (size_t)snprintf(text + used, RANGE_SET_TEXT_SIZE - used, "%s%s-%s", i ? "," : "",
					 ip_format(&set->ranges[i].first, first),
					 ip_format(&set->ranges[i].last, last));
	return text;
}

static int refuse_overlap(const struct range *a, const struct range *b, struct error *err)
{
	const struct range_set one = {.count = 1, .ranges = {*a}}, other = {.count = 1, .ranges = {*b}};
	char text[RANGE_SET_TEXT_SIZE], other_text[RANGE_SET_TEXT_SIZE];

	return error_set(err, ERROR_CONFIG, 0, "subnets %s and %s overlap", range_set_format(&one, text),
			 range_set_format(&other, other_text));
}

int range_set_complete(struct range_set *set, struct error *err)
{
	if (set->count == 0)
		return error_set(err, ERROR_CONFIG, 0, "empty range set");
	for (size_t i = 0; i < set->count; i++) {
		if (range_complete(&set->ranges[i], err) < 0)
			return -1;
		if (set->ranges[i].first.family != set->ranges[0].first.family)
			return error_set(err, ERROR_CONFIG, 0, "mixed address families");
	}
	for (size_t i = 0; i < set->count; i++)
		for (size_t j = i + 1; j < set->count; j++)
			if (range_overlaps(&set->ranges[i], &set->ranges[j]))
				return refuse_overlap(&set->ranges[i], &set->ranges[j], err);
	return 0;
}

static bool has_two_of_a_family(const struct address_pool *pool)
{
	size_t ipv4 = 0, ipv6 = 0;

	for (size_t i = 0; i < pool->set_count; i++)
		*(pool->sets[i].ranges[0].first.family == AF_INET ? &ipv4 : &ipv6) += 1;
	return ipv4 > 1 || ipv6 > 1;
}

int address_pool_check(const struct address_pool *pool, bool one_per_family, const char *version, struct error *err)
{
	if (one_per_family && has_two_of_a_family(pool))
		return error_set(err, ERROR_CONFIG, 0, "CNI version %s does not support more than 1 address per family",
				 version);
	for (size_t i = 0; i < pool->set_count; i++)
		for (size_t j = i + 1; j < pool->set_count; j++)
			if (range_set_overlaps(&pool->sets[i], &pool->sets[j]))
				return error_set(err, ERROR_CONFIG, 0, "range set %zu overlaps with %zu", i, j);
	return 0;
}

/** set_for() - the set of a pool that contains @ip and has no request yet; set_count if there is none */
static size_t set_for(const struct address_pool *pool, const struct ip *ip, const struct ip chosen[])
{
	size_t i = 0;

	while (i < pool->set_count && (ip_is_set(&chosen[i]) || !range_set_find(&pool->sets[i], ip)))
		i++;
	return i;
}

int address_pool_assign(const struct address_pool *pool, struct ip chosen[static MAX_RANGE_SETS], struct error *err)
{
	char text[IP_TEXT_SIZE], left[MAX_RANGE_SETS * (IP_TEXT_SIZE + 1)] = "";

	memset(chosen, 0, MAX_RANGE_SETS * sizeof *chosen);
	for (size_t i = 0; i < pool->requested_count; i++) {
		const struct ip *wanted = &pool->requested[i];
		size_t set = set_for(pool, wanted, chosen);

		if (set == pool->set_count) {
			(void)snprintf(left + strlen(left), sizeof left - strlen(left), "%s%s", left[0] ? " " : "",
				       ip_format(wanted, text));
			continue;
		}
		if (range_set_is_gateway(&pool->sets[set], wanted))
			return error_set(err, ERROR_CONFIG, 0,
					 "failed to allocate for range %zu: requested ip %s is subnet's gateway", set,
					 ip_format(wanted, text));
		chosen[set] = *wanted;
	}
	if (left[0])
		return error_set(err, ERROR_CONFIG, 0, "failed to allocate all requested IPs: %s", left);
	return 0;
}

struct ip range_last_unasked(const struct range *range)
{
	if (range->first.family == AF_INET6 && ip_distance(&range->first, &range->last) >= MAX_IPV6_RANGE)
		return ip_add(&range->first, MAX_IPV6_RANGE - 1);
	return range->last;
}
