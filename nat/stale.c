/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From port mappings, public addresses and rules to the conntrack entries that stand in their way. */
#include "nat/stale.h"

#include "base/cleanup.h"
#include "conf/firewall_chain.h"
#include "kernel/conntrack.h"

#include <netinet/in.h>

enum { FAMILIES = 2, MATCHES_PER_STATIC = 2, MATCHES_PER_ADDRESS = 2 };

static struct conntrack_match match_host(const struct port_mapping *mapping, sa_family_t family)
{
	struct conntrack_match match = {.side = CONNTRACK_DESTINATION,
					.family = family,
					.first_port = mapping->host_port,
					.last_port = (uint16_t)(mapping->host_port + mapping->count - 1)};

	if (!port_mapping_is_any(mapping))
		match.ip = mapping->host_ip;
	return match;
}

static struct conntrack_match match_container(const struct port_mapping *mapping, const struct address *address)
{
	return (struct conntrack_match){.side = CONNTRACK_REPLY_SOURCE,
					.family = address->ip.family,
					.ip = address->ip,
					.first_port = mapping->container_port,
					.last_port = (uint16_t)(mapping->container_port + mapping->count - 1)};
}

/** list_matches() - of one family, behind @count that are there. Return: the new count */
static size_t list_matches(const struct attachment *attachment, enum stale_when when, sa_family_t family,
			   struct conntrack_match matches[], size_t count)
{
	const struct address *address = attachment_address(attachment, family);

	for (size_t i = 0; address && ip_is_set(&address->ip) && i < attachment->port_count; i++) {
		const struct port_mapping *mapping = &attachment->ports[i];
		if (mapping->protocol != IPPROTO_UDP || !port_mapping_applies(mapping, family))
			continue;
		matches[count++] =
			when == STALE_BEFORE_ADD ? match_host(mapping, family) : match_container(mapping, address);
	}
	return count;
}

/** list_statics() - both directions of each public address, behind @count that are there. Return: the new count */
static size_t list_statics(const struct nat *nat, struct conntrack_match matches[], size_t count)
{
	static const enum conntrack_side sides[MATCHES_PER_STATIC] = {CONNTRACK_DESTINATION,
								      CONNTRACK_REPLY_DESTINATION};

	for (size_t i = 0; i < nat->static_count; i++)
		for (size_t j = 0; j < MATCHES_PER_STATIC; j++)
			matches[count++] = (struct conntrack_match){.side = sides[j],
								    .family = nat->statics[i].public.family,
								    .ip = nat->statics[i].public,
								    .last_port = UINT16_MAX};
	return count;
}

static bool is_filtered(const struct attachment *attachment)
{
	struct firewall_chain chain;

	return firewall_chain(attachment, FIREWALL_IN, &chain) || firewall_chain(attachment, FIREWALL_OUT, &chain);
}

/** list_addresses() - what chains let pass as replies: who has an address next must not inherit it. Return: the new count */
static size_t list_addresses(const struct attachment *attachment, struct conntrack_match matches[], size_t count)
{
	static const enum conntrack_side sides[MATCHES_PER_ADDRESS] = {CONNTRACK_SOURCE, CONNTRACK_REPLY_SOURCE};

	for (size_t i = 0; i < attachment->address_count; i++) {
		const struct ip *ip = &attachment->addresses[i].ip;
		for (size_t j = 0; ip_is_set(ip) && j < MATCHES_PER_ADDRESS; j++)
			matches[count++] = (struct conntrack_match){
				.side = sides[j], .family = ip->family, .ip = *ip, .last_port = UINT16_MAX};
	}
	return count;
}

static bool has_udp(const struct attachment *attachment)
{
	for (size_t i = 0; i < attachment->port_count; i++)
		if (attachment->ports[i].protocol == IPPROTO_UDP)
			return true;
	return false;
}

void stale_flush(const struct attachment *attachment, enum stale_when when, struct kernel *kernel, struct error *err)
{
	const bool filtered = when == STALE_AFTER_DEL && is_filtered(attachment);
	struct error failure = ERROR_INIT;

	if (!has_udp(attachment) && !attachment->nat.static_count && !filtered)
		return;
	AUTO_FREE struct conntrack_match *matches =
		calloc(FAMILIES * attachment->port_count + MATCHES_PER_STATIC * (size_t)attachment->nat.static_count +
			       MATCHES_PER_ADDRESS * attachment->address_count,
		       sizeof *matches);
	if (!matches) {
		error_warn(err, "UDP connections of %s were not flushed: no memory", attachment->host_ifname);
		return;
	}
	size_t count = list_matches(attachment, when, AF_INET, matches, 0);
	count = list_matches(attachment, when, AF_INET6, matches, count);
	count = list_statics(&attachment->nat, matches, count);
	if (filtered)
		count = list_addresses(attachment, matches, count);
	if (conntrack_flush_udp(kernel->host, kernel->nft, matches, count, &failure) < 0)
		error_warn(err, "UDP connections of %s were not flushed: %s", attachment->host_ifname, failure.msg);
}
