/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains of rules: made by the first who needs one, compared, gone with the last. */
#include "nat/firewall.h"

#include "base/cleanup.h"
#include "nat/firewall_rules.h"
#include "nat/nat.h"
#include "nat/removal.h"
#include "nat/rule_text.h"
#include "nat/ruleset.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/rule.h>

/** add_chain() - a chain with its rules, whatever was in it before */
static void add_chain(struct nft *nft, const struct attachment *attachment, enum firewall_direction direction,
		      const struct firewall_chain *chain)
{
	struct lines lines;

	lines_fill(&lines, attachment, direction);
	nft_add_chain(nft, &(struct nft_chain){.name = chain->name});
	nft_flush_chain(nft, chain->name);
	for (size_t i = 0; i < lines.count; i++)
		nft_add_rule(nft, line_rule(nft, attachment, chain, &lines.lines[i]), NFT_LAST);
}

int firewall_add_missing(struct nft *nft, const struct attachment *attachment, struct kernel *kernel, struct error *err)
{
	struct firewall_chain chain;

	for (int direction = 0; direction < FIREWALL_CHAINS; direction++) {
		struct nft_chain_state state;
		bool present;
		if (!firewall_chain(attachment, (enum firewall_direction)direction, &chain))
			continue;
		if (nft_read_chain(kernel->nft, NFPROTO_INET, NAT_TABLE, chain.name, &state, &present, err) < 0)
			return -1;
		if (!present)
			add_chain(nft, attachment, (enum firewall_direction)direction, &chain);
	}
	return 0;
}

void chain_list_free(struct chain_list *list)
{
	free(list->chains);
	*list = (struct chain_list){.chains = NULL};
}

/** remember() - false: it was there before, or there is no memory */
static bool remember(struct chain_list *list, const struct firewall_chain *chain)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->chains[i].name, chain->name) == 0)
			return false;
	struct firewall_chain *larger = reallocarray(list->chains, list->count + 1, sizeof *larger);
	list->failed = list->failed || !larger;
	if (!larger)
		return false;
	list->chains = larger;
	list->chains[list->count++] = *chain;
	return true;
}

void firewall_add_once(struct nft *nft, const struct attachment *attachment, struct chain_list *made)
{
	struct firewall_chain chain;

	for (int direction = 0; direction < FIREWALL_CHAINS; direction++)
		if (firewall_chain(attachment, (enum firewall_direction)direction, &chain) && remember(made, &chain))
			add_chain(nft, attachment, (enum firewall_direction)direction, &chain);
}

int firewall_keep_present(struct element_list *own, struct kernel *kernel, struct error *err)
{
	const bool by_address = own->filtered && own->filtered->mode == MODE_BRIDGE;

	for (size_t i = own->count; i-- > 0;) {
		struct nft_element found;
		bool present;
		if (!own->elements[i].nft.jump[0])
			continue;
		if (nft_get_element(kernel->nft, NAT_TABLE, &own->elements[i].nft, &found, &present, err) < 0)
			return -1;
		if (!present || (by_address && strcmp(found.jump, own->elements[i].nft.jump) != 0))
			elements_drop(own, i);
	}
	return 0;
}

/** struct comparison - of a chain in the kernel with what it should be; @next: lines that were as expected */
struct comparison {
	const struct attachment *attachment;
	const struct firewall_chain *chain;
	struct lines lines;
	size_t next;
};

static int drift(const struct comparison *comparison, const char *what, struct error *err)
{
	return error_set(err, ERROR_DRIFT, 0, "nftables chain inet %s %s %s", NAT_TABLE, comparison->chain->name, what);
}

static int compare_rule(const struct nlmsghdr *answer, void *into, struct error *err)
{
	CLEANUP(rule_free) struct nftnl_rule *found = nftnl_rule_alloc();
	struct comparison *comparison = into;
	struct rule_text actual, expected;

	if (!found || nftnl_rule_nlmsg_parse(answer, found) < 0)
		return error_set(err, ERROR_KERNEL, found ? EBADMSG : ENOMEM, "nft list rules");
	/* a kernel that does not know the question lists all chains */
	const char *chain = nftnl_rule_get_str(found, NFTNL_RULE_CHAIN);
	if (!chain || strcmp(chain, comparison->chain->name) != 0)
		return 0;
	if (comparison->next == comparison->lines.count)
		return drift(comparison, "has rules that are not ours", err);
	CLEANUP(rule_free)
	struct nftnl_rule *wanted =
		line_rule(NULL, comparison->attachment, comparison->chain, &comparison->lines.lines[comparison->next]);
	if (!rule_text_print(wanted, &expected))
		return error_set(err, ERROR_KERNEL, ENOMEM, "nft list rules");
	if (!rule_text_print(found, &actual) || strcmp(expected.text, actual.text) != 0)
		return drift(comparison, "has a rule that was changed", err);
	comparison->next++;
	return 0;
}

