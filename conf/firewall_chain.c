/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of chains, derived from what they hold. */
#include "conf/firewall_chain.h"

#include "base/hash.h"

#include <stdio.h>

static const char *const direction_names[FIREWALL_DIRECTIONS] = {"in", "out"};

enum { SHOWN_NETWORK = 11, NUMBERS_TEXT_SIZE = 32 };

bool firewall_isolates(const struct attachment *attachment)
{
	return attachment->firewall.ingress == INGRESS_ISOLATED;
}

bool firewall_knows_subnets(const struct attachment *attachment, enum firewall_direction direction)
{
	return direction == FIREWALL_IN && attachment->firewall.ingress == INGRESS_PUBLISHED;
}

static bool has_rules(const struct firewall *firewall, enum firewall_direction direction)
{
	for (size_t i = 0; i < firewall->rule_count; i++)
		if (firewall->rules[i].direction == direction)
			return true;
	return false;
}

/** hash_rule() - with its place in the list, which its comment tells */
static uint64_t hash_rule(uint64_t hash, const struct firewall_rule *rule, size_t place)
{
	char text[NUMBERS_TEXT_SIZE];

	(void)snprintf(text, sizeof text, "%zu %d %d %d", place, rule->action, rule->log, rule->counter);
	return packet_match_hash(hash_text(hash, text), &rule->match);
}

static uint64_t hash_chain(const struct attachment *attachment, enum firewall_direction direction)
{
	const struct firewall *firewall = &attachment->firewall;
	uint64_t hash = hash_text(hash_begin(), attachment->id.network);
	char text[NUMBERS_TEXT_SIZE], subnet[PREFIX_TEXT_SIZE];

	(void)snprintf(text, sizeof text, "%d %d %d", direction, direction == FIREWALL_IN ? (int)firewall->ingress : 0,
		       attachment->mode == MODE_BRIDGE);
	hash = hash_text(hash, text);
	for (size_t i = 0; i < firewall->rule_count; i++)
		if (firewall->rules[i].direction == direction)
			hash = hash_rule(hash, &firewall->rules[i], i);
	for (size_t i = 0; firewall_knows_subnets(attachment, direction) && i < attachment->address_count; i++)
		hash = hash_text(hash, prefix_format(&attachment->addresses[i].subnet, subnet));
	return hash_finish(hash, 0);
}

bool firewall_chain(const struct attachment *attachment, enum firewall_direction direction,
		    struct firewall_chain *chain)
{
	const struct firewall *firewall = &attachment->firewall;

	if (attachment->address_count == 0 ||
	    !(has_rules(firewall, direction) || (direction == FIREWALL_IN && firewall->ingress != INGRESS_OPEN)))
		return false;
	(void)snprintf(chain->name, sizeof chain->name, "%s_%.*s_%015llx", direction_names[direction], SHOWN_NETWORK,
		       attachment->id.network, (unsigned long long)hash_chain(attachment, direction) >> 4);
	return true;
}
