/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sets of table "inet cambric": a table of data and what makes nf_tables of it.
 *
 * A '#' in the name of a set stands for 4 and 6: such a row is there once per family.
 */
#include "nat/ruleset.h"
#include "nat/ruleset_table.h"

#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static const sa_family_t families[RULESET_FAMILIES] = {AF_INET, AF_INET6};

/** enum type - types of fields in keys and data; ADDRESS is that of the row's family, OUTER always of IPv4 */
enum type { NOTHING, ADDRESS, OUTER, PROTOCOL, PORT, IFNAME, VERDICT } __attribute__((packed));

/** struct set - a row of the table of sets */
struct set {
	const char *name;
	enum type key[NFT_MAX_FIELDS], data[NFT_MAX_FIELDS];
	bool interval;
};

static const struct set sets[] = {
	{.name = NAT_MARKER, .key = {IFNAME}},
	/* published ports: of one address of this host, of a loopback address, of any, ranges of any */
	{.name = "dnat#", .key = {ADDRESS, PROTOCOL, PORT}, .data = {ADDRESS, PORT}},
	{.name = "dnat#l", .key = {ADDRESS, PROTOCOL, PORT}, .data = {ADDRESS, PORT}},
	{.name = "dnat#a", .key = {PROTOCOL, PORT}, .data = {ADDRESS, PORT}},
	{.name = "dnat#r", .key = {PROTOCOL, PORT}, .data = {ADDRESS}, .interval = true},
	/* one to one: public addresses and whose they are; sources and what they leave as */
	{.name = "static#", .key = {ADDRESS}, .data = {ADDRESS}},
	{.name = "snat#", .key = {ADDRESS}, .data = {ADDRESS}},
	/* sources that share an address, of a pool or a fixed one; and the ports that are theirs */
	{.name = "pool#", .key = {ADDRESS}, .data = {ADDRESS}},
	{.name = "firstport#", .key = {ADDRESS}, .data = {PORT}},
	{.name = "lastport#", .key = {ADDRESS}, .data = {PORT}},
	/* gateway addresses: "any address of the host" does not mean them */
	{.name = "gw#", .key = {ADDRESS}},
	/* addresses of services, which IPVS makes local: not meant either */
	{.name = "ipvs#", .key = {ADDRESS}},
	/* which container is behind which interface of the host: its own end, whose only source it may be, or a bridge */
	{.name = "owner#", .key = {IFNAME, ADDRESS}},
	/* sources to masquerade; and their destinations that are to see the true source */
	{.name = "masq#", .key = {ADDRESS}, .interval = true},
	{.name = "nomasq#", .key = {ADDRESS, ADDRESS}, .interval = true},
	/* host ends whose container may reach itself through a published port */
	{.name = "hairpin", .key = {IFNAME, IFNAME}},
	/* where a published container is that another plugin has attached; and those that see nobody's true source */
	{.name = "behind#", .key = {IFNAME, ADDRESS}},
	{.name = "masqall#", .key = {ADDRESS}},
	/* interfaces that were there when cambric turned forwarding on */
	{.name = "before#", .key = {IFNAME}},
	/* and each with itself: the rules see what a bridge passes on, too, where br_netfilter is loaded */
	{.name = "within#", .key = {IFNAME, IFNAME}},
	/* interfaces whose networks are kept apart; those within which containers may talk, and subnets that may where each has
	   an interface of its own */
	{.name = "apart", .key = {IFNAME}},
	{.name = "together", .key = {IFNAME, IFNAME}},
	{.name = "together#", .key = {ADDRESS, ADDRESS}, .interval = true},
	/* the chain of rules that a container's packets go through, by host end or (behind a bridge) by address */
	{.name = "filter_in", .key = {IFNAME}, .data = {VERDICT}},
	{.name = "filter_out", .key = {IFNAME}, .data = {VERDICT}},
	{.name = "filter_in#", .key = {ADDRESS}, .data = {VERDICT}},
	{.name = "filter_out#", .key = {ADDRESS}, .data = {VERDICT}},
	/* the same for marks: before a route is chosen, and last of all */
	{.name = "mark_route", .key = {IFNAME}, .data = {VERDICT}},
	{.name = "mark_in", .key = {IFNAME}, .data = {VERDICT}},
	{.name = "mark_out", .key = {IFNAME}, .data = {VERDICT}},
	{.name = "mark_route#", .key = {ADDRESS}, .data = {VERDICT}},
	{.name = "mark_in#", .key = {ADDRESS}, .data = {VERDICT}},
	{.name = "mark_out#", .key = {ADDRESS}, .data = {VERDICT}},
	/* protocols that tunnels of ours have, where these end here, UDP ports of theirs; and who may send what from whom */
	{.name = "tunnels", .key = {PROTOCOL}, .data = {VERDICT}},
	{.name = "tunnel_local", .key = {OUTER, PROTOCOL}},
	{.name = "tunnel_port", .key = {PORT}},
	{.name = "tunnel_peer#", .key = {OUTER, PROTOCOL, ADDRESS}, .interval = true},
};

