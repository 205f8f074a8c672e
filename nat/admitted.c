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
#include <string.h>

static const char TABLE[] = "filter";
static const char CHAIN[] = "DOCKER-USER";
static const char OWNER[] = "cambric ";

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

	(void)snprintf(rules.comment, sizeof rules.comment, "%s%s", OWNER, prefix_format(subnet, text));
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

/** list() - all rules of a family (nf_tables has the same numbers); *@chain: whether there is anything they could be in */
static int list(sa_family_t family, nft_visit visit, void *into, bool *chain, struct kernel *kernel, struct error *err)
{
	struct nft_chain_state state;

	if (nft_read_chain(kernel->nft, (uint8_t)family, TABLE, CHAIN, &state, chain, err) < 0)
		return -1;
	return *chain ? nft_list_chain_in(kernel->nft, (uint8_t)family, TABLE, CHAIN, visit, into, err) : 0;
}

static int find_rules(struct rules *rules, bool *chain, struct kernel *kernel, struct error *err)
{
	rules->count = 0;
	return list(rules->subnet->ip.family, note_rule, rules, chain, kernel, err);
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

/** struct walk - one over the records; @settled: the last subnet of each family, as most records have the same */
struct walk {
	struct kernel *kernel;
	struct prefix settled[2];
};

static int restore(const struct attachment *record, void *argument, struct error *err)
{
	struct walk *walk = argument;
	const bool wanted = record->docker_user && record->state != ATTACHMENT_REMOVING;

	for (size_t i = 0; wanted && i < record->address_count; i++) {
		const struct prefix *subnet = &record->addresses[i].subnet;
		struct prefix *settled = &walk->settled[subnet->ip.family == AF_INET];
		if (prefix_equal(subnet, settled))
			continue;
		if (settle_subnet(subnet, true, walk->kernel, err) < 0)
			return -1;
		*settled = *subnet;
	}
	return 0;
}

/** struct search - for rules of ours that are nobody's any more; @family, @all: which ones */
struct search {
	struct store *store;
	sa_family_t family;
	bool all, found;
	struct prefix subnet;
};

static int look(const struct nlmsghdr *answer, void *into, struct error *err)
{
	struct search *search = into;
	const char *comment = nft_rule_comment(answer);
	char name[USE_NAME_SIZE];

	if (search->found || !comment || strncmp(comment, OWNER, sizeof OWNER - 1) != 0 ||
	    !prefix_parse(comment + sizeof OWNER - 1, &search->subnet) || search->subnet.ip.family != search->family)
		return 0;
	const struct rules rules = rules_of(&search->subnet);
	if (strcmp(comment, rules.comment) != 0)
		return 0; /* another way to write it is not ours */
	return use_is_abandoned(search->store, use_name_admitted(&search->subnet, name), search->all, &search->found,
				err);
}

/** remove_abandoned() - those of one subnet after the other */
static int remove_abandoned(struct search *search, struct kernel *kernel, struct error *err)
{
	bool chain;

	do {
		search->found = false;
		if (list(search->family, look, search, &chain, kernel, err) < 0 ||
		    (search->found && settle_subnet(&search->subnet, false, kernel, err) < 0))
			return -1;
	} while (search->found);
	return 0;
}

static int settle_in_section(struct store *store, struct kernel *kernel, bool all, struct error *err)
{
	struct search search = {.store = store, .family = AF_INET, .all = all};
	struct walk walk = {.kernel = kernel};

	if ((all && record_walk(store, NULL, restore, &walk, err) < 0) || remove_abandoned(&search, kernel, err) < 0)
		return -1;
	search.family = AF_INET6;
	return remove_abandoned(&search, kernel, err);
}

int admitted_settle(struct store *store, struct kernel *kernel, bool all, struct error *err)
{
	if (store_begin(store, err) < 0)
		return -1;
	int status = settle_in_section(store, kernel, all, err);
	store_end(store);
	return status;
}
