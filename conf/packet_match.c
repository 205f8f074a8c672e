/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be told from a match without looking at packets. */
#include "conf/packet_match.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HASH_TEXT_SIZE = 64 };

static const struct {
	const char *name;
	uint8_t number;
	bool has_ports;
} protocols[] = {
	{.name = "tcp", .number = IPPROTO_TCP, .has_ports = true},
	{.name = "udp", .number = IPPROTO_UDP, .has_ports = true},
	{.name = "sctp", .number = IPPROTO_SCTP, .has_ports = true},
	{.name = "icmp", .number = IPPROTO_ICMP},
	{.name = "icmpv6", .number = IPPROTO_ICMPV6},
	{.name = "33", .number = IPPROTO_DCCP, .has_ports = true},
	{.name = "136", .number = IPPROTO_UDPLITE, .has_ports = true},
};

bool match_protocol_parse(const char *text, uint8_t *protocol)
{
	char *rest;
	unsigned long number;

	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (strcasecmp(protocols[i].name, text) == 0) {
			*protocol = protocols[i].number;
			return true;
		}
	if (text[0] < '0' || text[0] > '9')
		return false;
	number = strtoul(text, &rest, 10);
	if (*rest != '\0' || number > UINT8_MAX)
		return false;
	*protocol = (uint8_t)number;
	return true;
}

const char *match_protocol_format(uint8_t protocol, char text[static PROTOCOL_TEXT_SIZE])
{
	(void)snprintf(text, PROTOCOL_TEXT_SIZE, "%u", protocol);
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (protocols[i].number == protocol)
			(void)snprintf(text, PROTOCOL_TEXT_SIZE, "%s", protocols[i].name);
	return text;
}

bool match_protocol_has_ports(uint8_t protocol)
{
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (protocols[i].number == protocol)
			return protocols[i].has_ports;
	return false;
}

/** has_family() - whether a list has nothing against a family */
static bool has_family(const struct prefix prefixes[], size_t count, sa_family_t family)
{
	for (size_t i = 0; i < count; i++)
		if (prefixes[i].ip.family == family)
			return true;
	return count == 0;
}

/** protocol_family() - ICMP is there once for each family; AF_UNSPEC: the protocol does not say */
static sa_family_t protocol_family(const struct packet_match *match)
{
	if (match->has_protocol && match->protocol == IPPROTO_ICMP)
		return AF_INET;
	return match->has_protocol && match->protocol == IPPROTO_ICMPV6 ? AF_INET6 : AF_UNSPEC;
}

bool packet_match_knows_family(const struct packet_match *match)
{
	return match->source_count || match->destination_count || protocol_family(match) != AF_UNSPEC;
}

bool packet_match_has_family(const struct packet_match *match, sa_family_t family)
{
	const sa_family_t only = protocol_family(match);

	return (only == AF_UNSPEC || only == family) && has_family(match->sources, match->source_count, family) &&
	       has_family(match->destinations, match->destination_count, family);
}

static bool covers_prefixes(const struct prefix wide[], size_t wide_count, const struct prefix narrow[],
			    size_t narrow_count)
{
	for (size_t i = 0; i < narrow_count && wide_count; i++) {
		size_t at = 0;
		while (at < wide_count && !prefix_contains(&wide[at], &narrow[i]))
			at++;
		if (at == wide_count)
			return false;
	}
	return wide_count == 0 || narrow_count > 0;
}

static bool covers_ports(const struct port_range wide[], size_t wide_count, const struct port_range narrow[],
			 size_t narrow_count)
{
	for (size_t i = 0; i < narrow_count && wide_count; i++) {
		size_t at = 0;
		while (at < wide_count && (narrow[i].first < wide[at].first || narrow[i].last > wide[at].last))
			at++;
		if (at == wide_count)
			return false;
	}
	return wide_count == 0 || narrow_count > 0;
}

static bool covers_interface(const char *wide, const char *narrow)
{
	size_t length = strlen(wide);

	if (length == 0 || strcmp(wide, narrow) == 0)
		return true;
	return wide[length - 1] == '*' && strncmp(wide, narrow, length - 1) == 0;
}

bool packet_match_covers(const struct packet_match *wide, const struct packet_match *narrow)
{
	if (wide->has_protocol && (!narrow->has_protocol || wide->protocol != narrow->protocol))
		return false;
	return covers_interface(wide->in_interface, narrow->in_interface) &&
	       covers_interface(wide->out_interface, narrow->out_interface) &&
	       covers_prefixes(wide->sources, wide->source_count, narrow->sources, narrow->source_count) &&
	       covers_prefixes(wide->destinations, wide->destination_count, narrow->destinations,
			       narrow->destination_count) &&
	       covers_ports(wide->source_ports, wide->source_port_count, narrow->source_ports,
			    narrow->source_port_count) &&
	       covers_ports(wide->destination_ports, wide->destination_port_count, narrow->destination_ports,
			    narrow->destination_port_count);
}

static uint64_t hash_prefixes(uint64_t hash, const struct prefix prefixes[], size_t count)
{
	char text[PREFIX_TEXT_SIZE];

	for (size_t i = 0; i < count; i++)
		hash = hash_text(hash, prefix_format(&prefixes[i], text));
	return hash_text(hash, "");
}

static uint64_t hash_ports(uint64_t hash, const struct port_range ranges[], size_t count)
{
	char text[HASH_TEXT_SIZE];

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(text, sizeof text, "%u-%u", ranges[i].first, ranges[i].last);
		hash = hash_text(hash, text);
	}
	return hash_text(hash, "");
}

uint64_t packet_match_hash(uint64_t hash, const struct packet_match *match)
{
	char text[PROTOCOL_TEXT_SIZE];

	hash = hash_text(hash, match->has_protocol ? match_protocol_format(match->protocol, text) : "");
	hash = hash_text(hash_text(hash, match->in_interface), match->out_interface);
	hash = hash_prefixes(hash, match->sources, match->source_count);
	hash = hash_prefixes(hash, match->destinations, match->destination_count);
	hash = hash_ports(hash, match->source_ports, match->source_port_count);
	return hash_ports(hash, match->destination_ports, match->destination_port_count);
}

/** by_address() - a prefix stands before those that lie within it */
static int by_address(const void *left, const void *right)
{
	const struct prefix *a = left, *b = right;
	int order = ip_compare(&a->ip, &b->ip);

	return order != 0 ? order : a->length - b->length;
}

size_t prefixes_tidy(struct prefix prefixes[], size_t count)
{
	size_t kept = 0;

	qsort(prefixes, count, sizeof *prefixes, by_address);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || !prefix_contains(&prefixes[kept - 1], &prefixes[i]))
			prefixes[kept++] = prefixes[i];
	return kept;
}

static int by_port(const void *left, const void *right)
{
	const struct port_range *a = left, *b = right;

	return a->first - b->first;
}

size_t port_ranges_tidy(struct port_range ranges[], size_t count)
{
	size_t kept = 0;

	qsort(ranges, count, sizeof *ranges, by_port);
	for (size_t i = 0; i < count; i++) {
		struct port_range *before = kept ? &ranges[kept - 1] : NULL;
		if (!before || ranges[i].first > before->last + 1)
			ranges[kept++] = ranges[i];
		else if (ranges[i].last > before->last)
			before->last = ranges[i].last;
	}
	return kept;
}
