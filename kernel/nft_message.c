/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of nf_tables: elements to bytes and back, requests to words. */
#include "kernel/nft_message.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

/** append() - a field and the zeros that fill it up to 4 bytes; too much is cut, which no caller of ours does */
static void append(struct nft_value *value, const void *field, size_t length)
{
	size_t padded = (length + 3) & ~(size_t)3;

	if (value->length + padded > sizeof value->bytes)
		return;
	memset(value->bytes + value->length, 0, padded);
	memcpy(value->bytes + value->length, field, length);
	value->length = (uint8_t)(value->length + padded);
}

void nft_value_ip(struct nft_value *value, const struct ip *ip)
{
	append(value, ip->bytes, ip_size(ip->family));
}

void nft_value_port(struct nft_value *value, uint16_t port)
{
	const uint16_t bytes = htons(port);

	append(value, &bytes, sizeof bytes);
}

void nft_value_port_alone(struct nft_value *value, uint16_t port)
{
	nft_value_port(value, port);
	value->length = sizeof port;
}

void nft_value_protocol_alone(struct nft_value *value, uint8_t protocol)
{
	nft_value_protocol(value, protocol);
	value->length = sizeof protocol;
}

void nft_value_protocol(struct nft_value *value, uint8_t protocol)
{
	append(value, &protocol, sizeof protocol);
}

void nft_value_mac(struct nft_value *value, const uint8_t mac[static ETH_ALEN])
{
	append(value, mac, ETH_ALEN);
}

void nft_value_ifname(struct nft_value *value, const char *ifname)
{
	char bytes[IFNAMSIZ] = "";

	memcpy(bytes, ifname, strnlen(ifname, sizeof bytes - 1));
	append(value, bytes, sizeof bytes);
}

bool nft_value_step(struct nft_value *value, bool up)
{
	for (size_t i = value->length; i-- > 0;) {
		uint8_t before = value->bytes[i];
		value->bytes[i] = (uint8_t)(up ? before + 1 : before - 1);
		if (before != (up ? UINT8_MAX : 0))
			return true;
	}
	return false;
}

struct nft_set_state nft_set_wanted(const struct nft_set *set)
{
	struct nft_set_state state = {.key_type = set->key_type,
				      .key_length = set->key_length,
				      .data_type = set->data_type,
				      .data_length = set->data_length};

	if (set->data_type)
		state.flags |= NFT_SET_MAP;
	if (set->interval)
		state.flags |= NFT_SET_INTERVAL;
	if (set->interval && set->field_count > 1) /* the widths of the fields follow (Linux 5.6) */
		state.flags |= NFT_SET_CONCAT;
	return state;
}

