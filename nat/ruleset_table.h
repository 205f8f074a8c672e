/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The skeleton as data: nat/ruleset.c builds it, nat/ruleset_verify.c compares with it. */
#pragma once

#include "kernel/nft.h"
#include "kernel/nft_rule.h"

#include <stddef.h>

struct nftnl_rule;

/** ruleset_set_count(), ruleset_set() - the sets, both families resolved */
size_t ruleset_set_count(void);
/** ruleset_set() - describe one; @name is where its name is kept */
void ruleset_set(size_t index, struct nft_set *set, char name[static NFT_NAME_SIZE]);

size_t ruleset_chain_count(void);
const struct nft_chain *ruleset_chain(size_t index);

size_t ruleset_rule_count(void);
/** ruleset_rule() - build one, in the order in which they stand in their chains; NULL: no memory. To be freed */
struct nftnl_rule *ruleset_rule(size_t index);

/** ruleset_same_rule() - whether two rules have the same expressions; false also without memory */
bool ruleset_same_rule(struct nftnl_rule *wanted, struct nftnl_rule *found);
