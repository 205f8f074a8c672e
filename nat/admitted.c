/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A drop in one table of nf_tables is final, so where Docker has set the policy of FORWARD to drop, only a rule in a chain
 * of that table lets packets pass. The comment of a rule tells which subnet it is for: both of them go together.
 */
#include "nat/admitted.h"

#include "base/cleanup.h"
#include "kernel/nft.h"
#include "kernel/nft_rule.h"
#include "kernel/nft_rule_answer.h"
#include "nat/foreign.h"

#include <linux/netfilter.h>
#include <stdio.h>

static const char TABLE[] = "filter";
static const char CHAIN[] = "DOCKER-USER";

/* of one subnet; SEARCH_ROUNDS: as in nat/leftover_search.c */
enum { RULES = 2, SEARCH_ROUNDS = 1000 };

/** struct rules - those of a subnet; @count: how many there are */
struct rules {
	const struct prefix *subnet;
	char comment[NFT_COMMENT_SIZE];
	size_t count;
	uint64_t handles[RULES];
};

static struct rules rules_of(const struct prefix *subnet)
{
	struct rules rules = {.subnet = subnet};
	char text[PREFIX_TEXT_SIZE];

	(void)snprintf(rules.comment, sizeof rules.comment, "cambric %s", prefix_format(subnet, text));
	return rules;
}

static int note_rule(const struct nlmsghdr *answer, void *into, struct error *err)
{
	struct rules *rules = into;

	(void)err;
	if (rules->count < RULES && nft_rule_has_comment(answer, rules->comment, false))
		rules->handles[rules->count++] = nft_rule_handle(answer);
	return 0;
}

/** find_rules() - of one subnet; *@chain: whether there is anything they could be in */
static int find_rules(struct rules *rules, bool *chain, struct kernel *kernel, struct error *err)
{
	const uint8_t family = (uint8_t)rules->subnet->ip.family; /* nf_tables has the same numbers */
	struct nft_chain_state state;

	rules->count = 0;
	if (nft_read_chain(kernel->nft, family, TABLE, CHAIN, &state, chain, err) < 0)
		return -1;
	return *chain ? nft_list_chain_in(kernel->nft, family, TABLE, CHAIN, note_rule, rules, err) : 0;
}

/** delete_rules() - append it to a transaction; what somebody else deletes meanwhile makes that void: ENOENT */
static void delete_rules(struct nft *nft, const struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		nft_delete_rule(nft, CHAIN, rules->handles[i]);
}

static void insert_rules(struct nft *nft, const struct rules *rules)
{
	static const enum nft_field fields[RULES] = {NFT_FIELD_SOURCE, NFT_FIELD_DESTINATION};

	for (size_t i = 0; i < RULES; i++) {
		struct nftnl_rule *rule = nft_rule_begin(CHAIN);
		nft_match_prefix(&rule, fields[i], rules->subnet);
		nft_count(&rule);
		nft_verdict_is(&rule, NF_ACCEPT, NULL);
		nft_comment(&rule, rules->comment);
		nft_add_rule(nft, rule, NFT_FIRST);
	}
}

/** settle() - one attempt at all rules being there, or none */
static int settle(struct rules *rules, bool wanted, struct kernel *kernel, struct error *err)
{
	bool chain;

	if (find_rules(rules, &chain, kernel, err) < 0)
		return -1;
	if (!chain && wanted)
		foreign_warn_iptables(rules->subnet->ip.family, kernel, err);
	if (!chain || rules->count == (wanted ? RULES : 0))
		return 0;
	struct nft *nft = nft_begin("");
	nft_turn_to(nft, (uint8_t)rules->subnet->ip.family, TABLE);
	delete_rules(nft, rules);
	if (wanted)
		insert_rules(nft, rules);
	return nft_commit(nft, kernel->nft, err);
}

static int settle_subnet(const struct prefix *subnet, bool wanted, struct kernel *kernel, struct error *err)
{
	struct rules rules = rules_of(subnet);

	for (int round = 0; round < SEARCH_ROUNDS; round++) {
		struct error refusal = ERROR_INIT;
		if (settle(&rules, wanted, kernel, &refusal) == 0) {
			error_merge(err, &refusal); /* warnings */
			if (wanted || rules.count < RULES)
				return 0;
			continue; /* what was restored into the chain may be there twice */
		}
		if (refusal.errnum != ENOENT && refusal.errnum != EINTR) {
			error_merge(err, &refusal);
			return -1;
		}
	}
	return error_set(err, ERROR_TRY_AGAIN, 0, "chain %s changed %d times while rules of %s were settled", CHAIN,
			 SEARCH_ROUNDS, rules.comment);
}

static int ensure_in_section(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	for (size_t i = 0; i < want->address_count; i++)
		if (settle_subnet(&want->addresses[i].subnet, true, kernel, err) < 0)
			return -1;
	return 0;
}

int admitted_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	if (!want->docker_user)
		return 0;
	if (store_begin(store, err) < 0)
		return -1;
	int status = ensure_in_section(want, kernel, err);
	store_end(store);
	return status;
}

int admitted_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	for (size_t i = 0; want->docker_user && i < want->address_count; i++) {
		struct rules rules = rules_of(&want->addresses[i].subnet);
		bool chain;
		if (find_rules(&rules, &chain, kernel, err) < 0)
			return -1;
		if (chain && rules.count < RULES)
			return error_set(err, ERROR_DRIFT, 0, "rules \"%s\" in chain %s are missing", rules.comment,
					 CHAIN);
	}
	return 0;
}

int admitted_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	char name[USE_NAME_SIZE];
	bool last;

	for (size_t i = 0; want->docker_user && i < want->address_count; i++) {
		const struct prefix *subnet = &want->addresses[i].subnet;
		if (use_is_last(store, use_name_admitted(subnet, name), &want->id, &last, err) < 0 ||
		    (last && settle_subnet(subnet, false, kernel, err) < 0))
			return -1;
	}
	return 0;
}
