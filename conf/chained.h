/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attachment has that another plugin of the chain has made: where it is, and what is done for it. */
#pragma once

#include <net/if.h>
#include <stdbool.h>

/**
 * struct chained - @ifname is "" for attachments of other modes, and until it is known
 * @ifname:         interface of this host that leads to the container: its bridge, or its own host end
 * @hairpin:        who comes to a published port from behind the container's own interface, or from this host's loopback
 *                  address, gets an address that the container can answer ("snat")
 * @masquerade_all: and so does everybody else ("masqAll")
 */
struct chained {
	char ifname[IFNAMSIZ];
	bool hairpin, masquerade_all;
};
