/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions of nf_tables.
 *
 * A transaction is one buffer of netlink messages between NFNL_MSG_BATCH_BEGIN and _END. Elements of
 * one set share a message as long as their verb is the same. What a refused request was is read from
 * the buffer itself, so no labels are kept.
 */
#include "kernel/nft.h"

#include "kernel/nft_message.h"

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_SIZE = 8192,
	ROOM = 4096,	       /* no message or element of ours is larger; rules are the largest */
	MAX_NEST = 60000,      /* a nest holds its length in 16 bits */
	MAX_BATCH = 256 << 20, /* far beyond what a host can use; keeps lengths within int */
	BATCH_MARKS = 2,       /* messages of a transaction without requests */
	COMMIT_ROUNDS = 3,
};

/**
 * struct nft - a transaction that is being written
 * @used:    bytes of @buffer that are filled
 * @latest:  offset of the message that was opened last
 * @message: offset of the message that elements are being added to, 0 for none (the begin message is there)
 * @list:    offset of its list of elements
 * @count:   messages so far; the sequence number of each is its place, until nft_commit() knows better
 * @unnamed: set of nft_add_ranges() that is being filled, as the kernel will know it within this transaction
 * @errnum:  first failure while building
 */
struct nft {
	char table[NFT_NAME_SIZE];
	uint8_t family;
	char *buffer;
	size_t size, used, latest, message, list;
	uint32_t count, unnamed;
	int errnum;
	bool deletes;
};

/* What the kernel makes the name of a set without one from */
static const char UNNAMED[] = NFT_UNNAMED;

/** message_room() - bytes that a message takes in the buffer: messages start at multiples of 4 */
static size_t message_room(const struct nlmsghdr *message)
{
	return ((size_t)message->nlmsg_len + 3) & ~(size_t)3;
}

/** make_room() - so that a message or element more fits; false when the transaction has failed */
static bool make_room(struct nft *nft)
{
	if (!nft || nft->errnum)
		return false;
	if (nft->used + ROOM <= nft->size)
		return true;
	size_t size = nft->size ? nft->size * 2 : FIRST_SIZE;
	char *larger = size <= MAX_BATCH ? realloc(nft->buffer, size) : NULL;
	if (!larger) {
		nft->errnum = ENOMEM;
		return false;
	}
	/* libmnl leaves the bytes between attributes as they are, and they go to the kernel */
	memset(larger + nft->size, 0, size - nft->size);
	nft->buffer = larger;
	nft->size = size;
	return true;
}

static bool is_deletion(uint16_t type)
{
	return type == NFT_MSG_DELTABLE || type == NFT_MSG_DELCHAIN || type == NFT_MSG_DELRULE ||
	       type == NFT_MSG_DELSET || type == NFT_MSG_DELSETELEM;
}

/** open_message() - the head of a message in the buffer; NULL when the transaction has failed */
static struct nlmsghdr *open_message(struct nft *nft, uint16_t type, uint16_t flags)
{
	if (!nft || !make_room(nft))
		return NULL;
	struct nlmsghdr *message = mnl_nlmsg_put_header(nft->buffer + nft->used);
	nft_message_head(message, type, nft->family);
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->nlmsg_seq = nft->count++;
	nft->latest = nft->used;
	nft->message = 0;
	nft->deletes |= is_deletion(type);
	return message;
}

static void close_message(struct nft *nft, const struct nlmsghdr *message)
{
	nft->used += message_room(message);
}

/** put_batch_mark() - begin or end; the resource id says whose batch it is (linux/netfilter/nfnetlink.h) */
static void put_batch_mark(struct nft *nft, uint16_t type)
{
	struct nlmsghdr *message = open_message(nft, 0, 0);

	if (!message)
		return;
	message->nlmsg_type = type;
	struct nfgenmsg *head = mnl_nlmsg_get_payload(message);
	head->nfgen_family = AF_UNSPEC;
	head->res_id = htons(NFNL_SUBSYS_NFTABLES);
	close_message(nft, message);
}

struct nft *nft_begin(const char *table)
{
	return nft_begin_in(NFPROTO_INET, table);
}

struct nft *nft_begin_in(uint8_t family, const char *table)
{
	struct nft *nft = calloc(1, sizeof *nft);

	if (!nft)
		return NULL;
	(void)snprintf(nft->table, sizeof nft->table, "%s", table);
	nft->family = family;
	put_batch_mark(nft, NFNL_MSG_BATCH_BEGIN);
	return nft;
}