static int verify_rules(const struct attachment *want, enum firewall_direction direction,
			const struct firewall_chain *chain, struct kernel *kernel, struct error *err)
{
	enum { LIST_ROUNDS = 10 };
	struct comparison comparison = {.attachment = want, .chain = chain};

	lines_fill(&comparison.lines, want, direction);
	for (int round = 0; round < LIST_ROUNDS; round++) {
		struct error failure = ERROR_INIT;
		comparison.next = 0;
		if (nft_list_chain(kernel->nft, NAT_TABLE, chain->name, compare_rule, &comparison, &failure) == 0)
			return comparison.next == comparison.lines.count ? 0 : drift(&comparison, "lacks rules", err);
		if (failure.errnum != EINTR) {
			error_merge(err, &failure);
			return -1;
		}
	}
	return error_set(err, ERROR_TRY_AGAIN, EINTR, "nft list rules: the list changed %d times while it was read",
			 LIST_ROUNDS);
}

int firewall_verify(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	struct firewall_chain chain;

	for (int direction = 0; direction < FIREWALL_CHAINS; direction++) {
		if (firewall_chain(want, (enum firewall_direction)direction, &chain) &&
		    verify_rules(want, (enum firewall_direction)direction, &chain, kernel, err) < 0)
			return -1;
	}
	return 0;
}

/** struct survey - of the chains of a network. @seen: each is looked at once */
struct survey {
	struct chain_list seen;
	struct kernel *kernel;
	struct error *err;
};

static void survey_free(struct survey *survey)
{
	chain_list_free(&survey->seen);
}

static int survey_record(const struct attachment *attachment, void *argument, struct error *err)
{
	struct survey *survey = argument;
	struct firewall_chain chain;

	(void)err;
	for (int direction = 0; attachment->state == ATTACHMENT_READY && direction < FIREWALL_CHAINS; direction++) {
		struct error drift = ERROR_INIT;
		if (!firewall_chain(attachment, (enum firewall_direction)direction, &chain) ||
		    !remember(&survey->seen, &chain))
			continue;
		if (verify_rules(attachment, (enum firewall_direction)direction, &chain, survey->kernel, &drift) < 0)
			error_warn(survey->err, "%s (cambric reload makes the table anew)", drift.msg);
	}
	return 0;
}

void firewall_warn_of_changes(const struct attachment *want, struct store *store, struct kernel *kernel,
			      struct error *err)
{
	CLEANUP(survey_free) struct survey survey = {.kernel = kernel, .err = err};
	struct error unread = ERROR_INIT;

	if (want->firewall.ingress == INGRESS_OPEN && want->firewall.rule_count == 0 && want->mark_count == 0)
		return;
	if (record_walk(store, want->id.network, survey_record, &survey, &unread) < 0)
		error_warn(err, "chains of rules were not looked at: %s", unread.msg);
	if (survey.seen.failed)
		error_warn(err, "chains of rules were not looked at: no memory");
}

/** remove_chain() - making what is to be removed makes removing it succeed whether or not it was there */
static int remove_chain(const struct firewall_chain *chain, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct nft *nft = nft_begin(NAT_TABLE);

	nft_add_chain(nft, &(struct nft_chain){.name = chain->name});
	nft_delete_chain(nft, chain->name);
	if (nft_commit(nft, kernel->nft, &refusal) == 0 || nobody_has_it(&refusal))
		return 0;
	/* a rule or an element that is not ours leads there: whoever made it has to end it */
	if (refusal.errnum == EBUSY) {
		error_warn(err, "nftables chain inet %s %s stays, others use it: %s", NAT_TABLE, chain->name,
			   refusal.msg);
		return 0;
	}
	error_merge(err, &refusal);
	return -1;
}

int firewall_network_remove(const struct attachment *want, struct store *store, struct kernel *kernel,
			    struct error *err)
{
	char name[USE_NAME_SIZE];
	struct firewall_chain chain;
	int status = 0;

	for (int direction = 0; direction < FIREWALL_CHAINS; direction++) {
		bool last;
		if (!firewall_chain(want, (enum firewall_direction)direction, &chain))
			continue;
		if (use_is_last(store, use_name_chain(&chain, name), &want->id, &last, err) < 0 ||
		    (last && remove_chain(&chain, kernel, err) < 0))
			status = -1;
	}
	return status;
}
