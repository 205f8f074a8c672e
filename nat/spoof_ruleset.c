/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One chain before everything that a bridge does, and five sets. */
#include "nat/spoof_ruleset.h"

#include "base/cleanup.h"
#include "nat/ruleset_table.h"

#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <string.h>

#include <libnftnl/rule.h>

/* The nft program's numbers for its types (its include/datatype.h); a concatenation has 6 bits for each */
enum { TYPE_IPV4 = 7, TYPE_IPV6 = 8, TYPE_MAC = 9, TYPE_IFNAME = 41, TYPE_BITS = 6 };
enum { MAC_PADDED = 8, IPV4_BYTES = 4, IPV6_BYTES = 16, ICMPV6_ADVERTISEMENT = 136, LIST_ROUNDS = 10 };

static const struct nft_set sets[] = {
	{.name = SPOOF_PORTS, .key_type = TYPE_IFNAME, .key_length = IFNAMSIZ, .host_order = true},
	{.name = SPOOF_MACS, .key_type = TYPE_IFNAME << TYPE_BITS | TYPE_MAC, .key_length = IFNAMSIZ + MAC_PADDED},
	{.name = SPOOF_BOUND, .key_type = TYPE_IFNAME, .key_length = IFNAMSIZ, .host_order = true},
	{.name = SPOOF_IPV4, .key_type = TYPE_IFNAME << TYPE_BITS | TYPE_IPV4, .key_length = IFNAMSIZ + IPV4_BYTES},
	{.name = SPOOF_IPV6, .key_type = TYPE_IFNAME << TYPE_BITS | TYPE_IPV6, .key_length = IFNAMSIZ + IPV6_BYTES},
};

/* NF_BR_PRI_NAT_DST_BRIDGED: before br_netfilter shows frames to the families of IP (linux/netfilter_bridge.h) */
static const struct nft_chain chain = {
	.name = "prerouting", .type = "filter", .hook = NF_INET_PRE_ROUTING, .priority = -300};

/** enum match - what a rule asks of a frame first */
enum match { ANY, ARP, OTHER_ARP, IPV4, IPV6, ADVERTISEMENT };

/** struct row - a rule: frames that match, and whose port and @field are in @set (not in it, unless @in) */
struct row {
	enum match match;
	enum nft_field field;
	const char *set;
	bool in;
	int verdict;
};

static const struct row rows[] = {
	{.set = SPOOF_PORTS, .verdict = NF_ACCEPT},
	{.set = SPOOF_MACS, .field = NFT_FIELD_ETHER_SOURCE, .verdict = NF_DROP},
	{.set = SPOOF_BOUND, .verdict = NF_ACCEPT},
	{.match = OTHER_ARP, .verdict = NF_DROP},
	{.match = ARP, .set = SPOOF_MACS, .field = NFT_FIELD_ARP_ETHER, .verdict = NF_DROP},
	{.match = ARP, .set = SPOOF_IPV4, .field = NFT_FIELD_ARP_SOURCE, .in = true, .verdict = NF_ACCEPT},
	{.match = IPV4, .set = SPOOF_IPV4, .field = NFT_FIELD_SOURCE, .in = true, .verdict = NF_ACCEPT},
	{.match = ADVERTISEMENT, .set = SPOOF_IPV6, .field = NFT_FIELD_ND_TARGET, .verdict = NF_DROP},
	{.match = IPV6, .set = SPOOF_IPV6, .field = NFT_FIELD_SOURCE, .in = true, .verdict = NF_ACCEPT},
	/* whatever a port with addresses sends beside, double VLAN tags among it, would get past all this */
	{.verdict = NF_DROP},
};

enum { SETS = sizeof sets / sizeof *sets, ROWS = sizeof rows / sizeof *rows };

static void add_match(struct nftnl_rule **rule, enum match match)
{
	switch (match) {
	case ANY:
		return;
	case ARP:
		nft_match_ethertype(rule, ETH_P_ARP);
		return;
	case OTHER_ARP:
		nft_match_ethertype(rule, ETH_P_ARP);
		nft_match_arp_ipv4(rule, false);
		return;
	case IPV4:
		nft_match_ethertype(rule, ETH_P_IP);
		return;
	case IPV6:
		nft_match_ethertype(rule, ETH_P_IPV6);
		return;
	case ADVERTISEMENT:
		nft_match_ethertype(rule, ETH_P_IPV6);
		nft_match_icmpv6(rule, ICMPV6_ADVERTISEMENT);
		return;
	}
}

