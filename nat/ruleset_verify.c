/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the skeleton in the kernel is the one that ruleset.c would build, expression by expression. */
#include "nat/ruleset.h"

#include "base/cleanup.h"
#include "nat/rule_text.h"
#include "nat/ruleset_table.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include <libnftnl/rule.h>

enum { LIST_ROUNDS = 10 };

bool ruleset_same_rule(struct nftnl_rule *wanted, struct nftnl_rule *found)
{
	struct rule_text expected, actual;

	return rule_text_print(wanted, &expected) && rule_text_print(found, &actual) &&
	       strcmp(expected.text, actual.text) == 0;
}

/** chain_index() - place of a chain in our table; the number of chains when it is not ours */
static size_t chain_index(const char *name)
{
	size_t index = 0;

	while (index < ruleset_chain_count() && strcmp(ruleset_chain(index)->name, name) != 0)
		index++;
	return index;
}

/** differs() - a rule of chain @found stands where one of @wanted should: one of the two has too few or too many */
static int differs(const char *found, const char *wanted, struct error *err)
{
	if (chain_index(found) > chain_index(wanted))
		return error_set(err, ERROR_DRIFT, 0, "nftables chain inet %s %s lacks rules", NAT_TABLE, wanted);
	return error_set(err, ERROR_DRIFT, 0, "nftables chain inet %s %s has rules that are not ours", NAT_TABLE,
			 found);
}

/** verify_rule() - *@into counts the rules that were as expected; the kernel lists them in the order of our table */
static int verify_rule(const struct nlmsghdr *answer, void *into, struct error *err)
{
	CLEANUP(rule_free) struct nftnl_rule *found = nftnl_rule_alloc();
	size_t *next = into;

	if (!found || !nft_rule_is_whole(answer) || nftnl_rule_nlmsg_parse(answer, found) < 0)
		return error_set(err, ERROR_KERNEL, found ? EBADMSG : ENOMEM, "nft list rules");
	const char *chain = nftnl_rule_get_str(found, NFTNL_RULE_CHAIN);
	if (!chain || chain_index(chain) == ruleset_chain_count())
		return 0;
	if (*next == ruleset_rule_count())
		return error_set(err, ERROR_DRIFT, 0, "nftables chain inet %s %s has rules that are not ours",
				 NAT_TABLE, chain);
	CLEANUP(rule_free) struct nftnl_rule *wanted = ruleset_rule(*next);
	if (!wanted)
		return error_set(err, ERROR_KERNEL, ENOMEM, "nft list rules");
	const char *wanted_chain = nftnl_rule_get_str(wanted, NFTNL_RULE_CHAIN);
	if (strcmp(chain, wanted_chain) != 0)
		return differs(chain, wanted_chain, err);
	if (!ruleset_same_rule(wanted, found))
		return error_set(err, ERROR_DRIFT, 0, "a rule in nftables chain inet %s %s was changed", NAT_TABLE,
				 chain);
	(*next)++;
	return 0;
}

static int verify_rules(struct nft_socket *socket, struct error *err)
{
	for (int round = 0; round < LIST_ROUNDS; round++) {
		struct error failure = ERROR_INIT;
		size_t count = 0;
		if (nft_list_rules(socket, NAT_TABLE, verify_rule, &count, &failure) == 0) {
			if (count == ruleset_rule_count())
				return 0;
			return error_set(err, ERROR_DRIFT, 0,
					 "nftables table inet %s lacks rules: %zu of %zu are there", NAT_TABLE, count,
					 ruleset_rule_count());
		}
		if (failure.errnum != EINTR) {
			error_merge(err, &failure);
			return -1;
		}
	}
	return error_set(err, ERROR_TRY_AGAIN, EINTR, "nft list rules: the list changed %d times while it was read",
			 LIST_ROUNDS);
}

static int verify_set(struct nft_socket *socket, size_t index, struct error *err)
{
	char name[NFT_NAME_SIZE];
	struct nft_set set;
	struct nft_set_state state = {.flags = 0};
	bool present;

	ruleset_set(index, &set, name);
	if (nft_read_set(socket, NAT_TABLE, name, &state, &present, err) < 0)
		return -1;
	if (!present)
		return error_set(err, ERROR_DRIFT, 0, "nftables set inet %s %s is missing", NAT_TABLE, name);
	const struct nft_set_state wanted = nft_set_wanted(&set);
	if (memcmp(&wanted, &state, sizeof wanted) != 0)
		return error_set(err, ERROR_DRIFT, 0, "nftables set inet %s %s is of another type", NAT_TABLE, name);
	return 0;
}

static int verify_chain(struct nft_socket *socket, const struct nft_chain *chain, struct error *err)
{
	struct nft_chain_state state = {.family = NFPROTO_INET};
	bool present;

	if (nft_read_chain(socket, NFPROTO_INET, NAT_TABLE, chain->name, &state, &present, err) < 0)
		return -1;
	if (!present)
		return error_set(err, ERROR_DRIFT, 0, "nftables chain inet %s %s is missing", NAT_TABLE, chain->name);
	if (strcmp(state.type, chain->type ? chain->type : "") != 0 ||
	    (chain->type &&
	     (state.hook != chain->hook || state.priority != chain->priority || state.policy != NF_ACCEPT)))
		return error_set(err, ERROR_DRIFT, 0, "nftables chain inet %s %s has another hook, priority or policy",
				 NAT_TABLE, chain->name);
	return 0;
}

/** verify_table() - one that is dormant has everything and does nothing */
static int verify_table(struct nft_socket *socket, struct error *err)
{
	uint32_t flags = 0;
	bool present;

	if (nft_read_table(socket, NAT_TABLE, &flags, &present, err) < 0)
		return -1;
	if (!present)
		return error_set(err, ERROR_DRIFT, 0, "nftables table inet %s is missing", NAT_TABLE);
	if (flags & NFT_TABLE_F_DORMANT)
		return error_set(err, ERROR_DRIFT, 0, "nftables table inet %s is dormant", NAT_TABLE);
	return 0;
}

int ruleset_verify(struct nft_socket *socket, struct error *err)
{
	if (verify_table(socket, err) < 0)
		return -1;
	for (size_t i = 0; i < ruleset_set_count(); i++)
		if (verify_set(socket, i, err) < 0)
			return -1;
	for (size_t i = 0; i < ruleset_chain_count(); i++)
		if (verify_chain(socket, ruleset_chain(i), err) < 0)
			return -1;
	return verify_rules(socket, err);
}
