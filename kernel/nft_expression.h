/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules of nf_tables are made of, for kernel/nft_rule.c: the expressions that it needs more than once. */
#pragma once

#include "kernel/nft_rule.h"

#include <stddef.h>
#include <stdint.h>

/* A register holds 16 bytes; those of 4 bytes are the same memory */
enum { NFT_WORD = 4, NFT_WORDS_PER_REGISTER = 4 };

struct nftnl_expr;
struct nftnl_rule;

/** nft_give_up() - half a rule would mean something else, so without memory there is none at all: *@rule becomes NULL */
void nft_give_up(struct nftnl_rule **rule);

/** nft_expression() - a new one at the end of *@rule, which owns it; NULL when there is no rule (any more) */
struct nftnl_expr *nft_expression(struct nftnl_rule **rule, const char *name);

/**
 * nft_set_number(), nft_set_bytes(), nft_set_text() - one attribute (libnftnl/expr.h) of an expression
 * @expression: the last of *@rule, or NULL: nothing is done, as when there is no rule
 *
 * The latter two give *@rule up when there is no memory; @expression is gone with it.
 */
void nft_set_number(struct nftnl_expr *expression, uint16_t attribute, uint32_t number);
void nft_set_bytes(struct nftnl_rule **rule, struct nftnl_expr *expression, uint16_t attribute, const void *bytes,
		   uint32_t length);
void nft_set_text(struct nftnl_rule **rule, struct nftnl_expr *expression, uint16_t attribute, const char *text);

/** nft_register() - the one that starts at this word of 4 bytes */
uint32_t nft_register(uint32_t word);
/** nft_load_meta() - NFT_META_... into the register at @word */
void nft_load_meta(struct nftnl_rule **rule, uint32_t key, uint32_t word);
/** nft_load_payload() - bytes of the packet from @offset behind NFT_PAYLOAD_..., into the registers at @word */
void nft_load_payload(struct nftnl_rule **rule, uint32_t base, size_t offset, size_t length, uint32_t word);
/** nft_compare() - go on when NFT_CMP_... holds between the first register and @bytes */
void nft_compare(struct nftnl_rule **rule, uint32_t operator, const void * bytes, size_t length);
/** nft_rewrite() - of the first register, the bits of @kept stay, then those of @flipped are turned over */
void nft_rewrite(struct nftnl_rule **rule, const void *kept, const void *flipped, uint32_t length);
/** nft_load_inner() - the source in a wrapped header of this family, NFT_FIELD_INNER_...; in kernel/nft_tunnel.c. Return: words taken */
uint32_t nft_load_inner(struct nftnl_rule **rule, sa_family_t family, enum nft_field field, uint32_t word);