void nft_free(struct nft *nft)
{
	if (!nft)
		return;
	free(nft->buffer);
	free(nft);
}

void nft_turn_to(struct nft *nft, uint8_t family, const char *table)
{
	if (!nft)
		return;
	(void)snprintf(nft->table, sizeof nft->table, "%s", table);
	nft->family = family;
}

static void put_table(struct nft *nft, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *message = open_message(nft, type, flags);

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_TABLE_NAME, nft->table);
	close_message(nft, message);
}

void nft_add_table(struct nft *nft)
{
	put_table(nft, NFT_MSG_NEWTABLE, NLM_F_CREATE);
}

void nft_delete_table(struct nft *nft)
{
	put_table(nft, NFT_MSG_DELTABLE, 0);
}

/** put_fields() - the widths of the fields of a concatenation with intervals */
static void put_fields(struct nlmsghdr *message, const struct nft_set *set)
{
	struct nlattr *description = mnl_attr_nest_start(message, NFTA_SET_DESC);
	struct nlattr *fields = mnl_attr_nest_start(message, NFTA_SET_DESC_CONCAT);

	for (size_t i = 0; i < set->field_count; i++) {
		struct nlattr *field = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
		mnl_attr_put_u32(message, NFTA_SET_FIELD_LEN, htonl(set->field_length[i]));
		mnl_attr_nest_end(message, field);
	}
	mnl_attr_nest_end(message, fields);
	mnl_attr_nest_end(message, description);
}

/** put_byte_order() - without it nft prints names as nothing. One type-length-value (libnftnl/udata.h) */
static void put_byte_order(struct nlmsghdr *message)
{
	enum { HOST_ENDIAN = 1 }; /* enum byteorder of the nft program */
	const uint32_t value = HOST_ENDIAN;
	uint8_t data[2 + sizeof value] = {NFTNL_UDATA_SET_KEYBYTEORDER, sizeof value};

	memcpy(data + 2, &value, sizeof value);
	mnl_attr_put(message, NFTA_SET_USERDATA, sizeof data, data);
}

void nft_add_set(struct nft *nft, const struct nft_set *set)
{
	struct nlmsghdr *message = open_message(nft, NFT_MSG_NEWSET, NLM_F_CREATE);
	const struct nft_set_state state = nft_set_wanted(set);

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_SET_TABLE, nft->table);
	mnl_attr_put_strz(message, NFTA_SET_NAME, set->name);
	mnl_attr_put_u32(message, NFTA_SET_ID, htonl(nft->count));
	mnl_attr_put_u32(message, NFTA_SET_FLAGS, htonl(state.flags));
	mnl_attr_put_u32(message, NFTA_SET_KEY_TYPE, htonl(set->key_type));
	mnl_attr_put_u32(message, NFTA_SET_KEY_LEN, htonl(set->key_length));
	if (set->data_type) {
		mnl_attr_put_u32(message, NFTA_SET_DATA_TYPE, htonl(set->data_type));
		if (set->data_type != NFT_DATA_VERDICT)
			mnl_attr_put_u32(message, NFTA_SET_DATA_LEN, htonl(set->data_length));
	}
	if (state.flags & NFT_SET_CONCAT)
		put_fields(message, set);
	if (set->host_order)
		put_byte_order(message);
	close_message(nft, message);
}

void nft_add_chain(struct nft *nft, const struct nft_chain *chain)
{
	struct nlmsghdr *message = open_message(nft, NFT_MSG_NEWCHAIN, NLM_F_CREATE);

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, nft->table);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, chain->name);
	if (chain->type) {
		struct nlattr *hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
		mnl_attr_put_u32(message, NFTA_HOOK_HOOKNUM, htonl(chain->hook));
		mnl_attr_put_u32(message, NFTA_HOOK_PRIORITY, htonl((uint32_t)chain->priority));
		mnl_attr_nest_end(message, hook);
		mnl_attr_put_u32(message, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
		mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, chain->type);
	}
	close_message(nft, message);
}

/** put_chain() - a request that knows a chain by the attributes @table_name and @name */
static void put_chain(struct nft *nft, uint16_t type, uint16_t table_name, uint16_t name, const char *chain)
{
	struct nlmsghdr *message = open_message(nft, type, 0);

	if (!message)
		return;
	mnl_attr_put_strz(message, table_name, nft->table);
	mnl_attr_put_strz(message, name, chain);
	close_message(nft, message);
}

void nft_flush_chain(struct nft *nft, const char *chain)
{
	put_chain(nft, NFT_MSG_DELRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN, chain);
}

