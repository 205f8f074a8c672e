/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules and marks that can never match: cheap to find, and hardly ever meant. */
#include "conf/bridged.h"
#include "conf/firewall_config.h"

/** within() - whether some address of a list may be a container's: in a subnet of the network, or link-local */
static bool within(const struct attachment *wish, const struct prefix prefixes[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (ip_is_link_local(&prefixes[i].ip) && prefixes[i].ip.family == AF_INET6)
			return true;
		for (size_t j = 0; j < wish->address_count; j++)
			if (prefix_overlaps(&prefixes[i], &wish->addresses[j].subnet))
				return true;
	}
	return count == 0;
}

static bool serves_family(const struct attachment *wish, const struct packet_match *match)
{
	return (attachment_has_family(wish, AF_INET) && packet_match_has_family(match, AF_INET)) ||
	       (attachment_has_family(wish, AF_INET6) && packet_match_has_family(match, AF_INET6));
}

/** why_never() - what keeps a rule or mark from ever matching, by itself; NULL: nothing that we know of */
static const char *why_never(const struct attachment *wish, const struct packet_match *match,
			     enum firewall_direction direction)
{
	if (!packet_match_has_family(match, AF_INET) && !packet_match_has_family(match, AF_INET6))
		return "its addresses and its protocol have no family in common";
	if (wish->address_count == 0)
		return NULL;
	if (!serves_family(wish, match))
		return "the network has no addresses of its family";
	if (direction == FIREWALL_OUT && !within(wish, match->sources, match->source_count))
		return "its source is not in a subnet of the network";
	if (direction == FIREWALL_IN && !within(wish, match->destinations, match->destination_count))
		return "its destination is not in a subnet of the network";
	return NULL;
}

/** find_shadow() - the first rule that takes everything before @index can; @index when there is none */
static size_t find_shadow(const struct firewall *firewall, size_t index)
{
	const struct firewall_rule *rule = &firewall->rules[index];

	for (size_t i = 0; i < index; i++)
		if (firewall->rules[i].direction == rule->direction &&
		    packet_match_covers(&firewall->rules[i].match, &rule->match))
			return i;
	return index;
}

void firewall_warn(const struct attachment *wish, struct error *err)
{
	const struct firewall *firewall = &wish->firewall;

	for (size_t i = 0; i < firewall->rule_count; i++) {
		const char *why = why_never(wish, &firewall->rules[i].match, firewall->rules[i].direction);
		const size_t shadow = find_shadow(firewall, i);
		if (why)
			error_warn(err, "firewall.rules[%zu] can never match: %s", i, why);
		else if (shadow < i)
			error_warn(err, "firewall.rules[%zu] can never match: rules[%zu] takes all its packets", i,
				   shadow);
	}
	for (size_t i = 0; i < wish->mark_count; i++) {
		const char *why = why_never(wish, &wish->marks[i].match, wish->marks[i].direction);
		if (why)
			error_warn(err, "mark[%zu] can never match: %s", i, why);
	}
	if (!attachment_is_routed(wish) &&
	    (firewall->ingress != INGRESS_OPEN || firewall->rule_count > 0 || wish->mark_count > 0))
		error_warn(err, "firewall, mark: they see what this host routes, and it routes nothing for bridge %s",
			   wish->bridge.name);
}
