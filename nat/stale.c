/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From port mappings to the conntrack entries that stand in their way. */
#include "nat/stale.h"

#include "base/cleanup.h"
#include "kernel/conntrack.h"

#include <netinet/in.h>

enum { FAMILIES = 2, MATCHES_PER_STATIC = 2 };

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

static bool has_udp(const struct attachment *attachment)
{
	for (size_t i = 0; i < attachment->port_count; i++)
		if (attachment->ports[i].protocol == IPPROTO_UDP)
			return true;
	return false;
}

void stale_flush(const struct attachment *attachment, enum stale_when when, struct kernel *kernel, struct error *err)
{
	struct error failure = ERROR_INIT;

	if (!has_udp(attachment) && !attachment->nat.static_count)
		return;
	AUTO_FREE struct conntrack_match *matches =
		calloc(FAMILIES * attachment->port_count + MATCHES_PER_STATIC * (size_t)attachment->nat.static_count,
		       sizeof *matches);
	if (!matches) {
		error_warn(err, "UDP connections of published ports were not flushed: no memory");
		return;
	}
	size_t count = list_matches(attachment, when, AF_INET, matches, 0);
	count = list_matches(attachment, when, AF_INET6, matches, count);
	count = list_statics(&attachment->nat, matches, count);
	if (conntrack_flush_udp(kernel->host, kernel->nft, matches, count, &failure) < 0)
		error_warn(err, "UDP connections of published ports were not flushed: %s", failure.msg);
}
