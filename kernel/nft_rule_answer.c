/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as the kernel lists them, attribute by attribute: those of iptables-nft hold expressions no library decodes. */
#include "kernel/nft_rule_answer.h"

#include "kernel/nft_message.h"

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <string.h>

uint64_t nft_rule_handle(const struct nlmsghdr *answer)
{
	const struct nlattr *handle = nft_attribute_of(answer, NFTA_RULE_HANDLE);

	return handle && mnl_attr_get_payload_len(handle) == sizeof(uint64_t) ? be64toh(mnl_attr_get_u64(handle)) : 0;
}

/** next_expression() - NULL starts, and is what comes behind the last */
static const struct nlattr *next_expression(const struct nlmsghdr *answer, const struct nlattr *expression)
{
	const struct nlattr *list = nft_attribute_of(answer, NFTA_RULE_EXPRESSIONS);

	return list ? nft_attribute_next(list, expression) : NULL;
}

/** has_text() - whether a string attribute is this text: the kernel sends the zero at the end along */
static bool has_text(const struct nlattr *attribute, const char *text)
{
	const size_t size = strlen(text) + 1;

	return attribute && mnl_attr_get_payload_len(attribute) == size &&
	       memcmp(mnl_attr_get_payload(attribute), text, size) == 0;
}

static bool has_number(const struct nlattr *attribute, uint32_t number)
{
	return attribute && mnl_attr_get_payload_len(attribute) == sizeof number &&
	       ntohl(mnl_attr_get_u32(attribute)) == number;
}

/** data_of() - the attributes of an expression, when it is of this kind */
static const struct nlattr *data_of(const struct nlattr *expression, const char *kind)
{
	return has_text(nft_attribute_in(expression, NFTA_EXPR_NAME), kind)
		       ? nft_attribute_in(expression, NFTA_EXPR_DATA)
		       : NULL;
}

static const struct nlattr *verdict_of(const struct nlattr *expression)
{
	const struct nlattr *value = nft_attribute_in(data_of(expression, "immediate"), NFTA_IMMEDIATE_DATA);

	return nft_attribute_in(value, NFTA_DATA_VERDICT);
}

bool nft_rule_leads_to(const struct nlmsghdr *answer, const char *chain)
{
	const struct nlattr *expression = NULL;

	while ((expression = next_expression(answer, expression)) != NULL)
		if (has_text(nft_attribute_in(verdict_of(expression), NFTA_VERDICT_CHAIN), chain))
			return true;
	return false;
}

/** whole() - a text that ends within its room; NULL for others */
static const char *whole(const void *text, size_t size)
{
	return memchr(text, '\0', size) ? text : NULL;
}

/** match_comment() - as iptables-nft writes what it is given or restores (linux/netfilter/xt_comment.h) */
static const char *match_comment(const struct nlmsghdr *answer)
{
	const struct nlattr *expression = NULL;

	while ((expression = next_expression(answer, expression)) != NULL) {
		const struct nlattr *match = data_of(expression, "match");
		const struct nlattr *text = nft_attribute_in(match, NFTA_MATCH_INFO);
		if (text && has_text(nft_attribute_in(match, NFTA_MATCH_NAME), "comment"))
			return whole(mnl_attr_get_payload(text), mnl_attr_get_payload_len(text));
	}
	return NULL;
}

const char *nft_rule_comment(const struct nlmsghdr *answer)
{
	enum { HEAD = 2 }; /* type and length, a byte each (libnftnl/udata.h) */
	const struct nlattr *userdata = nft_attribute_of(answer, NFTA_RULE_USERDATA);
	const uint8_t *bytes = userdata ? mnl_attr_get_payload(userdata) : NULL;
	const size_t size = userdata ? mnl_attr_get_payload_len(userdata) : 0;

	for (size_t at = 0; at + HEAD <= size && at + HEAD + bytes[at + 1] <= size; at += HEAD + (size_t)bytes[at + 1])
		if (bytes[at] == NFTNL_UDATA_RULE_COMMENT)
			return whole(bytes + at + HEAD, bytes[at + 1]);
	return match_comment(answer);
}

bool nft_rule_has_comment(const struct nlmsghdr *answer, const char *comment, bool prefix)
{
	const char *text = nft_rule_comment(answer);

	return text && (prefix ? strncmp(text, comment, strlen(comment)) : strcmp(text, comment)) == 0;
}

static bool holds(const struct nlattr *data, uint16_t type, const struct ip *ip)
{
	const struct nlattr *value = nft_attribute_in(nft_attribute_in(data, type), NFTA_DATA_VALUE);

	return value && mnl_attr_get_payload_len(value) == ip_size(ip->family) &&
	       memcmp(mnl_attr_get_payload(value), ip->bytes, ip_size(ip->family)) == 0;
}

bool nft_rule_mentions(const struct nlmsghdr *answer, const struct ip *ip)
{
	const struct nlattr *expression = NULL;

	while ((expression = next_expression(answer, expression)) != NULL)
		if (holds(data_of(expression, "cmp"), NFTA_CMP_DATA, ip) ||
		    holds(data_of(expression, "immediate"), NFTA_IMMEDIATE_DATA, ip))
			return true;
	return false;
}

/** is_equality_with() - a comparison that only this address passes */
static bool is_equality_with(const struct nlattr *expression, const struct ip *ip)
{
	const struct nlattr *data = data_of(expression, "cmp");

	return has_number(nft_attribute_in(data, NFTA_CMP_OP), NFT_CMP_EQ) && holds(data, NFTA_CMP_DATA, ip);
}

bool nft_rule_accepts_all_of(const struct nlmsghdr *answer, const struct ip *ip)
{
	const struct nlattr *expression = NULL;
	size_t loads = 0, addresses = 0;
	bool accepts = false;

	while ((expression = next_expression(answer, expression)) != NULL) {
		const struct nlattr *payload = data_of(expression, "payload");
		if (payload && !has_number(nft_attribute_in(payload, NFTA_PAYLOAD_BASE), NFT_PAYLOAD_NETWORK_HEADER))
			return false;
		if (data_of(expression, "meta"))
			return false;
		loads += payload != NULL;
		addresses += is_equality_with(expression, ip);
		accepts = has_number(nft_attribute_in(verdict_of(expression), NFTA_VERDICT_CODE), NF_ACCEPT);
	}
	return accepts && loads == 1 && addresses == 1;
}
