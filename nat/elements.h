/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one attachment has in our nftables table: elements of sets and maps, and nothing else. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/nft.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * enum element_use - who else has a share in an element
 * @ELEMENT_OWN:        nobody
 * @ELEMENT_GATEWAY:    who uses use_name_gateway()
 * @ELEMENT_MASQUERADE: who uses use_name_masquerade()
 * @ELEMENT_EXCLUDE:    who uses use_name_exclude()
 * @ELEMENT_APART, @ELEMENT_TOGETHER, @ELEMENT_JOINT: who uses use_name_apart() and so on
 */
enum element_use {
	ELEMENT_OWN,
	ELEMENT_GATEWAY,
	ELEMENT_MASQUERADE,
	ELEMENT_EXCLUDE,
	ELEMENT_APART,
	ELEMENT_TOGETHER,
	ELEMENT_JOINT
};

/**
 * struct element - one of them
 * @address: index of the attachment's address it belongs to
 * @destination: of ELEMENT_EXCLUDE
 * @mapping: index of the port mapping, -1 if it has nothing to do with ports
 */
struct element {
	struct nft_element nft;
	enum element_use use;
	size_t address;
	struct prefix destination;
	int mapping;
};

enum { MAX_EMPTIED = 5 };

/**
 * struct element_list - grows as needed
 * @failed:  there was no memory, so it is not whole
 * @emptied: sets that hold nothing else: elements_add() empties them first. "" for none
 * @filtered: whose chains of rules the elements lead to: they are to be there first. NULL for none
 */
struct element_list {
	struct element *elements;
	size_t count, size;
	bool failed;
	char emptied[MAX_EMPTIED][NFT_NAME_SIZE];
	const struct attachment *filtered;
};

#define ELEMENT_LIST_EMPTY                                                                                             \
	{                                                                                                              \
		.elements = NULL                                                                                       \
	}

/** element_list_free() - for CLEANUP(); leaves it empty */
void element_list_free(struct element_list *list);

/** element_append() - a new element of this set ('#' for the family) with nothing in it yet; NULL: no memory, remembered */
struct element *element_append(struct element_list *list, const char *set, sa_family_t family);

/** elements_nat() - append the static translations, the chosen or fixed source address and its ports (translations.c) */
void elements_nat(struct element_list *list, const struct attachment *attachment);

/** elements_policy() - append what keeps the network of a chained attachment apart; shared (policy.c) */
void elements_policy(struct element_list *list, const struct attachment *attachment);

/** elements_own() - append what belongs to this attachment alone; its host interface first, in NAT_MARKER */
void elements_own(struct element_list *list, const struct attachment *attachment);

/**
 * elements_shared() - append what it has together with others
 * @all: also destinations that another one of the attachment covers: they were not added, but their uses are counted
 */
void elements_shared(struct element_list *list, const struct attachment *attachment, bool all);

/** elements_merge() - append those that nothing in the list covers yet; what they cover themselves is taken out */
void elements_merge(struct element_list *into, const struct element_list *from);

/** elements_drop() - take out the one at @index */
void elements_drop(struct element_list *list, size_t index);

/** elements_service() - append an address that "any address of the host" does not mean */
void elements_service(struct element_list *list, const struct ip *ip);

/** elements_guard() - append those of the forward guard of a family, for each interface, whether or not it holds */
void elements_guard(struct element_list *list, sa_family_t family, const struct guard_list *guard);

/** elements_add(), elements_delete() - append every element of a list to a transaction */
void elements_add(struct nft *nft, const struct element_list *list);
void elements_delete(struct nft *nft, const struct element_list *list);

/** element_covers() - whether what was found holds everything that was wanted, with the same data */
bool element_covers(const struct nft_element *found, const struct nft_element *wanted);

enum { ELEMENT_TEXT_SIZE = 192 };
/** element_describe() - in words an operator understands: "port mapping 8080/tcp to 10.77.0.2:80". Return: @text */
const char *element_describe(const struct element *element, const struct attachment *attachment,
			     char text[static ELEMENT_TEXT_SIZE]);

/** element_target() - the container address that an element of a map of ports leads to. Return: @text */
const char *element_target(const struct nft_element *element, char text[static IP_TEXT_SIZE]);
