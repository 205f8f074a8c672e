/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a network lets in and out: plain data. */
#pragma once

#include "conf/packet_match.h"

enum { MAX_FIREWALL_RULES = 64 };

/**
 * enum firewall_ingress - who may open connections to a container when no rule decides it
 * @INGRESS_OPEN:      whoever can route to it
 * @INGRESS_PUBLISHED: its own network, and everybody through a published port
 * @INGRESS_ISOLATED:  everybody through a published port, nobody otherwise
 *
 * This host itself always may: kubelet's probes, and whoever is root here could anyhow.
 */
enum firewall_ingress { INGRESS_OPEN, INGRESS_PUBLISHED, INGRESS_ISOLATED, INGRESS_COUNT };

/**
 * enum firewall_direction - as seen from the container; and what else has chains of rules like these
 * @FIREWALL_ROUTED: marks of packets from the container, before a route is chosen for them
 * @FIREWALL_MARKED_IN, @FIREWALL_MARKED_OUT: marks of packets on their last steps, to and from the container
 */
enum firewall_direction {
	FIREWALL_IN,
	FIREWALL_OUT,
	FIREWALL_DIRECTIONS,
	FIREWALL_ROUTED = FIREWALL_DIRECTIONS,
	FIREWALL_MARKED_IN,
	FIREWALL_MARKED_OUT,
	FIREWALL_CHAINS
};

enum firewall_action { FIREWALL_ACCEPT, FIREWALL_DROP, FIREWALL_REJECT, FIREWALL_ACTIONS };

/** struct firewall_rule - for packets that open a connection; replies always pass */
struct firewall_rule {
	enum firewall_direction direction;
	enum firewall_action action;
	bool log, counter;
	struct packet_match match;
};

/** struct firewall - @rules: the first that matches decides; only the first @rule_count of them mean anything */
struct firewall {
	enum firewall_ingress ingress;
	uint8_t rule_count;
	struct firewall_rule rules[MAX_FIREWALL_RULES];
};
