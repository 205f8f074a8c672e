/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attachment has that another plugin of the chain has made: where it is, and what is done for it. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * enum chained_policy - whom containers of a network may be reached by, as the reference firewall has it
 * @POLICY_SAME_BRIDGE: nobody in another network with a policy
 * @POLICY_ISOLATED:    nor anybody in the own one
 *
 * Replies and published ports are open to all.
 */
enum chained_policy { POLICY_OPEN, POLICY_SAME_BRIDGE, POLICY_ISOLATED, POLICY_COUNT };

/** chained_policy_name() - "same-bridge" and so on; chained_policy_find() is its inverse, false for other words */
const char *chained_policy_name(enum chained_policy policy);
bool chained_policy_find(const char *name, enum chained_policy *policy);

/* Links of one kind that a chain may have */
enum { CHAIN_LINKS = 4 };

/**
 * struct chained - @ifname is "" for attachments of other modes, and until it is known
 * @ifname:         interface of this host that leads to the container: its bridge, or its own host end
 * @hairpin:        who comes to a published port from behind the container's own interface, or from this host's loopback
 *                  address, gets an address that the container can answer ("snat")
 * @masquerade_all: and so does everybody else ("masqAll")
 * @own_end:        with a policy: @ifname leads to this container alone
 * @isolates_port:  with POLICY_ISOLATED: its bridge port was not isolated before
 * @links:          hash of its part of the configuration, 0 in records of older versions, and behind it those of other
 *                  links of the kind that it has met; 0 for none
 */
struct chained {
	char ifname[IFNAMSIZ];
	bool hairpin, masquerade_all, own_end, isolates_port;
	enum chained_policy policy;
	uint64_t links[CHAIN_LINKS];
};
