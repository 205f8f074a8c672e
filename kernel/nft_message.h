/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of nf_tables as bytes: for kernel/nft.c and kernel/nft_read.c. */
#pragma once

#include "kernel/nft.h"

#include <linux/netlink.h>

enum { NFT_LABEL_SIZE = 160 };

/** nft_message_type() - nlmsg_type of an NFT_MSG_... number */
uint16_t nft_message_type(uint16_t type);

/**
 * nft_attribute() - the first attribute of this type among @length bytes of attributes; NULL: there is none
 *
 * libmnl's loops compute in long and store in int, which our warnings refuse.
 */
const struct nlattr *nft_attribute(const void *first, size_t length, uint16_t type);
/** nft_attribute_of() - of a message with an nfgenmsg; nft_attribute_in() - of a nest, which may be NULL */
const struct nlattr *nft_attribute_of(const struct nlmsghdr *message, uint16_t type);
const struct nlattr *nft_attribute_in(const struct nlattr *nest, uint16_t type);
/** nft_attribute_next() - the one behind @attribute within its nest; NULL: that was the last. NULL starts */
const struct nlattr *nft_attribute_next(const struct nlattr *nest, const struct nlattr *attribute);

/** nft_message_head() - type and nfgenmsg behind a fresh netlink header. @family: NFPROTO_... */
void nft_message_head(struct nlmsghdr *message, uint16_t type, uint8_t family);

/** nft_message_name() - the object: set, chain or table; "" when it names none */
const char *nft_message_name(const struct nlmsghdr *message);

/** nft_message_element() - append an element to the list that is open: one attribute, two for an interval */
void nft_message_element(struct nlmsghdr *message, const struct nft_element *element);

/** nft_message_key() - append only a key to the list that is open. @end: as the end of an interval */
void nft_message_key(struct nlmsghdr *message, const struct nft_value *key, const struct nft_value *last, bool end);

/** nft_message_read_element() - the first element of an answer; false when there is none or it is not whole */
bool nft_message_read_element(const struct nlmsghdr *message, struct nft_element *element);

/** nft_message_describe() - "add element to set dnat4a", "add rule to chain raw (meta, cmp, immediate)" */
void nft_message_describe(const struct nlmsghdr *message, char text[static NFT_LABEL_SIZE]);
