/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The skeleton as data: nat/ruleset.c and ruleset_sets.c build it, nat/ruleset_verify.c compares with it. */
#pragma once

#include "kernel/nft.h"
#include "kernel/nft_rule.h"

#include <stddef.h>

struct nftnl_rule;

enum { RULESET_FAMILIES = 2 };

/** struct ruleset_place - a row of a table and the family it is taken for */
struct ruleset_place {
	size_t row;
	sa_family_t family;
};

/** ruleset_find_place() - the @index'th object when each row is there as often as @copies says */
struct ruleset_place ruleset_find_place(size_t index, size_t (*copies)(size_t row));

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
