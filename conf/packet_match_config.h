/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The match fields of a rule in the configuration, read and written. */
#pragma once

#include "conf/field.h"
#include "conf/packet_match.h"

/* Keys that packet_match_read() knows, for field_only() */
#define PACKET_MATCH_KEYS                                                                                              \
	"protocol", "source", "destination", "sourcePorts", "destinationPorts", "inInterface", "outInterface"

/**
 * packet_match_read() - read the match fields of a rule
 * @match: overwritten
 *
 * A protocol is a name or a number, an address may have a prefix length, a port is a number, "80" or "8000-8099".
 * ERROR_DECODE and ERROR_CONFIG name the field.
 */
int packet_match_read(struct packet_match *match, const struct field *rule, struct error *err);

/** packet_match_write() - add its fields to a rule, so that reading gives the same again. -1: no memory */
int packet_match_write(const struct packet_match *match, json_t *rule);
