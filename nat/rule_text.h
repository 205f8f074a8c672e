/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as text, to be compared: for ruleset_verify.c and firewall.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct nftnl_rule;

enum { RULE_TEXT_SIZE = 2048 };

/** struct rule_text - the expressions of a rule as libnftnl prints them, and its comment: equal text, equal meaning */
struct rule_text {
	size_t length;
	char text[RULE_TEXT_SIZE];
};

/**
 * rule_text_print() - expressions and comment of a rule
 *
 * What a counter has counted and which number the kernel gave to a set without a name are left out.
 *
 * Return: false when there is no rule (no memory), or one longer than any of ours
 */
bool rule_text_print(struct nftnl_rule *rule, struct rule_text *text);

/** rule_free() - for CLEANUP() */
void rule_free(struct nftnl_rule **rule);
