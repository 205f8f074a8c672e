/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A match of the configuration as expressions of a rule. */
#include "nat/packet_match.h"

#include <string.h>

/* As the nft program numbers its types (its include/datatype.h) */
enum { TYPE_IPV4 = 7, TYPE_IPV6 = 8, TYPE_SERVICE = 13 };

/** touches() - whether a range begins right behind another one: for the kernel they would overlap */
static bool touches(const struct nft_element *before, const struct nft_value *first)
{
	struct nft_value next = before->last;

	return nft_value_step(&next, true) && memcmp(next.bytes, first->bytes, first->length) == 0;
}

/** add_prefix() - one more range, or a longer one. Return: the new count */
static size_t add_prefix(struct nft_element ranges[], size_t count, const struct prefix *prefix)
{
	const struct ip last = prefix_last(prefix);
	struct nft_element range = {.kind = NFT_INTERVAL};

	nft_value_ip(&range.key, &prefix->ip);
	nft_value_ip(&range.last, &last);
	if (count > 0 && touches(&ranges[count - 1], &range.key)) {
		ranges[count - 1].last = range.last;
		return count;
	}
	ranges[count] = range;
	return count + 1;
}

/** put_addresses() - those of one family; a single one needs no set */
static void put_addresses(struct nft *nft, struct nftnl_rule **rule, enum nft_field field,
			  const struct prefix prefixes[], size_t count, sa_family_t family)
{
	struct nft_element ranges[MAX_MATCH_ENTRIES];
	const struct prefix *first = NULL;
	size_t of_family = 0, range_count = 0;

	for (size_t i = 0; i < count; i++) {
		if (prefixes[i].ip.family != family)
			continue;
		first = of_family++ ? first : &prefixes[i];
		range_count = add_prefix(ranges, range_count, &prefixes[i]);
	}
	if (of_family == 1)
		nft_match_prefix(rule, field, first);
	else if (of_family > 1)
		nft_match_ranges(rule, family, field,
				 nft_add_ranges(nft, family == AF_INET ? TYPE_IPV4 : TYPE_IPV6, ranges, range_count));
}

static void put_ports(struct nft *nft, struct nftnl_rule **rule, enum nft_field field, const struct port_range ports[],
		      size_t count)
{
	struct nft_element ranges[MAX_MATCH_ENTRIES];

	if (count == 1)
		nft_match_ports(rule, field, ports[0].first, ports[0].last);
	if (count <= 1)
		return;
	for (size_t i = 0; i < count; i++) {
		ranges[i] = (struct nft_element){.kind = NFT_INTERVAL};
		nft_value_port_alone(&ranges[i].key, ports[i].first);
		nft_value_port_alone(&ranges[i].last, ports[i].last);
	}
	nft_match_ranges(rule, AF_UNSPEC, field, nft_add_ranges(nft, TYPE_SERVICE, ranges, count));
}

void packet_match_put(struct nft *nft, struct nftnl_rule **rule, const struct packet_match *match, sa_family_t family)
{
	if (match->in_interface[0])
		nft_match_ifname(rule, false, match->in_interface);
	if (match->out_interface[0])
		nft_match_ifname(rule, true, match->out_interface);
	put_addresses(nft, rule, NFT_FIELD_SOURCE, match->sources, match->source_count, family);
	put_addresses(nft, rule, NFT_FIELD_DESTINATION, match->destinations, match->destination_count, family);
	if (match->has_protocol)
		nft_match_protocol(rule, match->protocol);
	put_ports(nft, rule, NFT_FIELD_SOURCE_PORT, match->source_ports, match->source_port_count);
	put_ports(nft, rule, NFT_FIELD_DESTINATION_PORT, match->destination_ports, match->destination_port_count);
}
