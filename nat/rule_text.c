/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as text. */
#include "nat/rule_text.h"

#include "kernel/nft.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>

void rule_free(struct nftnl_rule **rule)
{
	if (*rule)
		nftnl_rule_free(*rule);
}

static int put(struct rule_text *rule, int length)
{
	if (length < 0 || (size_t)length >= sizeof rule->text - rule->length)
		return -1;
	rule->length += (size_t)length;
	return 0;
}

/**
 * forget_number() - of a set without a name: the kernel has put one where we said %d
 * @printed: the expression, at the end of the text
 *
 * Taken out of the text, not of the expression: libnftnl 1.2.4 never frees a name that another one is set over.
 */
static void forget_number(struct rule_text *rule, const struct nftnl_expr *lookup, char *printed)
{
	const char *set = nftnl_expr_get_str(lookup, NFTNL_EXPR_LOOKUP_SET);
	const size_t length = strcspn(NFT_UNNAMED, "%");
	char *name = set && strncmp(set, NFT_UNNAMED, length) == 0 ? strstr(printed, set) : NULL;

	if (!name)
		return;
	const size_t number = strlen(set) - length;
	memmove(name + length, name + length + number, strlen(name + length + number) + 1);
	rule->length -= number;
}

static int print_expression(struct nftnl_expr *expression, void *into)
{
	struct rule_text *rule = into;
	const char *name = nftnl_expr_get_str(expression, NFTNL_EXPR_NAME);
	char *printed = rule->text + rule->length;

	if (strcmp(name, "counter") != 0 && put(rule, nftnl_expr_snprintf(printed, sizeof rule->text - rule->length,
									  expression, NFTNL_OUTPUT_DEFAULT, 0)) < 0)
		return -1;
	if (strcmp(name, "lookup") == 0)
		forget_number(rule, expression, printed);
	/* the name tells apart what prints alike */
	return put(rule, snprintf(rule->text + rule->length, sizeof rule->text - rule->length, "|%s\n", name));
}

static bool print_comment(struct nftnl_rule *rule, struct rule_text *text)
{
	uint32_t length = 0;
	const uint8_t *data = nftnl_rule_get_data(rule, NFTNL_RULE_USERDATA, &length);

	for (uint32_t i = 0; data && i < length; i++)
		if (put(text, snprintf(text->text + text->length, sizeof text->text - text->length, "%02x", data[i])) <
		    0)
			return false;
	return true;
}

bool rule_text_print(struct nftnl_rule *rule, struct rule_text *text)
{
	text->length = 0;
	text->text[0] = '\0';
	return rule && nftnl_expr_foreach(rule, print_expression, text) >= 0 && print_comment(rule, text);
}
