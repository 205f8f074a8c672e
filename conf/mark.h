/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written on packets of a network: plain data. */
#pragma once

#include "conf/firewall.h"

enum { MAX_MARKS = 16, FWMARK_TEXT_SIZE = 24 };

/** enum mark_fields - what a mark sets */
enum mark_fields { MARK_DSCP = 1, MARK_TTL = 2, MARK_FWMARK = 4 };

/**
 * struct mark - every packet that matches gets it; of several the last one counts, field by field
 * @fields: enum mark_fields bits: at least one
 * @dscp:   0 to 63 (RFC 2474)
 * @ttl:    as it leaves this host: TTL or hop limit, at least 1
 * @value, @mask: of the mark that the packet has on this host: bits outside of @mask stay
 * @table:  routing table for packets with this fwmark, 0: none; only of packets from the container
 */
struct mark {
	enum firewall_direction direction;
	uint8_t fields, dscp, ttl;
	uint32_t value, mask, table;
	struct packet_match match;
};

/** mark_has_table() - whether a rule of the routing policy belongs to it */
bool mark_has_table(const struct mark *mark);

/** mark_fwmark_format() - "0x10/0xff". Return: @text */
const char *mark_fwmark_format(const struct mark *mark, char text[static FWMARK_TEXT_SIZE]);

/** mark_hash() - feed everything it says to a hash (base/hash.h). Return: the hash */
uint64_t mark_hash(uint64_t hash, const struct mark *mark);
