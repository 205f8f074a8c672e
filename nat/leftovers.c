/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each reference plugin makes, and where. */
#include "nat/leftovers.h"

#include "conf/leftover.h"
#include "kernel/nft_rule_answer.h"
#include "nat/leftover_search.h"

#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>

enum { FAMILIES = 2, SPOOF_CHAIN_SIZE = MAX_CONTAINER_ID + IFNAMSIZ + 32 };

/* The numbers of nf_tables for these are the same (linux/netfilter.h) */
static const uint8_t FAMILY[FAMILIES] = {AF_INET, AF_INET6};

/** struct chain - one of iptables, in table nat of both families; @by_source as in struct leftover_place */
struct chain {
	const char *infix, *entry;
	bool by_source;
};

static const struct chain PORTS = {.infix = "DN-", .entry = "CNI-HOSTPORT-DNAT"};
static const struct chain SOURCES = {.infix = "", .entry = "POSTROUTING", .by_source = true};

static int find_chain(struct leftovers *found, const struct chain *chain, struct error *err)
{
	char name[LEFTOVER_CHAIN_SIZE];

	(void)leftover_chain(&found->want->id, chain->infix, name);
	for (size_t i = 0; i < FAMILIES; i++) {
		const struct leftover_place place = {.family = FAMILY[i],
						     .table = "nat",
						     .chain = name,
						     .entry = chain->entry,
						     .by_source = chain->by_source};
		if (leftover_find_chain(found, &place, err) < 0)
			return -1;
	}
	return 0;
}

/** warn_of_chain() - the same chain in the tables of iptables-legacy */
static void warn_of_chain(const struct attachment *want, const struct chain *chain, struct error *err)
{
	char name[LEFTOVER_CHAIN_SIZE], what[LEFTOVER_CHAIN_SIZE + 8];

	(void)leftover_chain(&want->id, chain->infix, name);
	(void)snprintf(what, sizeof what, "chain %s", name);
	for (size_t i = 0; i < FAMILIES; i++)
		leftover_warn_legacy(FAMILY[i], "nat", name, sizeof name, what, name, err);
}

/** is_mapping() - the whole comment is the container's id: it says neither network nor interface */
static bool is_mapping(const struct nlmsghdr *answer, const struct attachment *want)
{
	return nft_rule_has_comment(answer, want->id.container, false) && !leftover_spared(answer, want);
}

/** find_mappings() - of the nftables backend: "hostports" is there when any of it is */
static int find_mappings(struct leftovers *found, uint8_t family, struct error *err)
{
	static const char *const chains[] = {"hostports", "hostip_hostports", "masquerading"};
	struct leftover_place place = {.family = family, .table = "cni_hostport", .chain = chains[0]};
	bool exists;

	if (leftover_exists(found, &place, &exists, err) < 0)
		return -1;
	for (size_t i = 0; exists && i < sizeof chains / sizeof *chains; i++) {
		place.chain = chains[i];
		if (leftover_find_rules(found, &place, is_mapping, err) < 0)
			return -1;
	}
	return 0;
}

static int find_portmap(struct leftovers *found, struct error *err)
{
	if (find_chain(found, &PORTS, err) < 0)
		return -1;
	for (size_t i = 0; i < FAMILIES; i++)
		if (find_mappings(found, FAMILY[i], err) < 0)
			return -1;
	return 0;
}

int leftover_portmap_remove(const struct attachment *want, struct store *store, struct kernel *kernel,
			    struct error *err)
{
	(void)store;
	if (attachment_has_record(want))
		return 0;
	warn_of_chain(want, &PORTS, err);
	return leftover_take_away(want, find_portmap, kernel, err);
}

static bool is_masquerade(const struct nlmsghdr *answer, const struct attachment *want)
{
	char tag[LEFTOVER_TAG_SIZE];

	return nft_rule_has_comment(answer, leftover_tag(&want->id, tag), true);
}

static int find_masquerade(struct leftovers *found, struct error *err)
{
	const struct leftover_place place = {
		.family = NFPROTO_INET, .table = "cni_plugins_masquerade", .chain = "masq_checks"};
	bool exists;

	if (find_chain(found, &SOURCES, err) < 0 || leftover_exists(found, &place, &exists, err) < 0)
		return -1;
	return exists ? leftover_find_rules(found, &place, is_masquerade, err) : 0;
}

int leftover_masquerade_remove(const struct attachment *want, struct store *store, struct kernel *kernel,
			       struct error *err)
{
	(void)store;
	if (attachment_has_record(want))
		return 0;
	warn_of_chain(want, &SOURCES, err);
	return leftover_take_away(want, find_masquerade, kernel, err);
}

static int find_spoof(struct leftovers *found, struct error *err)
{
	const struct attachment_id *id = &found->want->id;
	char port[SPOOF_CHAIN_SIZE], mac[SPOOF_CHAIN_SIZE];
	const struct leftover_place place = {
		.family = NFPROTO_BRIDGE, .table = "nat", .chain = port, .entry = "PREROUTING", .inner = mac};

	(void)snprintf(port, sizeof port, "cni-br-iface-%s-%s", id->container, id->ifname);
	(void)snprintf(mac, sizeof mac, "cni-br-iface-%s-%s-mac", id->container, id->ifname);
	return leftover_find_chain(found, &place, err);
}

int leftover_spoof_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	return attachment_has_record(want) ? 0 : leftover_take_away(want, find_spoof, kernel, err);
}

static bool is_acceptance(const struct nlmsghdr *answer, const struct attachment *want)
{
	for (size_t i = 0; i < want->address_count; i++)
		if (nft_rule_accepts_all_of(answer, &want->addresses[i].ip))
			return true;
	return false;
}

static int find_firewall(struct leftovers *found, struct error *err)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		const struct leftover_place place = {.family = FAMILY[i], .table = "filter", .chain = "CNI-FORWARD"};
		bool exists;
		if (leftover_exists(found, &place, &exists, err) < 0 ||
		    (exists && leftover_find_rules(found, &place, is_acceptance, err) < 0))
			return -1;
	}
	return 0;
}

/** warn_of_address() - how an entry of iptables-legacy begins whose source is one address: ipt_ip, ip6t_ip6 */
static void warn_of_address(const struct ip *ip, struct error *err)
{
	enum { FIELDS = 4, SOURCE_MASK = 2 };
	const size_t size = ip_size(ip->family);
	char text[IP_TEXT_SIZE], what[IP_TEXT_SIZE + 16], words[IP_TEXT_SIZE + 16];
	uint8_t entry[FIELDS * sizeof ip->bytes] = {0};

	memcpy(entry, ip->bytes, size);
	memset(entry + SOURCE_MASK * size, UINT8_MAX, size);
	(void)snprintf(what, sizeof what, "rules that accept %s", ip_format(ip, text));
	(void)snprintf(words, sizeof words, " -[sd] %s/%u ", text, ip_bits(ip->family));
	leftover_warn_legacy(ip->family, "filter", entry, FIELDS * size, what, words, err);
}

int leftover_firewall_remove(const struct attachment *want, struct store *store, struct kernel *kernel,
			     struct error *err)
{
	(void)store;
	if (attachment_has_record(want) || want->address_count == 0)
		return 0;
	for (size_t i = 0; i < want->address_count; i++)
		warn_of_address(&want->addresses[i].ip, err);
	return leftover_take_away(want, find_firewall, kernel, err);
}
