/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routing by source in a container whose interface another plugin has made. */
#pragma once

#include "base/ip.h"

#include <stdbool.h>
#include <stdint.h>

enum { MOVED_FAMILIES = 2 };

/**
 * struct moved_routes
 * @table:      that the rules lead to: as configured, or known while ADD runs; 0: not known, so there are no rules yet
 * @rules_only: it was configured, and is somebody else's to fill
 * @keeps_link: routes without a gateway stay in the main table, too ("addSourceHints")
 * @gateways:   of IPv4 and IPv6, may be AF_UNSPEC
 */
struct moved_routes {
	uint32_t table;
	bool rules_only, keeps_link;
	struct ip gateways[MOVED_FAMILIES];
};
