/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which chains of rules an attachment goes through, by name: equal rules of one network, equal name. */
#pragma once

#include "conf/attachment.h"

enum { FIREWALL_CHAIN_SIZE = 32 };

/**
 * struct firewall_chain - one of them
 * @name: direction, the beginning of the network's name, and a hash of everything that the chain is made from
 *
 * So a configuration that is changed makes new chains for new attachments, and leaves old ones theirs.
 */
struct firewall_chain {
	char name[FIREWALL_CHAIN_SIZE];
};

/**
 * firewall_chain() - false: packets of this direction are not filtered, or not seen (attachment_is_routed()), or no address
 * is known yet
 */
bool firewall_chain(const struct attachment *attachment, enum firewall_direction direction,
		    struct firewall_chain *chain);

/** firewall_mark_fields() - which fields of a mark a chain sets: enum mark_fields bits */
uint8_t firewall_mark_fields(const struct mark *mark, enum firewall_direction chain);

/** firewall_isolates() - whether neighbours on one bridge must not reach each other either */
bool firewall_isolates(const struct attachment *attachment);

/** firewall_knows_subnets() - whether chains of this direction let the attachment's own network in, by its subnets */
bool firewall_knows_subnets(const struct attachment *attachment, enum firewall_direction direction);