void nft_delete_rule(struct nft *nft, const char *chain, uint64_t handle)
{
	struct nlmsghdr *message = open_message(nft, NFT_MSG_DELRULE, 0);

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_RULE_TABLE, nft->table);
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
	mnl_attr_put_u64(message, NFTA_RULE_HANDLE, htobe64(handle));
	close_message(nft, message);
}

void nft_delete_chain(struct nft *nft, const char *chain)
{
	put_chain(nft, NFT_MSG_DELCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, chain);
}

void nft_add_rule(struct nft *nft, struct nftnl_rule *rule, enum nft_rule_place place)
{
	if (nft && !nft->errnum && (!rule || nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, nft->table) < 0))
		nft->errnum = ENOMEM;
	struct nlmsghdr *message =
		open_message(nft, NFT_MSG_NEWRULE, NLM_F_CREATE | (place == NFT_LAST ? NLM_F_APPEND : 0));
	if (message) {
		nftnl_rule_nlmsg_build_payload(message, rule);
		close_message(nft, message);
	}
	if (rule)
		nftnl_rule_free(rule);
}

/** open_list() - a message that takes elements of @set with this verb: the one being filled, or a new one */
static struct nlmsghdr *open_list(struct nft *nft, uint16_t type, uint16_t flags, const char *set)
{
	if (!make_room(nft))
		return NULL;
	struct nlmsghdr *message = (void *)(nft->buffer + nft->message);
	const struct nlattr *list = (const void *)(nft->buffer + nft->list);
	if (nft->message && message->nlmsg_type == nft_message_type(type) && list->nla_len < MAX_NEST &&
	    strcmp(nft_message_name(message), set) == 0) {
		nft->used = nft->message;
		return message;
	}
	message = open_message(nft, type, flags);
	if (!message)
		return NULL;
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, nft->table);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set);
	if (strcmp(set, UNNAMED) == 0)
		mnl_attr_put_u32(message, NFTA_SET_ELEM_LIST_SET_ID, htonl(nft->unnamed));
	struct nlattr *fresh = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	nft->message = nft->used;
	nft->list = (size_t)((char *)fresh - nft->buffer);
	return message;
}

static void put_element(struct nft *nft, uint16_t type, uint16_t flags, const struct nft_element *element)
{
	struct nlmsghdr *message = open_list(nft, type, flags, element->set);

	if (!message)
		return;
	nft_message_element(message, element);
	mnl_attr_nest_end(message, (struct nlattr *)(void *)(nft->buffer + nft->list));
	close_message(nft, message);
}

void nft_add_element(struct nft *nft, const struct nft_element *element)
{
	put_element(nft, NFT_MSG_NEWSETELEM, NLM_F_CREATE, element);
}

void nft_delete_element(struct nft *nft, const struct nft_element *element)
{
	put_element(nft, NFT_MSG_DELSETELEM, 0, element);
}

void nft_flush_set(struct nft *nft, const char *set)
{
	struct nlmsghdr *message = open_message(nft, NFT_MSG_DELSETELEM, 0);

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, nft->table);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set);
	close_message(nft, message);
}

uint32_t nft_add_ranges(struct nft *nft, uint32_t type, const struct nft_element ranges[], size_t count)
{
	const uint32_t flags = NFT_SET_ANONYMOUS | NFT_SET_CONSTANT | NFT_SET_INTERVAL;
	struct nlmsghdr *message = open_message(nft, NFT_MSG_NEWSET, NLM_F_CREATE);

	if (!message)
		return 0;
	nft->unnamed = nft->count;
	mnl_attr_put_strz(message, NFTA_SET_TABLE, nft->table);
	mnl_attr_put_strz(message, NFTA_SET_NAME, UNNAMED);
	mnl_attr_put_u32(message, NFTA_SET_ID, htonl(nft->unnamed));
	mnl_attr_put_u32(message, NFTA_SET_FLAGS, htonl(flags));
	mnl_attr_put_u32(message, NFTA_SET_KEY_TYPE, htonl(type));
	mnl_attr_put_u32(message, NFTA_SET_KEY_LEN, htonl(ranges[0].key.length));
	close_message(nft, message);
	for (size_t i = 0; i < count; i++) {
		struct nft_element range = ranges[i];
		memcpy(range.set, UNNAMED, sizeof UNNAMED);
		nft_add_element(nft, &range);
	}
	return nft->unnamed;
}

