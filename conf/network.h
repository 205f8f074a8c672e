/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of type "cambric" that concern the network as a whole. */
#pragma once

#include "conf/field.h"
#include "conf/request.h"

/**
 * network_read_store() - what is needed to find records again: @data_dir and @ipam_type
 * @ipam:      takes the place of "ipam.type"; NULL: nothing does
 * @reference: "ipam.dataDir" is the directory of host-local's reservations, not the root of our store
 *
 * Whoever serves the addresses. An ipam.type other than absent, "", "cambric",
 * "host-local" and "static" is a delegate's name: a name, never a path. Both must be sound also for DEL and GC.
 */
int network_read_store(struct network *network, const struct field *root, bool reference, const char *ipam,
		       struct error *err);

/** network_read_mtu() - "mtu", 0 when absent */
int network_read_mtu(struct network *network, const struct field *root, struct error *err);
/** network_mtu() - the same of any object, into *@mtu, which stays when it is absent */
int network_mtu(uint32_t *mtu, const struct field *object, struct error *err);

/** network_refuse_key() - ERROR_UNSUPPORTED_FIELD with key and value, unless it says nothing (null, false, 0, empty) */
int network_refuse_key(const struct field *object, const char *key, struct error *err);

/**
 * network_refuse_conditions() - those of the reference portmap are words of the iptables or nft program: nothing here
 *                               reads that language
 */
int network_refuse_conditions(const struct field *root, struct error *err);

/**
 * network_read() - @mode, @mtu, @masquerade, @forward_guard
 *
 * Keys that exist but are not served by this version (another mode, overlay, firewall, ...) are ERROR_UNSUPPORTED_FIELD
 * with key and value, unless they say nothing (null, false, 0, empty): whoever wrote them relies on them. Keys that
 * nobody knows are ignored.
 */
int network_read(struct network *network, const struct field *root, struct error *err);
