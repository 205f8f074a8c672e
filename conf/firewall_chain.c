/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of chains, derived from what they hold. */
#include "conf/firewall_chain.h"

#include "base/hash.h"
#include "conf/bridged.h"

#include <stdio.h>

static const char *const chain_names[FIREWALL_CHAINS] = {
	[FIREWALL_IN] = "in",	     [FIREWALL_OUT] = "out",	   [FIREWALL_ROUTED] = "mr",
	[FIREWALL_MARKED_IN] = "mi", [FIREWALL_MARKED_OUT] = "mo",
};

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
	if (!firewall_knows_subnets(attachment, direction))
		return hash_finish(hash, 0);
	hash = hash_text(hash, attachment->mode == MODE_BRIDGE ? attachment->bridge.segment : "");
	for (size_t i = 0; i < attachment->address_count; i++)
		hash = hash_text(hash, prefix_format(&attachment->addresses[i].subnet, subnet));
	return hash_finish(hash, 0);
}

uint8_t firewall_mark_fields(const struct mark *mark, enum firewall_direction chain)
{
	const uint8_t early = mark->direction == FIREWALL_OUT ? MARK_FWMARK : 0;

	if (chain == FIREWALL_ROUTED)
		return mark->fields & early;
	if (chain == (mark->direction == FIREWALL_OUT ? FIREWALL_MARKED_OUT : FIREWALL_MARKED_IN))
		return mark->fields & (uint8_t)~early;
	return 0;
}

/** hash_marks() - those that have something in a chain; false: none has */
static bool hash_marks(const struct attachment *attachment, enum firewall_direction chain, uint64_t *hash)
{
	char text[NUMBERS_TEXT_SIZE];
	bool any = false;

	(void)snprintf(text, sizeof text, "%d", chain);
	*hash = hash_text(hash_text(hash_begin(), attachment->id.network), text);
	for (size_t i = 0; i < attachment->mark_count; i++) {
		if (!firewall_mark_fields(&attachment->marks[i], chain))
			continue;
		any = true;
		(void)snprintf(text, sizeof text, "%zu", i);
		*hash = mark_hash(hash_text(*hash, text), &attachment->marks[i]);
	}
	*hash = hash_finish(*hash, 0);
	return any;
}

/** hash_of() - false: there is no such chain */
static bool hash_of(const struct attachment *attachment, enum firewall_direction direction, uint64_t *hash)
{
	const struct firewall *firewall = &attachment->firewall;

	if (direction >= FIREWALL_DIRECTIONS)
		return hash_marks(attachment, direction, hash);
	if (!has_rules(firewall, direction) && (direction == FIREWALL_OUT || firewall->ingress == INGRESS_OPEN))
		return false;
	*hash = hash_chain(attachment, direction);
	return true;
}

bool firewall_chain(const struct attachment *attachment, enum firewall_direction direction,
		    struct firewall_chain *chain)
{
	uint64_t hash = 0;

	if (attachment->address_count == 0 || !attachment_is_routed(attachment) ||
	    !hash_of(attachment, direction, &hash))
		return false;
	(void)snprintf(chain->name, sizeof chain->name, "%s_%.*s_%015llx", chain_names[direction], SHOWN_NETWORK,
		       attachment->id.network, (unsigned long long)hash >> 4);
	return true;
}
