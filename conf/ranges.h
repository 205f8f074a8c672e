/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Range sets of addresses, as host-local's "ranges" describes them. */
#pragma once

#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>

enum { MAX_RANGE_SETS = 8, MAX_RANGES = 16 };

/**
 * struct range - consecutive addresses that may be given out
 * @subnet:  the network they belong to; host bits zero
 * @first, @last: both included, both inside @subnet; network and broadcast address are never among them
 * @gateway: never given out
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
