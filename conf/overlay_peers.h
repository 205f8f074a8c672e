/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of peers as JSON: the same in a configuration, in the peers' file and in the store. */
#pragma once

#include "conf/field.h"
#include "conf/overlay.h"

/** enum peers_source - PEERS_APPLIED: of the store, where a peer may be "leaving", too */
enum peers_source { PEERS_WISHED, PEERS_APPLIED };

/**
 * overlay_peers_read() - a list of peers, in place of those that are there
 *
 * Each has "host" (with a prefix length where that is known) and "subnets", none of which lies in another's, or holds a
 * host. Errors name the path: ERROR_DECODE, ERROR_CONFIG.
 */
int overlay_peers_read(struct overlay *overlay, const struct field *list, enum peers_source source, struct error *err);

/** overlay_peers_write() - a new reference; NULL without memory */
json_t *overlay_peers_write(const struct overlay *overlay, enum peers_source source);

/** overlay_networks_read() - "network": a prefix, or a list of them, at most one per family */
int overlay_networks_read(struct overlay *overlay, const struct field *value, struct error *err);
/** overlay_subnets_read() - a list of prefixes without host bits. Return: how many, -1 on failure */
int overlay_subnets_read(struct prefix subnets[static MAX_PEER_SUBNETS], const struct field *list, struct error *err);
