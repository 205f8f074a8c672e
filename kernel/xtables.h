/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of iptables-legacy, which nf_tables knows nothing of: looked at, never changed. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/**
 * xtables_contain() - whether these bytes are anywhere in a table
 * @table:    "nat", "filter"
 * @contains: false as well when nobody has ever used the table in this namespace: it is not made by looking
 *
 * A chain's name is in it once, with a zero at its end; jumps are offsets (linux/netfilter_ipv4/ip_tables.h).
 */
int xtables_contain(sa_family_t family, const char *table, const void *bytes, size_t length, bool *contains,
		    struct error *err);
