/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which subnet of a network to claim. */
#pragma once

#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>

enum { CANDIDATES = 100 };

/**
 * choose_subnet() - a subnet that shares no address with any of @taken
 * @wanted: taken when it is free and such a subnet; NULL: none
 * @taken:  of any length and family; is sorted
 *
 * One of the first CANDIDATES that are free, by chance: hosts that choose at the same moment choose differently.
 *
 * Return: whether there is one
 */
bool choose_subnet(const struct prefix *network, uint8_t length, const struct prefix *wanted, struct prefix taken[],
		   size_t count, struct prefix *chosen);

/** choose_is_free() - whether @subnet shares no address with any of @taken */
bool choose_is_free(const struct prefix *subnet, const struct prefix taken[], size_t count);