static struct nftnl_rule *build_rule(const struct row *row)
{
	const enum nft_field fields[] = {NFT_FIELD_IIFNAME, row->field};
	const sa_family_t family = row->match == IPV4 ? AF_INET : AF_INET6;
	struct nftnl_rule *rule = nft_rule_begin(chain.name);

	add_match(&rule, row->match);
	if (row->set)
		nft_match_set(&rule, family, fields, row->field == NFT_FIELD_NONE ? 1 : 2, row->set, row->in);
	nft_verdict_is(&rule, row->verdict, NULL);
	return rule;
}

void spoof_ruleset_add(struct nft *nft)
{
	nft_add_table(nft);
	for (size_t i = 0; i < SETS; i++)
		nft_add_set(nft, &sets[i]);
	nft_add_chain(nft, &chain);
	for (size_t i = 0; i < ROWS; i++)
		nft_add_rule(nft, build_rule(&rows[i]), NFT_LAST);
}

static void free_rule(struct nftnl_rule **rule)
{
	if (*rule)
		nftnl_rule_free(*rule);
}

/** verify_rule() - *@into counts the rules that were as expected */
static int verify_rule(const struct nlmsghdr *answer, void *into, struct error *err)
{
	CLEANUP(free_rule) struct nftnl_rule *found = nftnl_rule_alloc();
	size_t *next = into;

	if (!found || nftnl_rule_nlmsg_parse(answer, found) < 0)
		return error_set(err, ERROR_KERNEL, found ? EBADMSG : ENOMEM, "nft list rules");
	if (*next == ROWS)
		return error_set(err, ERROR_DRIFT, 0, "nftables chain bridge %s %s has rules that are not ours",
				 SPOOF_TABLE, chain.name);
	CLEANUP(free_rule) struct nftnl_rule *wanted = build_rule(&rows[(*next)++]);
	if (!wanted)
		return error_set(err, ERROR_KERNEL, ENOMEM, "nft list rules");
	if (!ruleset_same_rule(wanted, found))
		return error_set(err, ERROR_DRIFT, 0, "a rule in nftables chain bridge %s %s was changed", SPOOF_TABLE,
				 chain.name);
	return 0;
}

static int verify_rules(struct nft_socket *socket, struct error *err)
{
	for (int round = 0; round < LIST_ROUNDS; round++) {
		struct error failure = ERROR_INIT;
		size_t count = 0;
		if (nft_list_rules_in(socket, NFPROTO_BRIDGE, SPOOF_TABLE, verify_rule, &count, &failure) == 0)
			return count == ROWS ? 0
					     : error_set(err, ERROR_DRIFT, 0, "nftables table bridge %s lacks rules",
							 SPOOF_TABLE);
		if (failure.errnum != EINTR) {
			error_merge(err, &failure);
			return -1;
		}
	}
	return error_set(err, ERROR_TRY_AGAIN, EINTR, "nft list rules: the list changed %d times while it was read",
			 LIST_ROUNDS);
}

static int verify_chain(struct nft_socket *socket, struct error *err)
{
	struct nft_chain_state state = {.family = NFPROTO_BRIDGE};
	bool present;

	if (nft_read_chain(socket, NFPROTO_BRIDGE, SPOOF_TABLE, chain.name, &state, &present, err) < 0)
		return -1;
	if (!present)
		return error_set(err, ERROR_DRIFT, 0, "nftables chain bridge %s %s is missing", SPOOF_TABLE,
				 chain.name);
	if (strcmp(state.type, chain.type) != 0 || state.hook != chain.hook || state.priority != chain.priority ||
	    state.policy != NF_ACCEPT)
		return error_set(err, ERROR_DRIFT, 0,
				 "nftables chain bridge %s %s has another hook, priority or policy", SPOOF_TABLE,
				 chain.name);
	return 0;
}

int spoof_ruleset_verify(struct nft_socket *socket, struct error *err)
{
	for (size_t i = 0; i < SETS; i++) {
		struct nft_set_state state = {.flags = 0};
		const struct nft_set_state wanted = nft_set_wanted(&sets[i]);
		bool present;
		if (nft_read_set_in(socket, NFPROTO_BRIDGE, SPOOF_TABLE, sets[i].name, &state, &present, err) < 0)
			return -1;
		if (!present || memcmp(&wanted, &state, sizeof wanted) != 0)
			return error_set(err, ERROR_DRIFT, 0, "nftables set bridge %s %s is %s", SPOOF_TABLE,
					 sets[i].name, present ? "of another type" : "missing");
	}
	return verify_chain(socket, err) < 0 ? -1 : verify_rules(socket, err);
}
