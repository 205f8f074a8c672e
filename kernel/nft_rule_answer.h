/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rule says that somebody else has made: for whoever looks for one rule among many. */
#pragma once

#include "base/ip.h"

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

/* All functions take an answer of nft_list_rules() or nft_list_chain(); what is not there, or cut short, says no. */

/** nft_rule_handle() - the number that nft_delete_rule() wants; 0: it has none */
uint64_t nft_rule_handle(const struct nlmsghdr *answer);
/** nft_rule_leads_to() - whether its verdict is a jump or goto to this chain */
bool nft_rule_leads_to(const struct nlmsghdr *answer, const char *chain);
/** nft_rule_comment() - as nft or iptables would show it; NULL: none. Ends with the answer */
const char *nft_rule_comment(const struct nlmsghdr *answer);
/** nft_rule_has_comment() - whether it is this one. @prefix: or a longer one that begins so */
bool nft_rule_has_comment(const struct nlmsghdr *answer, const char *comment, bool prefix);
/** nft_rule_mentions() - whether it compares something with exactly this address, or loads it: for DNAT */
bool nft_rule_mentions(const struct nlmsghdr *answer, const struct ip *ip);
/**
 * nft_rule_accepts_all_of() - whether its verdict on packets from or to this address is "accept", whatever protocol and
 * ports they have: nothing else of their headers is looked at. The state of their connection may be.
 */
bool nft_rule_accepts_all_of(const struct nlmsghdr *answer, const struct ip *ip);