/** finish() - one acknowledgement is asked for, on the last request; hundreds would overflow the receive buffer */
static int finish(struct nft *nft, struct error *err)
{
	if (nft && !nft->errnum) {
		struct nlmsghdr *last = (void *)(nft->buffer + nft->latest);
		last->nlmsg_flags |= NLM_F_ACK;
		put_batch_mark(nft, NFNL_MSG_BATCH_END);
	}
	if (nft && !nft->errnum)
		return 0;
	(void)error_set(err, ERROR_KERNEL, nft ? nft->errnum : ENOMEM, "nft: build a transaction");
	return -1;
}

/** shift_sequence() - add to the sequence number of every message */
static void shift_sequence(struct nft *nft, uint32_t shift)
{
	for (size_t offset = 0; offset < nft->used;) {
		struct nlmsghdr *message = (void *)(nft->buffer + offset);
		message->nlmsg_seq += shift;
		offset += message_room(message);
	}
}

/** describe() - the request with this sequence number in words */
static void describe(const struct nft *nft, uint32_t sequence, char text[static NFT_LABEL_SIZE])
{
	for (size_t offset = 0; offset < nft->used;) {
		const struct nlmsghdr *message = (const void *)(nft->buffer + offset);
		if (message->nlmsg_seq == sequence) {
			nft_message_describe(message, text);
			return;
		}
		offset += message_room(message);
	}
	(void)snprintf(text, NFT_LABEL_SIZE, "transaction");
}

static int refused(const struct nft *nft, const struct nft_verdict *verdict, struct error *err)
{
	char text[NFT_LABEL_SIZE];

	describe(nft, verdict->sequence, text);
	(void)error_set(err, ERROR_KERNEL, verdict->errnum, "nft %s", text);
	if (verdict->text[0])
		error_detail(err, "kernel: %s", verdict->text);
	return -1;
}

/** send_batch() - number, send, collect; may be repeated. *@first: sequence number of the begin message */
static int send_batch(struct nft *nft, struct nft_socket *nft_socket, uint32_t *first, struct nft_verdict *verdict,
		      struct error *err)
{
	uint32_t fresh = nft_socket_sequence(nft_socket, nft->count);

	shift_sequence(nft, fresh - *first);
	*first = fresh;
	return nft_socket_send(nft_socket, nft->buffer, nft->used, fresh, fresh + nft->count - 1, verdict, err);
}

/**
 * carry_out() - send until the kernel has said yes or no
 *
 * Neither is possible when its answers did not fit into the receive buffer. Everything we send may be
 * repeated, so that is how the outcome is found out.
 */
static int carry_out(struct nft *nft, struct nft_socket *nft_socket, uint32_t *first, struct nft_verdict *verdict,
		     struct error *err)
{
	for (int round = 0; round < COMMIT_ROUNDS; round++) {
		if (send_batch(nft, nft_socket, first, verdict, err) < 0)
			return -1;
		if (verdict->acknowledged || verdict->errnum)
			return 0;
	}
	return error_set(err, ERROR_TRY_AGAIN, ENOBUFS, "nft: no answer to a transaction");
}

static int commit(struct nft *nft, struct nft_socket *nft_socket, struct error *err)
{
	struct nft_verdict verdict = {.errnum = 0};
	uint32_t first = 0;

	if (finish(nft, err) < 0)
		return -1;
	if (nft->count == BATCH_MARKS)
		return 0; /* nothing is to be done */
	if (carry_out(nft, nft_socket, &first, &verdict, err) < 0)
		return -1;
	if (verdict.errnum)
		return refused(nft, &verdict, err);
	if (nft->deletes)
		nft_socket_deleted(nft_socket);
	return 0;
}

int nft_commit(struct nft *nft, struct nft_socket *nft_socket, struct error *err)
{
	int status = commit(nft, nft_socket, err);

	nft_free(nft);
	return status;
}

/** try() - the last request must be the only one that is refused */
static int try(struct nft *nft, struct nft_socket *nft_socket, struct error *err)
{
	struct nft_verdict verdict = {.errnum = 0};
	uint32_t first = 0;

	nft_flush_set(nft, "\t"); /* nf_tables takes any name, but nobody types this one */
	if (finish(nft, err) < 0 || carry_out(nft, nft_socket, &first, &verdict, err) < 0)
		return -1;
	bool only_last = verdict.errnum == ENOENT && verdict.sequence == first + nft->count - BATCH_MARKS;
	return only_last || !verdict.errnum ? 0 : refused(nft, &verdict, err);
}

int nft_try(struct nft *nft, struct nft_socket *nft_socket, struct error *err)
{
	int status = try(nft, nft_socket, err);

	nft_free(nft);
	return status;
}
