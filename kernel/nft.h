/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nf_tables: transactions that happen as a whole or not at all, and reads of single objects. Family inet, or as said. */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "kernel/nft_socket.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest value: two interface names, or an interface name and an IPv6 address */
enum { NFT_VALUE_SIZE = 32, NFT_MAX_FIELDS = 4, NFT_NAME_SIZE = 32 };

/** struct nft_value - a key or the data of an element: fields one after the other, each padded to 4 bytes */
struct nft_value {
	uint8_t length;
	uint8_t bytes[NFT_VALUE_SIZE];
};

/** nft_value_...() - append a field; addresses and ports go in network byte order, @port comes in host order */
void nft_value_ip(struct nft_value *value, const struct ip *ip);
void nft_value_port(struct nft_value *value, uint16_t port);
void nft_value_protocol(struct nft_value *value, uint8_t protocol);
void nft_value_mac(struct nft_value *value, const uint8_t mac[static 6]);
/** nft_value_port_alone(), nft_value_protocol_alone() - as the only field of a key: no padding */
void nft_value_port_alone(struct nft_value *value, uint16_t port);
void nft_value_protocol_alone(struct nft_value *value, uint8_t protocol);
/** nft_value_ifname() - 16 bytes, zeros behind the name */
void nft_value_ifname(struct nft_value *value, const char *ifname);
/** nft_value_step() - the next (@up) or previous value of a single field; false when there is none */
bool nft_value_step(struct nft_value *value, bool up);

/**
 * enum nft_element_kind - how a set stores an element
 * @NFT_SINGLE:   a key alone
 * @NFT_RANGE:    a set of concatenations with intervals: both ends are in one element
 * @NFT_INTERVAL: a set of single fields with intervals: start and (excluded) end are elements of their own
 */
enum nft_element_kind { NFT_SINGLE, NFT_RANGE, NFT_INTERVAL };

/**
 * struct nft_element - an element of a set or map
 * @last: the end of a range or interval, included
 * @data: of a map; length 0 in a set
 * @jump: of a map of verdicts: the chain to jump to; "" in others
 */
struct nft_element {
	char set[NFT_NAME_SIZE];
	enum nft_element_kind kind;
	struct nft_value key, last, data;
	char jump[NFT_NAME_SIZE];
};

/**
 * struct nft_set - a set or map to be made
 * @key_type, @data_type: as the nft program numbers its types, so that it prints them; 0: no data,
 *              NFT_DATA_VERDICT: verdicts, whose @data_length is 0
 * @interval: elements are ranges
 * @host_order: a key of one field that is in host byte order (an interface name): only the nft program needs to know
 * @field_length: widths of the fields of the key, bytes, for concatenations with intervals
 */
struct nft_set {
	const char *name;
	uint32_t key_type, key_length, data_type, data_length;
	size_t field_count;
	bool interval, host_order;
	uint8_t field_length[NFT_MAX_FIELDS];
};

/** struct nft_chain - a chain; @type NULL: only reached by goto or jump. @hook and @priority as in linux/netfilter.h */
struct nft_chain {
	const char *name, *type;
	uint32_t hook;
	int32_t priority;
};

/* The name of a set that belongs to one rule, before the kernel has put a number in place of %d */
#define NFT_UNNAMED "__set%d"

struct nft;
struct nftnl_rule;

/**
 * nft_begin() - start a transaction on one table of family inet
 *
 * Appending cannot fail visibly: the transaction remembers its first failure, nft_commit() tells it.
 * NULL (no memory) is accepted by all functions below.
 */
struct nft *nft_begin(const char *table);
/** nft_begin_in() - on a table of another family, NFPROTO_... */
struct nft *nft_begin_in(uint8_t family, const char *table);
/** nft_turn_to() - what is appended from here on is of another table, perhaps of another family; still one transaction */
void nft_turn_to(struct nft *nft, uint8_t family, const char *table);
/** nft_free() - give a transaction up; for one that is not committed */
void nft_free(struct nft *nft);

void nft_add_table(struct nft *nft);
/** nft_delete_table() - with all it contains; ENOENT when there is none */
void nft_delete_table(struct nft *nft);
void nft_add_set(struct nft *nft, const struct nft_set *set);
void nft_add_chain(struct nft *nft, const struct nft_chain *chain);
/** nft_flush_chain() - delete its rules; nft_delete_chain() - and itself: EBUSY while something leads to it */
void nft_flush_chain(struct nft *nft, const char *chain);
void nft_delete_chain(struct nft *nft, const char *chain);
/**
 * nft_delete_rule() - one of a list just read; ENOENT when it is gone
 *
 * When the kernel's answer is lost, nft_commit() sends everything again: then it may be gone by our own hand.
 */
void nft_delete_rule(struct nft *nft, const char *chain, uint64_t handle);
/**
 * nft_add_ranges() - a set that only the next rule of this transaction knows, and that goes with it
 * @type:   of the key, as the nft program numbers it
 * @ranges: of kind NFT_INTERVAL, sorted, none touching another; their sets do not matter
 *
 * Return: how nft_match_ranges() calls it; 0 when @nft is NULL
 */
