/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a chain of a network consists of: nat/firewall.c builds it and compares with it. */
#pragma once

#include "conf/firewall_chain.h"
#include "kernel/nft.h"

/* A rule of the configuration is there once per family, when it rejects any protocol twice, and once more when it logs */
enum { MAX_LINES = 6 * MAX_FIREWALL_RULES + 2 * MAX_ADDRESSES + 8 };

/**
 * enum line_kind - what a line of a chain is there for
 * @LINE_REPLIES:   what belongs to a connection that was let through passes
 * @LINE_DISCOVERY: IPv6 of a container is dead without it
 * @LINE_LOG:       of a rule that logs, in front of it: what is too much for the log goes on all the same
 * @LINE_RULE:      of the configuration
 * @LINE_PUBLISHED: connections through a published port pass
 * @LINE_OWN:       connections from the own network pass
 * @LINE_REST:      nothing else does
 * @LINE_MARK:      writes on packets; all that match are met
 */
enum line_kind { LINE_REPLIES, LINE_DISCOVERY, LINE_LOG, LINE_RULE, LINE_PUBLISHED, LINE_OWN, LINE_REST, LINE_MARK };

/**
 * struct line - one rule of the kernel
 * @family: AF_UNSPEC: of both
 * @place:  of LINE_LOG, LINE_RULE: in the configuration; of LINE_OWN: address of the attachment
 * @reset:  of LINE_RULE that rejects: TCP alone, by a reset
 * @marks:  of LINE_MARK: enum mark_fields bits that it sets
 */
struct line {
	enum line_kind kind;
	sa_family_t family;
	size_t place;
	bool reset;
	uint8_t marks;
};

/** struct lines - of one chain, in the order in which packets meet them */
struct lines {
	size_t count;
	struct line lines[MAX_LINES];
};

void lines_fill(struct lines *lines, const struct attachment *attachment, enum firewall_direction direction);

/**
 * line_rule() - build one
 * @nft: takes the sets that the rule needs, before it; NULL: only to compare
 *
 * Return: to be freed, or handed to nft_add_rule(); NULL without memory
 */
struct nftnl_rule *line_rule(struct nft *nft, const struct attachment *attachment, const struct firewall_chain *chain,
			     const struct line *line);
