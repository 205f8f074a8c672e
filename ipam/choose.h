/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses an attachment gets: one of each range set, the next free one or the one asked for. */
#pragma once

#include "conf/ranges.h"
#include "store/store.h"

struct places;

/**
 * choose_addresses() - fill in @want's addresses from its pool
 *
 * Next-fit: an address that was given back is not the next one to be given out. ERROR_ADDRESS_TAKEN for
 * a requested one that is not free, ERROR_POOL_FULL for a set with none left, ERROR_CONFIG for a
 * requested one that belongs to no set. Nothing is written.
 */
int choose_addresses(struct attachment *want, const struct places *places, struct error *err);

/** choose_done() - remember where each set goes on, once the addresses are @want's */
void choose_done(const struct attachment *want, struct store *store);