uint32_t nft_add_ranges(struct nft *nft, uint32_t type, const struct nft_element ranges[], size_t count);
/** enum nft_rule_place - among the rules of its chain */
enum nft_rule_place { NFT_LAST, NFT_FIRST };
/** nft_add_rule() - to the chain that @rule names; consumes it. NULL: there was no memory */
void nft_add_rule(struct nft *nft, struct nftnl_rule *rule, enum nft_rule_place place);

/**
 * nft_add_element() - one that is there already with the same data is success, with other data EEXIST
 *
 * So is an interval that touches another one without being equal, but for one of concatenations that
 * encloses another (net/netfilter/nft_set_pipapo.c looks both ends up, no more).
 */
void nft_add_element(struct nft *nft, const struct nft_element *element);
/** nft_delete_element() - by key; the data are not compared by the kernel. ENOENT when there is none */
void nft_delete_element(struct nft *nft, const struct nft_element *element);
/** nft_flush_set() - delete all elements of a set */
void nft_flush_set(struct nft *nft, const char *set);

/**
 * nft_commit() - carry out a transaction as a whole, or refuse it as a whole; frees @nft
 *
 * On refusal: ERROR_KERNEL; the message names the request that was refused first ("nft add element to
 * set dnat4a: File exists"), errnum is the kernel's, details have its words.
 */
int nft_commit(struct nft *nft, struct nft_socket *nft_socket, struct error *err);

/** nft_try() - as nft_commit(), but nothing changes: a last request makes the kernel take it all back */
int nft_try(struct nft *nft, struct nft_socket *nft_socket, struct error *err);

/**
 * nft_get_element() - look one element up
 * @wanted:  a range or interval is looked for by both its ends
 * @found:   what is there: key, last and data; a range or interval may be wider than @wanted
 * @present: false when there is no such element, set or table
 */
int nft_get_element(struct nft_socket *socket, const char *table, const struct nft_element *wanted,
		    struct nft_element *found, bool *present, struct error *err);

/**
 * nft_read_table() - look a table of family inet up
 * @flags:   NFT_TABLE_F_... of linux/netfilter/nf_tables.h
 * @present: false when there is none of this name
 */
int nft_read_table(struct nft_socket *socket, const char *table, uint32_t *flags, bool *present, struct error *err);

int nft_get_element_in(struct nft_socket *socket, uint8_t family, const char *table, const struct nft_element *wanted,
		       struct nft_element *found, bool *present, struct error *err);

/** struct nft_set_state - a set as the kernel has it; flags as in linux/netfilter/nf_tables.h */
struct nft_set_state {
	uint32_t key_type, key_length, data_type, data_length, flags;
};

/** nft_read_set() - @present: false when there is no set of this name */
int nft_read_set(struct nft_socket *socket, const char *table, const char *set, struct nft_set_state *state,
		 bool *present, struct error *err);
int nft_read_set_in(struct nft_socket *socket, uint8_t family, const char *table, const char *set,
		    struct nft_set_state *state, bool *present, struct error *err);
/** nft_set_wanted() - the state that nft_add_set() would give it */
struct nft_set_state nft_set_wanted(const struct nft_set *set);

/**
 * struct nft_chain_state - a chain as the kernel has it
 * @family: NFPROTO_...
 * @type:   "" when it is not a base chain; @hook, @priority, @policy have no meaning then
 */
struct nft_chain_state {
	uint8_t family;
	char table[NFT_NAME_SIZE], name[NFT_NAME_SIZE], type[NFT_NAME_SIZE];
	uint32_t hook, policy;
	int32_t priority;
};

/** nft_read_chain() - @present: false when there is no such chain or table */
int nft_read_chain(struct nft_socket *socket, uint8_t family, const char *table, const char *chain,
		   struct nft_chain_state *state, bool *present, struct error *err);
/** nft_chain_state_of() - decode one answer of nft_list_chains() */
struct nft_chain_state nft_chain_state_of(const struct nlmsghdr *answer);

/** nft_list_chains() - the chains of all tables and families */
int nft_list_chains(struct nft_socket *socket, nft_visit visit, void *into, struct error *err);
/** nft_list_rules() - of one table: chains in the order in which they were made, rules in the order of evaluation */
int nft_list_rules(struct nft_socket *socket, const char *table, nft_visit visit, void *into, struct error *err);
int nft_list_rules_in(struct nft_socket *socket, uint8_t family, const char *table, nft_visit visit, void *into,
		      struct error *err);
/** nft_list_chain() - the rules of one chain; of none when there is no such chain */
int nft_list_chain(struct nft_socket *socket, const char *table, const char *chain, nft_visit visit, void *into,
		   struct error *err);
int nft_list_chain_in(struct nft_socket *socket, uint8_t family, const char *table, const char *chain, nft_visit visit,
		      void *into, struct error *err);

/**
 * nft_rule_is_whole() - whether every expression in an answer of nft_list_rules() has a name
 *
 * libnftnl 1.2.4 compares the name without a look whether there is one (nftnl_expr_parse).
 */
bool nft_rule_is_whole(const struct nlmsghdr *answer);
