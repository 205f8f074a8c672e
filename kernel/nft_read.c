/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to nf_tables: single objects by name, and the lists that a check needs. */
#include "kernel/nft.h"
#include "kernel/nft_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

enum { REQUEST_SIZE = 1024 };

/** struct request - room for one question; zero, as libmnl leaves the bytes between attributes as they are */
struct request {
	_Alignas(struct nlmsghdr) char bytes[REQUEST_SIZE];
};

static struct nlmsghdr *open_request(struct request *request, uint16_t type, uint8_t family)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(request->bytes);

	nft_message_head(message, type, family);
	return message;
}

/** ask_one() - a question for one object; *@present is false when there is none of that name */
static int ask_one(struct nft_socket *socket, struct nlmsghdr *message, nft_visit visit, void *into, bool *present,
		   const char *label, struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (nft_socket_ask(socket, message, false, visit, into, label, &refusal) == 0) {
		*present = true;
		return 0;
	}
	if (refusal.errnum != ENOENT) {
		error_merge(err, &refusal);
		return -1;
	}
	*present = false;
	return 0;
}

static int read_element(const struct nlmsghdr *answer, void *into, struct error *err)
{
	if (nft_message_read_element(answer, into))
		return 0;
	return error_set(err, ERROR_KERNEL, EBADMSG, "nft get element");
}

/** struct lookup - where to look, and what for */
struct lookup {
	struct nft_socket *socket;
	uint8_t family;
	const char *table;
	const struct nft_element *wanted;
};

/** get_key() - the element that holds @key. @end: look among the ends of intervals */
static int get_key(const struct lookup *lookup, const struct nft_value *key, bool end, struct nft_element *found,
		   bool *present, struct error *err)
{
	const struct nft_element *wanted = lookup->wanted;
	struct request request = {{0}};
	struct nlmsghdr *message = open_request(&request, NFT_MSG_GETSETELEM, lookup->family);
	char label[NFT_LABEL_SIZE];

	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, lookup->table);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, wanted->set);
	struct nlattr *list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	nft_message_key(message, key, wanted->kind == NFT_RANGE ? &wanted->last : NULL, end);
	mnl_attr_nest_end(message, list);
	(void)snprintf(label, sizeof label, "nft get element of set %s", wanted->set);
	return ask_one(lookup->socket, message, read_element, found, present, label, err);
}