const char *ruleset_set_name(const char *pattern, sa_family_t family, char name[static NFT_NAME_SIZE])
{
	(void)snprintf(name, NFT_NAME_SIZE, "%s", pattern);
	char *digit = strchr(name, '#');
	if (digit)
		*digit = family == AF_INET ? '4' : '6';
	return name;
}

/** per_family() - whether a set is there twice */
static bool per_family(const struct set *set)
{
	return strchr(set->name, '#') != NULL;
}

static size_t set_copies(size_t row)
{
	return per_family(&sets[row]) ? RULESET_FAMILIES : 1;
}

struct ruleset_place ruleset_find_place(size_t index, size_t (*copies)(size_t row))
{
	struct ruleset_place place = {.row = 0};

	while (index >= copies(place.row))
		index -= copies(place.row++);
	place.family = families[index];
	return place;
}

size_t ruleset_set_count(void)
{
	size_t count = 0;

	for (size_t row = 0; row < sizeof sets / sizeof sets[0]; row++)
		count += set_copies(row);
	return count;
}

/** type_code() - the numbers that the nft program has for its types (its include/datatype.h) */
static uint32_t type_code(enum type type, sa_family_t family)
{
	switch (type) {
	case NOTHING:
		return 0;
	case ADDRESS:
		return family == AF_INET ? 7 : 8;
	case OUTER:
		return type_code(ADDRESS, AF_INET);
	case PROTOCOL:
		return 12;
	case PORT:
		return 13;
	case IFNAME:
		return 41;
	case VERDICT:
		return NFT_DATA_VERDICT;
	}
	return 0;
}

/** type_length() - bytes of a field before padding */
static uint8_t type_length(enum type type, sa_family_t family)
{
	switch (type) {
	case NOTHING:
		return 0;
	case ADDRESS:
		return (uint8_t)ip_size(family);
	case OUTER:
		return (uint8_t)ip_size(AF_INET);
	case PROTOCOL:
		return sizeof(uint8_t);
	case PORT:
		return sizeof(uint16_t);
	case IFNAME:
		return IFNAMSIZ;
	case VERDICT:
		return 0;
	}
	return 0;
}

/** concatenate() - type and padded length of several fields: nft's concatenations have 6 bits per type */
static size_t concatenate(const enum type types[static NFT_MAX_FIELDS], sa_family_t family, uint32_t *code,
			  uint32_t *length)
{
	size_t count = 0;

	*code = *length = 0;
	for (; count < NFT_MAX_FIELDS && types[count] != NOTHING; count++) {
		*code = *code << 6 | type_code(types[count], family);
		*length += (type_length(types[count], family) + 3U) & ~3U;
	}
	if (count == 1) /* what stands alone is not padded */
		*length = type_length(types[0], family);
	return count;
}

void ruleset_set(size_t index, struct nft_set *set, char name[static NFT_NAME_SIZE])
{
	struct ruleset_place place = ruleset_find_place(index, set_copies);
	const struct set *row = &sets[place.row];
	struct nft_set made = {.name = ruleset_set_name(row->name, place.family, name), .interval = row->interval};

	made.field_count = concatenate(row->key, place.family, &made.key_type, &made.key_length);
	(void)concatenate(row->data, place.family, &made.data_type, &made.data_length);
	made.host_order = made.field_count == 1 && row->key[0] == IFNAME;
	for (size_t i = 0; i < made.field_count; i++)
		made.field_length[i] = type_length(row->key[i], place.family);
	*set = made;
}
