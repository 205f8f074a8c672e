/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and host ports in use, as bitmaps: a cache of the records.
 *
 * A page of addresses is one file of 32768 bits, named by the /17 (IPv4) or /113 (IPv6) it stands
 * for: a range of a configuration only selects bits, so ranges may shrink, grow and roll back.
 *
 *   bits/<registry>-10.77.0.0_17           addresses of this block
 *   bits/ports-ipv4-tcp                    65536 bits: claimed for any address; 65536 more: claimed for
 *                                          some address at some time (a hint, the records have the answer)
 *   bits/ports-ipv4-tcp-192.0.2.1          65536 bits: claimed for this address
 *   bits/public-198.51.100.0_17            32768 bits: a static translation's or in a pool; 32768 more: source of a
 *                                          network at some time (a hint); 32768 more: chosen from a pool
 *   bits/cursor-<hash>                     where a range set continues
 *
 * Behind the bits of a page stands their hash. A page that is absent, or has the wrong size or hash, is made from
 * the records, inside a section: whatever its bytes are, nothing that a record holds is given out.
 */
#pragma once

#include "store/store.h"

#include <stdint.h>

enum { ADDRESS_PAGE_BITS = 32768, ADDRESS_PAGE_SHIFT = 15, PORT_PAGE_BITS = 65536 };

/** registry_name() - whose addresses must be distinct from this one's: routed networks all share "host", every bridge (and
 *                   VLAN of a bridge) has its own, and so has each network whose interfaces this host does not join */
const char *registry_name(const struct attachment *attachment);

/** address_is_taken() - whether somebody holds @ip; inside a section */
int address_is_taken(struct store *store, const char *registry, const struct ip *ip, bool *taken, struct error *err);

/**
 * address_find_free() - the lowest free address from @first to @last, both included; inside a section
 * @found: AF_UNSPEC when all are taken
 *
 * Reads pages, not bits: a million addresses are 32 reads.
 */
int address_find_free(struct store *store, const char *registry, const struct ip *first, const struct ip *last,
		      struct ip *found, struct error *err);

/** gateway_is_used() - whether @ip is the gateway of some attachment; inside a section */
int gateway_is_used(struct store *store, const struct ip *ip, bool *used, struct error *err);

/** cursor_load() - the address given out last in a range set; AF_UNSPEC when nobody knows */
void cursor_load(struct store *store, uint64_t set, struct ip *cursor);
/** cursor_save() - best effort: what is lost is only the distance between two uses of an address */
void cursor_save(struct store *store, uint64_t set, const struct ip *cursor);

/**
 * bits_verify() - ERROR_DRIFT naming the first address or port of a record that is not marked as taken
 *
 * Needs no section; a page that is not there proves nothing.
 */
int bits_verify(struct store *store, const struct attachment *attachment, struct error *err);
/** uses_verify() - ERROR_DRIFT naming the first thing that does not count this attachment */
int uses_verify(struct store *store, const struct attachment *attachment, struct error *err);

/**
 * store_probe() - could a record be written now?
 *
 * ERROR_NOT_AVAILABLE names "dataDir" and the reason. Makes nothing that stays.
 */
int store_probe(struct store *store, struct error *err);
