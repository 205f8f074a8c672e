/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Search and removal, for leftovers.c. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"

#include <linux/netlink.h>
#include <stdbool.h>

struct nft;

/**
 * struct leftovers - what has been found
 * @nft:   the transaction that takes it away
 * @count: requests in it
 * @chains: chains of the container found so far
 * @keep: a bit for each of them: somebody else's rule leads to it, so it is only emptied
 */
struct leftovers {
	const struct attachment *want;
	struct nft_socket *socket;
	struct nft *nft;
	size_t count;
	unsigned chains, keep;
};

/**
 * struct leftover_place - a chain; @family: NFPROTO_...
 * @entry: of a chain that is the container's: where the rules are that lead to it
 * @inner: another chain of the container, to which only this one leads; NULL: none
 * @by_source: rules that lead to it say whose packets: those of other addresses than @want's stay, and the chain with them
 */
struct leftover_place {
	uint8_t family;
	const char *table, *chain, *entry, *inner;
	bool by_source;
};

/** leftover_is - whether a rule is one that @want left behind */
typedef bool (*leftover_is)(const struct nlmsghdr *answer, const struct attachment *want);

/** leftover_spared() - whether the addresses of @want are known, and the rule is about another one */
bool leftover_spared(const struct nlmsghdr *answer, const struct attachment *want);

/** leftover_exists() - by one question: is there such a chain? */
int leftover_exists(const struct leftovers *found, const struct leftover_place *place, bool *exists, struct error *err);
/** leftover_find_rules() - those of a chain that @is_ours says yes to */
int leftover_find_rules(struct leftovers *found, const struct leftover_place *place, leftover_is is_ours,
			struct error *err);
/** leftover_find_chain() - a chain of the container, and the rules that lead to it */
int leftover_find_chain(struct leftovers *found, const struct leftover_place *place, struct error *err);

/** leftover_search - fills @found by the functions above; called again when somebody else changed the rules meanwhile */
typedef int (*leftover_search)(struct leftovers *found, struct error *err);

/** leftover_take_away() - search and remove. A kernel that knows nothing of the matter has nothing */
int leftover_take_away(const struct attachment *want, leftover_search search, struct kernel *kernel, struct error *err);

/**
 * leftover_warn_legacy() - when a table of iptables-legacy contains these bytes
 * @what:  what that means, for the warning
 * @words: what to look for in the lines of iptables-legacy-save
 */
void leftover_warn_legacy(sa_family_t family, const char *table, const void *bytes, size_t length, const char *what,
			  const char *words, struct error *err);
