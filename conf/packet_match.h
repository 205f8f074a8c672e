/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets a rule of the configuration is for: plain data, and what can be told from it alone. */
#pragma once

#include "base/ip.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_MATCH_ENTRIES = 16, PROTOCOL_TEXT_SIZE = 8 };

/** struct port_range - @first to @last, both included, host byte order */
struct port_range {
	uint16_t first, last;
};

/**
 * struct packet_match - all that is given must be true; an empty list or text says nothing
 * @protocol:      valid when @has_protocol
 * @in_interface, @out_interface: a name, or the beginning of one and '*'
 * @sources, @destinations: sorted, host bits zero, none within another; both families
 * @source_ports, @destination_ports: sorted, none touches another; only with a protocol that has ports
 */
struct packet_match {
	bool has_protocol;
	uint8_t protocol;
	uint8_t source_count, destination_count, source_port_count, destination_port_count;
	char in_interface[IFNAMSIZ], out_interface[IFNAMSIZ];
	struct prefix sources[MAX_MATCH_ENTRIES], destinations[MAX_MATCH_ENTRIES];
	struct port_range source_ports[MAX_MATCH_ENTRIES], destination_ports[MAX_MATCH_ENTRIES];
};

/** packet_match_knows_family() - whether it says anything about the address family: addresses, or ICMP */
bool packet_match_knows_family(const struct packet_match *match);
/** packet_match_has_family() - whether a packet of this family can match */
bool packet_match_has_family(const struct packet_match *match, sa_family_t family);

/**
 * packet_match_covers() - whether @wide matches every packet that @narrow matches
 *
 * True is certain; false may be wrong where several entries of @wide together cover one of @narrow.
 */
bool packet_match_covers(const struct packet_match *wide, const struct packet_match *narrow);

/** packet_match_hash() - feed everything it says to a hash (base/hash.h). Return: the hash */
uint64_t packet_match_hash(uint64_t hash, const struct packet_match *match);

/** prefixes_tidy(), port_ranges_tidy() - bring a list into the order described above. Return: entries that are left */
size_t prefixes_tidy(struct prefix prefixes[], size_t count);
size_t port_ranges_tidy(struct port_range ranges[], size_t count);

/** match_protocol_parse() - a name that rules may use (tcp, udp, sctp, icmp, icmpv6) or a number; false: neither */
bool match_protocol_parse(const char *text, uint8_t *protocol);
/** match_protocol_format() - the name, or the number where there is none. Return: @text */
const char *match_protocol_format(uint8_t protocol, char text[static PROTOCOL_TEXT_SIZE]);
/** match_protocol_has_ports() - whether packets begin with source and destination port */
bool match_protocol_has_ports(uint8_t protocol);
