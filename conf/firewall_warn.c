/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules, marks and translations that can never match, or do more than is meant: cheap to find. */
#include "conf/bridged.h"
#include "conf/firewall_config.h"

#include <string.h>

/* As attachment_derive_names() calls host ends */
static const char HOST_END[] = "veth";

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

/**
 * fits_own() - whether a pattern may mean the interface on this side of a container
 *
 * A host end, whose name is not known beforehand, or the bridge. Only what begins otherwise is sure to be none.
 */
static bool fits_own(const struct attachment *wish, const char *pattern)
{
	const char *own = wish->mode == MODE_BRIDGE ? wish->bridge.segment : HOST_END;
	const size_t length = strlen(pattern), own_length = strlen(own);

	if (length > 0 && pattern[length - 1] == '*')
		return strncmp(pattern, own, length - 1 < own_length ? length - 1 : own_length) == 0;
	if (wish->mode == MODE_BRIDGE)
		return length == 0 || strcmp(pattern, own) == 0;
	return length == 0 || strncmp(pattern, own, own_length) == 0;
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
	if (direction == FIREWALL_OUT && !fits_own(wish, match->in_interface))
		return "its inInterface is not the container's";
	if (direction == FIREWALL_IN && !fits_own(wish, match->out_interface))
		return "its outInterface is not the container's";
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

/** no_container() - whether an address of a subnet is nobody's: the subnet's own, its broadcast address, a gateway */
static bool no_container(const struct attachment *wish, const struct ip *ip)
{
	for (size_t i = 0; i < wish->address_count; i++) {
		const struct address *address = &wish->addresses[i];
		const struct ip first = prefix_network(&address->subnet).ip, last = prefix_last(&address->subnet);
		if (ip_equal(ip, &address->gateway))
			return true;
		if (address->subnet.length + 1 < ip_bits(ip->family) &&
		    (ip_equal(ip, &first) || (ip->family == AF_INET && ip_equal(ip, &last))))
			return true;
	}
	return false;
}

static void warn_of_statics(const struct attachment *wish, struct error *err)
{
	const struct static_nat_list *list = wish->nat.network;
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; list && i < list->count; i++)
		if (no_container(wish, &list->entries[i].private))
			error_warn(err, "nat.static: private %s is no address that a container can have",
				   ip_format(&list->entries[i].private, text));
}

static void warn_of_marks(const struct attachment *wish, struct error *err)
{
	for (size_t i = 0; i < wish->mark_count; i++) {
		const struct mark *mark = &wish->marks[i];
		const char *why = why_never(wish, &mark->match, mark->direction);
		if (why)
			error_warn(err, "mark[%zu] can never match: %s", i, why);
		/* of kube-proxy 0x4000 and 0x8000, of others what they like */
		if (mark->fields & MARK_FWMARK && mark->mask == UINT32_MAX)
			error_warn(err, "mark[%zu].fwmark: without a mask it replaces all bits, also those of others",
				   i);
	}
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
	warn_of_marks(wish, err);
	warn_of_statics(wish, err);
	if (!attachment_is_routed(wish) &&
	    (firewall->ingress != INGRESS_OPEN || firewall->rule_count > 0 || wish->mark_count > 0))
		error_warn(err, "firewall, mark: they see what this host routes, and it routes nothing for bridge %s",
			   wish->bridge.name);
}