/** same_value() - equal length and bytes */
static bool same_value(const struct nft_value *a, const struct nft_value *b)
{
	return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

/** get_last() - the last value of the interval that holds @within: one below its end, or the highest of all */
static int get_last(const struct lookup *lookup, const struct nft_value *within, struct nft_value *last,
		    struct error *err)
{
	struct nft_element at_end = *lookup->wanted;
	struct nft_value end = *within;
	bool closed = false;

	if (nft_value_step(&end, true) && get_key(lookup, &end, true, &at_end, &closed, err) < 0)
		return -1;
	*last = *within;
	memset(last->bytes, UINT8_MAX, last->length);
	if (closed) {
		*last = at_end.key;
		(void)nft_value_step(last, false);
	}
	return 0;
}

/**
 * get_interval() - the interval around the wanted one
 *
 * The kernel answers with the nearest start below a key, and with the nearest end above one, whether
 * or not they belong together (net/netfilter/nft_set_rbtree.c): so first and last value must have the
 * same start, and the end above the last value is the end of that interval.
 */
static int get_interval(const struct lookup *lookup, struct nft_element *found, bool *present, struct error *err)
{
	struct nft_element at_last = *lookup->wanted;

	if (get_key(lookup, &lookup->wanted->key, false, found, present, err) < 0)
		return -1;
	if (!*present)
		return 0;
	if (get_key(lookup, &lookup->wanted->last, false, &at_last, present, err) < 0)
		return -1;
	if (!*present || !same_value(&found->key, &at_last.key)) {
		*present = false;
		return 0;
	}
	return get_last(lookup, &lookup->wanted->last, &found->last, err);
}

int nft_get_element(struct nft_socket *socket, const char *table, const struct nft_element *wanted,
		    struct nft_element *found, bool *present, struct error *err)
{
	return nft_get_element_in(socket, NFPROTO_INET, table, wanted, found, present, err);
}

int nft_get_element_in(struct nft_socket *socket, uint8_t family, const char *table, const struct nft_element *wanted,
		       struct nft_element *found, bool *present, struct error *err)
{
	const struct lookup lookup = {.socket = socket, .family = family, .table = table, .wanted = wanted};
	struct nft_element answer = *wanted;
	int status = wanted->kind == NFT_INTERVAL ? get_interval(&lookup, &answer, present, err)
						  : get_key(&lookup, &wanted->key, false, &answer, present, err);

	if (status < 0)
		return -1;
	if (*present)
		*found = answer;
	return 0;
}

/** number() - a 32 bit attribute; 0 when there is none of that size */
static uint32_t number(const struct nlattr *attribute)
{
	return attribute && mnl_attr_get_payload_len(attribute) == sizeof(uint32_t) ? ntohl(mnl_attr_get_u32(attribute))
										    : 0;
}

static int read_table(const struct nlmsghdr *answer, void *into, struct error *err)
{
	(void)err;
	*(uint32_t *)into = number(nft_attribute_of(answer, NFTA_TABLE_FLAGS));
	return 0;
}

int nft_read_table(struct nft_socket *socket, const char *table, uint32_t *flags, bool *present, struct error *err)
{
	struct request request;
	struct nlmsghdr *message = open_request(&request, NFT_MSG_GETTABLE, NFPROTO_INET);

	mnl_attr_put_strz(message, NFTA_TABLE_NAME, table);
	return ask_one(socket, message, read_table, flags, present, "nft get table", err);
}

static int read_set(const struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nft_set_state *state = into;

	(void)err;
	state->key_type = number(nft_attribute_of(answer, NFTA_SET_KEY_TYPE));
	state->key_length = number(nft_attribute_of(answer, NFTA_SET_KEY_LEN));
	state->data_type = number(nft_attribute_of(answer, NFTA_SET_DATA_TYPE));
	state->data_length = number(nft_attribute_of(answer, NFTA_SET_DATA_LEN));
	state->flags = number(nft_attribute_of(answer, NFTA_SET_FLAGS));
	if (state->data_type == NFT_DATA_VERDICT) /* the kernel tells the size of its own struct */
		state->data_length = 0;
	return 0;
}

int nft_read_set(struct nft_socket *socket, const char *table, const char *set, struct nft_set_state *state,
		 bool *present, struct error *err)
{
	return nft_read_set_in(socket, NFPROTO_INET, table, set, state, present, err);
}

int nft_read_set_in(struct nft_socket *socket, uint8_t family, const char *table, const char *set,
		    struct nft_set_state *state, bool *present, struct error *err)
{
	struct request request = {{0}};
	struct nlmsghdr *message = open_request(&request, NFT_MSG_GETSET, family);

	mnl_attr_put_strz(message, NFTA_SET_TABLE, table);
	mnl_attr_put_strz(message, NFTA_SET_NAME, set);
	return ask_one(socket, message, read_set, state, present, "nft get set", err);
}

/** copy_text() - a string attribute; "" when there is none. Names of others may be longer than ours: cut */
static void copy_text(const struct nlattr *attribute, char text[static NFT_NAME_SIZE])
{
	const int length = attribute ? (int)mnl_attr_get_payload_len(attribute) : 0;

	(void)snprintf(text, NFT_NAME_SIZE, "%.*s", length, attribute ? mnl_attr_get_str(attribute) : "");
}

struct nft_chain_state nft_chain_state_of(const struct nlmsghdr *answer)
{
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(answer);
	const struct nlattr *hook = nft_attribute_of(answer, NFTA_CHAIN_HOOK);
	struct nft_chain_state state = {.family = head->nfgen_family};

	copy_text(nft_attribute_of(answer, NFTA_CHAIN_TABLE), state.table);
	copy_text(nft_attribute_of(answer, NFTA_CHAIN_NAME), state.name);
	copy_text(nft_attribute_of(answer, NFTA_CHAIN_TYPE), state.type);
	state.policy = number(nft_attribute_of(answer, NFTA_CHAIN_POLICY));
	state.hook = number(nft_attribute_in(hook, NFTA_HOOK_HOOKNUM));
	state.priority = (int32_t)number(nft_attribute_in(hook, NFTA_HOOK_PRIORITY));
	return state;
}

static int read_chain(const struct nlmsghdr *answer, void *into, struct error *err)
{
	(void)err;
	*(struct nft_chain_state *)into = nft_chain_state_of(answer);
	return 0;
}

int nft_read_chain(struct nft_socket *socket, uint8_t family, const char *table, const char *chain,
		   struct nft_chain_state *state, bool *present, struct error *err)
{
	struct request request = {{0}};
	struct nlmsghdr *message = open_request(&request, NFT_MSG_GETCHAIN, family);

	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, chain);
	return ask_one(socket, message, read_chain, state, present, "nft get chain", err);
}

int nft_list_chains(struct nft_socket *socket, nft_visit visit, void *into, struct error *err)
{
	struct request request = {{0}};
	struct nlmsghdr *message = open_request(&request, NFT_MSG_GETCHAIN, NFPROTO_UNSPEC);

	return nft_socket_ask(socket, message, true, visit, into, "nft list chains", err);
}

/** list_rules() - @chain NULL: of all chains. There are none where there is no such table */
static int list_rules(struct nft_socket *socket, uint8_t family, const char *table, const char *chain, nft_visit visit,
		      void *into, struct error *err)
{
	struct request request = {{0}};
	struct nlmsghdr *message = open_request(&request, NFT_MSG_GETRULE, family);

	mnl_attr_put_strz(message, NFTA_RULE_TABLE, table);
	if (chain)
		mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
	return nft_socket_ask(socket, message, true, visit, into, "nft list rules", err);
}

int nft_list_chain(struct nft_socket *socket, const char *table, const char *chain, nft_visit visit, void *into,
		   struct error *err)
{
	return list_rules(socket, NFPROTO_INET, table, chain, visit, into, err);
}

int nft_list_chain_in(struct nft_socket *socket, uint8_t family, const char *table, const char *chain, nft_visit visit,
		      void *into, struct error *err)
{
	return list_rules(socket, family, table, chain, visit, into, err);
}

int nft_list_rules(struct nft_socket *socket, const char *table, nft_visit visit, void *into, struct error *err)
{
	return list_rules(socket, NFPROTO_INET, table, NULL, visit, into, err);
}

int nft_list_rules_in(struct nft_socket *socket, uint8_t family, const char *table, nft_visit visit, void *into,
		      struct error *err)
{
	return list_rules(socket, family, table, NULL, visit, into, err);
}
