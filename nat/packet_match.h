/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A match of the configuration as expressions of a rule. */
#pragma once

#include "conf/packet_match.h"
#include "kernel/nft.h"
#include "kernel/nft_rule.h"

/**
 * packet_match_put() - append to @rule what makes it match
 * @nft:    takes the sets that lists become, before the rule itself; NULL: the rule is only for comparing
 * @family: whose addresses are meant; the rule has asked for the family already. AF_UNSPEC: the match has none
 */
void packet_match_put(struct nft *nft, struct nftnl_rule **rule, const struct packet_match *match, sa_family_t family);