uint16_t nft_message_type(uint16_t type)
{
	return (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
}

void nft_message_head(struct nlmsghdr *message, uint16_t type, uint8_t family)
{
	struct nfgenmsg *head = mnl_nlmsg_put_extra_header(message, sizeof *head);

	message->nlmsg_type = nft_message_type(type);
	head->nfgen_family = family;
	head->version = NFNETLINK_V0;
}

static void put_value(struct nlmsghdr *message, uint16_t type, const struct nft_value *value)
{
	struct nlattr *data = mnl_attr_nest_start(message, type);

	mnl_attr_put(message, NFTA_DATA_VALUE, value->length, value->bytes);
	mnl_attr_nest_end(message, data);
}

void nft_message_key(struct nlmsghdr *message, const struct nft_value *key, const struct nft_value *last, bool end)
{
	struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	if (end)
		mnl_attr_put_u32(message, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
	put_value(message, NFTA_SET_ELEM_KEY, key);
	if (last)
		put_value(message, NFTA_SET_ELEM_KEY_END, last);
	mnl_attr_nest_end(message, element);
}

/** put_jump() - a verdict instead of data */
static void put_jump(struct nlmsghdr *message, const char *chain)
{
	struct nlattr *data = mnl_attr_nest_start(message, NFTA_SET_ELEM_DATA);
	struct nlattr *verdict = mnl_attr_nest_start(message, NFTA_DATA_VERDICT);

	mnl_attr_put_u32(message, NFTA_VERDICT_CODE, htonl((uint32_t)NFT_JUMP));
	mnl_attr_put_strz(message, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(message, verdict);
	mnl_attr_nest_end(message, data);
}

void nft_message_element(struct nlmsghdr *message, const struct nft_element *element)
{
	struct nft_value end = element->last;
	struct nlattr *nest = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	put_value(message, NFTA_SET_ELEM_KEY, &element->key);
	if (element->kind == NFT_RANGE)
		put_value(message, NFTA_SET_ELEM_KEY_END, &element->last);
	if (element->data.length)
		put_value(message, NFTA_SET_ELEM_DATA, &element->data);
	if (element->jump[0])
		put_jump(message, element->jump);
	mnl_attr_nest_end(message, nest);
	/* an interval up to the highest value has no end */
	if (element->kind == NFT_INTERVAL && nft_value_step(&end, true))
		nft_message_key(message, &end, NULL, true);
}

/** valid() - whether an attribute lies within the bytes up to @end */
static bool valid(const struct nlattr *attribute, const char *end)
{
	ptrdiff_t left = end - (const char *)attribute;

	return left > 0 && mnl_attr_ok(attribute, (int)left);
}

const struct nlattr *nft_attribute(const void *first, size_t length, uint16_t type)
{
	const char *end = (const char *)first + length;

	for (const struct nlattr *attribute = first; valid(attribute, end); attribute = mnl_attr_next(attribute))
		if (mnl_attr_get_type(attribute) == type)
			return attribute;
	return NULL;
}

const struct nlattr *nft_attribute_of(const struct nlmsghdr *message, uint16_t type)
{
	size_t length = mnl_nlmsg_get_payload_len(message);

	if (length < sizeof(struct nfgenmsg))
		return NULL;
	return nft_attribute(mnl_nlmsg_get_payload_offset(message, sizeof(struct nfgenmsg)),
			     length - sizeof(struct nfgenmsg), type);
}

const struct nlattr *nft_attribute_in(const struct nlattr *nest, uint16_t type)
{
	return nest ? nft_attribute(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), type) : NULL;
}

const struct nlattr *nft_attribute_next(const struct nlattr *nest, const struct nlattr *attribute)
{
	const struct nlattr *next = attribute ? mnl_attr_next(attribute) : mnl_attr_get_payload(nest);

	return valid(next, (const char *)mnl_attr_get_payload(nest) + mnl_attr_get_payload_len(nest)) ? next : NULL;
}

bool nft_rule_is_whole(const struct nlmsghdr *answer)
{
	const struct nlattr *list = nft_attribute_of(answer, NFTA_RULE_EXPRESSIONS);
	const struct nlattr *expression = NULL;

	while (list && (expression = nft_attribute_next(list, expression)) != NULL) {
		const struct nlattr *name = nft_attribute_in(expression, NFTA_EXPR_NAME);
		if (!name || !memchr(mnl_attr_get_payload(name), '\0', mnl_attr_get_payload_len(name)))
			return false;
	}
	return true;
}

/** read_value() - an absent one has length 0; false when it is too long to be one of ours */
static bool read_value(const struct nlattr *element, uint16_t type, struct nft_value *value)
{
	const struct nlattr *data = nft_attribute_in(nft_attribute_in(element, type), NFTA_DATA_VALUE);

	*value = (struct nft_value){.length = 0};
	if (!data)
		return true;
	size_t length = mnl_attr_get_payload_len(data);
	if (length > sizeof value->bytes)
		return false;
	memcpy(value->bytes, mnl_attr_get_payload(data), length);
	value->length = (uint8_t)length;
	return true;
}

/** read_jump() - "" for any verdict that is no jump, or has no chain */
static void read_jump(const struct nlattr *element, char chain[static NFT_NAME_SIZE])
{
	const struct nlattr *data = nft_attribute_in(element, NFTA_SET_ELEM_DATA);
	const struct nlattr *verdict = nft_attribute_in(data, NFTA_DATA_VERDICT);
	const struct nlattr *code = nft_attribute_in(verdict, NFTA_VERDICT_CODE);
	const struct nlattr *name = nft_attribute_in(verdict, NFTA_VERDICT_CHAIN);

	chain[0] = '\0';
	if (code && name && ntohl(mnl_attr_get_u32(code)) == (uint32_t)NFT_JUMP)
		(void)snprintf(chain, NFT_NAME_SIZE, "%.*s", (int)mnl_attr_get_payload_len(name),
			       mnl_attr_get_str(name));
}

bool nft_message_read_element(const struct nlmsghdr *message, struct nft_element *element)
{
	const struct nlattr *list = nft_attribute_of(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	const struct nlattr *first = nft_attribute_in(list, NFTA_LIST_ELEM);

	if (first)
		read_jump(first, element->jump);
	return first && read_value(first, NFTA_SET_ELEM_KEY, &element->key) &&
	       read_value(first, NFTA_SET_ELEM_KEY_END, &element->last) &&
	       read_value(first, NFTA_SET_ELEM_DATA, &element->data);
}

/** struct verb - a request: how to say it, and which attribute names the object */
struct verb {
	uint16_t type, name;
	const char *words;
};

static const struct verb verbs[] = {
	{.type = NFT_MSG_NEWTABLE, .name = NFTA_TABLE_NAME, .words = "add table"},
	{.type = NFT_MSG_DELTABLE, .name = NFTA_TABLE_NAME, .words = "delete table"},
	{.type = NFT_MSG_NEWCHAIN, .name = NFTA_CHAIN_NAME, .words = "add chain"},
	{.type = NFT_MSG_DELCHAIN, .name = NFTA_CHAIN_NAME, .words = "delete chain"},
	{.type = NFT_MSG_DELRULE, .name = NFTA_RULE_CHAIN, .words = "delete rules of chain"},
	{.type = NFT_MSG_NEWRULE, .name = NFTA_RULE_CHAIN, .words = "add rule to chain"},
	{.type = NFT_MSG_NEWSET, .name = NFTA_SET_NAME, .words = "add set"},
	{.type = NFT_MSG_NEWSETELEM, .name = NFTA_SET_ELEM_LIST_SET, .words = "add element to set"},
	{.type = NFT_MSG_DELSETELEM, .name = NFTA_SET_ELEM_LIST_SET, .words = "delete element of set"},
};

static const struct verb *find_verb(const struct nlmsghdr *message)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (message->nlmsg_type == nft_message_type(verbs[i].type))
			return &verbs[i];
	return NULL;
}

const char *nft_message_name(const struct nlmsghdr *message)
{
	const struct verb *verb = find_verb(message);
	const struct nlattr *name = verb ? nft_attribute_of(message, verb->name) : NULL;

	return name ? mnl_attr_get_str(name) : "";
}

/** add_words() - append to @text, cut where the room ends */
static void add_words(char text[static NFT_LABEL_SIZE], const char *before, const char *words)
{
	size_t length = strlen(text);

	(void)snprintf(text + length, NFT_LABEL_SIZE - length, "%s%s", before, words);
}

/** describe_expressions() - what a rule is made of: the missing module is one of them */
static void describe_expressions(const struct nlmsghdr *message, char text[static NFT_LABEL_SIZE])
{
	const struct nlattr *list = nft_attribute_of(message, NFTA_RULE_EXPRESSIONS);
	const struct nlattr *expression = NULL;
	const char *before = " (";

	if (!list)
		return;
	while ((expression = nft_attribute_next(list, expression)) != NULL) {
		const struct nlattr *name = nft_attribute_in(expression, NFTA_EXPR_NAME);
		if (name) {
			add_words(text, before, mnl_attr_get_str(name));
			before = ", ";
		}
	}
	if (before[0] == ',')
		add_words(text, ")", "");
}

/** describe_chain() - the type of a base chain: nat is a module of its own */
static void describe_chain(const struct nlmsghdr *message, char text[static NFT_LABEL_SIZE])
{
	const struct nlattr *type = nft_attribute_of(message, NFTA_CHAIN_TYPE);

	if (!type)
		return;
	add_words(text, " of type ", mnl_attr_get_str(type));
}

void nft_message_describe(const struct nlmsghdr *message, char text[static NFT_LABEL_SIZE])
{
	const struct verb *verb = find_verb(message);

	(void)snprintf(text, NFT_LABEL_SIZE, "%s %s", verb ? verb->words : "transaction", nft_message_name(message));
	if (message->nlmsg_type == nft_message_type(NFT_MSG_NEWRULE))
		describe_expressions(message, text);
	if (message->nlmsg_type == nft_message_type(NFT_MSG_NEWCHAIN))
		describe_chain(message, text);
}
