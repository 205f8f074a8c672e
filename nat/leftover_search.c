/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding rules of the reference plugins, and one transaction for all of them.
 *
 * iptables-nft has its chains and rules in tables of nf_tables. Rules are deleted by their handle: what somebody else deleted or
 * replaced between our look and our transaction makes the latter void (ENOENT), and we look again.
 */
#include "nat/leftover_search.h"

#include "base/cleanup.h"
#include "kernel/nft.h"
#include "kernel/nft_rule_answer.h"
#include "kernel/xtables.h"
#include "nat/removal.h"

#include <string.h>

/* Somebody who rewrites the same chain without a pause wins every second round, which takes a third of a millisecond. Of two
   families a chain each */
enum { SEARCH_ROUNDS = 1000, ALL_CHAINS = 3 };

/* NFT_NAME_MAXLEN of the kernel, with the zero: a question for a longer name is refused */
enum { LONGEST_NAME = 256 };

static void free_transaction(struct leftovers *found)
{
	nft_free(found->nft);
}

bool leftover_spared(const struct nlmsghdr *answer, const struct attachment *want)
{
	for (size_t i = 0; i < want->address_count; i++)
		if (nft_rule_mentions(answer, &want->addresses[i].ip))
			return false;
	return want->address_count > 0;
}

int leftover_exists(const struct leftovers *found, const struct leftover_place *place, bool *exists, struct error *err)
{
	struct nft_chain_state state;

	*exists = false;
	if (strlen(place->chain) >= LONGEST_NAME)
		return 0;
	return nft_read_chain(found->socket, place->family, place->table, place->chain, &state, exists, err);
}

/**
 * struct selection - one list of rules that is being looked at
 * @is_ours: NULL: rules that lead to the chain of @place are
 * @spared: some were left alone
 */
struct selection {
	struct leftovers *found;
	const struct leftover_place *place;
	leftover_is is_ours;
	bool spared;
};

static int select_rule(const struct nlmsghdr *answer, void *into, struct error *err)
{
	struct selection *selection = into;
	const struct leftover_place *place = selection->place;
	struct leftovers *found = selection->found;

	(void)err;
	if (!(selection->is_ours ? selection->is_ours(answer, found->want) : nft_rule_leads_to(answer, place->chain)))
		return 0;
	if (place->by_source && leftover_spared(answer, found->want)) {
		selection->spared = true;
		return 0;
	}
	nft_delete_rule(found->nft, selection->is_ours ? place->chain : place->entry, nft_rule_handle(answer));
	found->count++;
	return 0;
}

static int select_rules(struct selection *selection, const char *chain, struct error *err)
{
	const struct leftover_place *place = selection->place;

	nft_turn_to(selection->found->nft, place->family, place->table);
	return nft_list_chain_in(selection->found->socket, place->family, place->table, chain, select_rule, selection,
				 err);
}

int leftover_find_rules(struct leftovers *found, const struct leftover_place *place, leftover_is is_ours,
			struct error *err)
{
	struct selection selection = {.found = found, .place = place, .is_ours = is_ours};

	return select_rules(&selection, place->chain, err);
}

static void delete_chain(struct leftovers *found, const char *chain, bool keep)
{
	nft_flush_chain(found->nft, chain);
	if (!keep)
		nft_delete_chain(found->nft, chain);
	found->count++;
}

int leftover_find_chain(struct leftovers *found, const struct leftover_place *place, struct error *err)
{
	struct selection selection = {.found = found, .place = place};
	bool exists;

	if (leftover_exists(found, place, &exists, err) < 0)
		return -1;
	if (!exists)
		return 0;
	if (select_rules(&selection, place->entry, err) < 0)
		return -1;
	if (selection.spared)
		return 0;
	const bool keep = found->keep & 1U << found->chains++;
	if (keep)
		error_warn(err,
			   "nftables chain %s %s stays, empty: a rule that is not the reference plugins' leads to it",
			   place->table, place->chain);
	delete_chain(found, place->chain, keep);
	if (place->inner)
		delete_chain(found, place->inner, keep);
	return 0;
}

/** attempt() - one search and its transaction */
static int attempt(const struct attachment *want, leftover_search search, unsigned keep, struct kernel *kernel,
		   struct error *err)
{
	CLEANUP(free_transaction)
	struct leftovers found = {.want = want, .socket = kernel->nft, .nft = nft_begin(""), .keep = keep};

	if (search(&found, err) < 0)
		return -1;
	if (found.count == 0)
		return 0;
	struct nft *nft = found.nft;
	found.nft = NULL;
	return nft_commit(nft, kernel->nft, err);
}

/** changed_meanwhile() - while it was read, or since: somebody else deleted or replaced a rule */
static bool changed_meanwhile(const struct error *refusal)
{
	return refusal->errnum == EINTR || refusal->errnum == ENOENT;
}

int leftover_take_away(const struct attachment *want, leftover_search search, struct kernel *kernel, struct error *err)
{
	unsigned keep = 0;

	for (int round = 0; round < SEARCH_ROUNDS;) {
		struct error refusal = ERROR_INIT;
		if (attempt(want, search, keep, kernel, &refusal) == 0) {
			error_merge(err, &refusal);
			return 0;
		}
		if (changed_meanwhile(&refusal)) {
			round++;
		} else if (refusal.errnum == EBUSY && keep < ALL_CHAINS) {
			/* Which chain it is the refusal does not say: first without one, then without the other, then both */
			keep++;
		} else if (nobody_has_it(&refusal)) {
			return 0;
		} else {
			error_merge(err, &refusal);
			return -1;
		}
	}
	return error_set(err, ERROR_TRY_AGAIN, 0,
			 "rules of the reference plugins changed %d times while they were removed", SEARCH_ROUNDS);
}

void leftover_warn_legacy(sa_family_t family, const char *table, const void *bytes, size_t length, const char *what,
			  const char *words, struct error *err)
{
	const char *program = family == AF_INET6 ? "ip6tables" : "iptables";
	struct error unread = ERROR_INIT;
	bool left;

	if (xtables_contain(family, table, bytes, length, &left, &unread) < 0)
		error_warn(err, "table %s of %s-legacy may have rules of the reference plugins: %s", table, program,
			   unread.msg);
	else if (left)
		error_warn(err,
			   "table %s of %s-legacy still has %s: %s-legacy-save -c -t %s | grep -v -e '%s' | "
			   "%s-legacy-restore -c takes it away",
			   table, program, what, program, table, words, program);
}
