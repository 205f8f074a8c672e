/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions of nf_tables (linux/netfilter/nf_tables.h). */
#include "kernel/nft_expression.h"

#include <linux/netfilter/nf_tables.h>
#include <stdio.h> /* expr.h needs FILE */

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>

void nft_give_up(struct nftnl_rule **rule)
{
	nftnl_rule_free(*rule);
	*rule = NULL;
}

struct nftnl_expr *nft_expression(struct nftnl_rule **rule, const char *name)
{
	struct nftnl_expr *expression = *rule ? nftnl_expr_alloc(name) : NULL;

	if (expression)
		nftnl_rule_add_expr(*rule, expression);
	else if (*rule)
		nft_give_up(rule);
	return expression;
}

void nft_set_number(struct nftnl_expr *expression, uint16_t attribute, uint32_t number)
{
	if (expression)
		nftnl_expr_set_u32(expression, attribute, number);
}

void nft_set_bytes(struct nftnl_rule **rule, struct nftnl_expr *expression, uint16_t attribute, const void *bytes,
		   uint32_t length)
{
	if (*rule && expression && nftnl_expr_set(expression, attribute, bytes, length) < 0)
		nft_give_up(rule);
}

void nft_set_text(struct nftnl_rule **rule, struct nftnl_expr *expression, uint16_t attribute, const char *text)
{
	if (*rule && expression && nftnl_expr_set_str(expression, attribute, text) < 0)
		nft_give_up(rule);
}

/* The kernel answers with the wide number where a wide register starts, so we say it that way too */
uint32_t nft_register(uint32_t word)
{
	return word % NFT_WORDS_PER_REGISTER == 0 ? NFT_REG_1 + word / NFT_WORDS_PER_REGISTER : NFT_REG32_00 + word;
}

void nft_load_meta(struct nftnl_rule **rule, uint32_t key, uint32_t word)
{
	struct nftnl_expr *meta = nft_expression(rule, "meta");

	nft_set_number(meta, NFTNL_EXPR_META_KEY, key);
	nft_set_number(meta, NFTNL_EXPR_META_DREG, nft_register(word));
}

void nft_load_payload(struct nftnl_rule **rule, uint32_t base, size_t offset, size_t length, uint32_t word)
{
	struct nftnl_expr *payload = nft_expression(rule, "payload");

	nft_set_number(payload, NFTNL_EXPR_PAYLOAD_BASE, base);
	nft_set_number(payload, NFTNL_EXPR_PAYLOAD_OFFSET, (uint32_t)offset);
	nft_set_number(payload, NFTNL_EXPR_PAYLOAD_LEN, (uint32_t)length);
	nft_set_number(payload, NFTNL_EXPR_PAYLOAD_DREG, nft_register(word));
}

void nft_compare(struct nftnl_rule **rule, uint32_t operator, const void * bytes, size_t length)
{
	struct nftnl_expr *cmp = nft_expression(rule, "cmp");

	nft_set_number(cmp, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nft_set_number(cmp, NFTNL_EXPR_CMP_OP, operator);
	nft_set_bytes(rule, cmp, NFTNL_EXPR_CMP_DATA, bytes, (uint32_t)length);
}

void nft_rewrite(struct nftnl_rule **rule, const void *kept, const void *flipped, uint32_t length)
{
	struct nftnl_expr *bitwise = nft_expression(rule, "bitwise");

	nft_set_number(bitwise, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nft_set_number(bitwise, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nft_set_number(bitwise, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
	nft_set_number(bitwise, NFTNL_EXPR_BITWISE_LEN, length);
	nft_set_bytes(rule, bitwise, NFTNL_EXPR_BITWISE_MASK, kept, length);
	nft_set_bytes(rule, bitwise, NFTNL_EXPR_BITWISE_XOR, flipped, length);
}
