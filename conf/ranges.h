/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Range sets of addresses, as host-local's "ranges" describes them. */
#pragma once

#include "base/error.h"
#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_RANGE_SETS = 8, MAX_RANGES = 16 };

/* IPv6: only so many addresses of a range, from its first on, are given out unasked; any may be asked for by name */
enum { MAX_IPV6_RANGE = 1 << 20 };

/**
 * struct range - consecutive addresses that may be given out
 * @subnet:  the network they belong to; host bits zero
 * @first, @last: both included, both inside @subnet; network and broadcast address are never among them
 * @gateway: never given out; of the same family, may lie outside @subnet; AF_UNSPEC for a static address without
 */
struct range {
	struct prefix subnet;
	struct ip first, last;
	struct ip gateway;
};

/** struct range_set - ranges of one family, of which an attachment gets one address */
struct range_set {
	size_t count;
	struct range ranges[MAX_RANGES];
};

/** struct address_pool - the range sets of a network and the addresses asked for by name */
struct address_pool {
	size_t set_count;
	struct range_set sets[MAX_RANGE_SETS];
	size_t requested_count;
	struct ip requested[MAX_RANGE_SETS];
};

/**
 * range_set_complete() - check the ranges of a set and fill in what was not given
 * @set: subnets as configured; @first, @last and @gateway AF_UNSPEC where not configured
 *
 * Defaults: first address after the network address, last one before the broadcast address (IPv6: the very last),
 * gateway the first one. A configured end that names the network or broadcast address is moved inside. The
 * reference's words, as ERROR_CONFIG: "empty range set", "Network X too small to allocate from", "Network has host
 * bits set. ...", "RangeStart X not in network Y", "mixed address families", "subnets A-B and C-D overlap".
 */
int range_set_complete(struct range_set *set, struct error *err);

/**
 * address_pool_check() - rules between sets: none overlaps another ("range set 0 overlaps with 1")
 * @one_per_family: CNI 0.1.0 and 0.2.0 have no room for a second address of a family
 * @version:        for the message
 */
int address_pool_check(const struct address_pool *pool, bool one_per_family, const char *version, struct error *err);

/**
 * address_pool_assign() - which set each requested address belongs to
 * @chosen: one per set of the pool, AF_UNSPEC where nothing was requested of it
 *
 * ERROR_CONFIG: "failed to allocate for range N: requested ip X is subnet's gateway" for a gateway of the set, "failed
 * to allocate all requested IPs: A B" for those that no set, or none that is still free of a request, contains.
 */
int address_pool_assign(const struct address_pool *pool, struct ip chosen[static MAX_RANGE_SETS], struct error *err);

/** range_set_find() - the range that contains @ip, NULL if none does */
const struct range *range_set_find(const struct range_set *set, const struct ip *ip);
/** range_set_is_gateway() - whether @ip is the gateway of some range of the set */
bool range_set_is_gateway(const struct range_set *set, const struct ip *ip);

/** range_last_unasked() - highest address that is given out unasked: @last, or MAX_IPV6_RANGE after @first */
struct ip range_last_unasked(const struct range *range);

enum { RANGE_SET_TEXT_SIZE = 160 };

/** range_set_format() - "A-B,C-D" for messages, cut to the room. Return: @text */
const char *range_set_format(const struct range_set *set, char text[static RANGE_SET_TEXT_SIZE]);
