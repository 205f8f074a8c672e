/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and prefixes: one representation for both families, so that arithmetic is written once. */
#include "base/ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t ip_bits(sa_family_t family)
{
	return family == AF_INET6 ? IPV6_BITS : IPV4_BITS;
}

size_t ip_size(sa_family_t family)
{
	return ip_bits(family) / 8;
}

/** unmap() - ::ffff:a.b.c.d becomes a.b.c.d, as Go's net.IP treats the two as one address */
static void unmap(struct ip *ip)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (ip->family != AF_INET6 || memcmp(ip->bytes, mapped, sizeof mapped) != 0)
		return;
	ip->family = AF_INET;
	memmove(ip->bytes, ip->bytes + sizeof mapped, 4);
	memset(ip->bytes + 4, 0, 12);
}

bool ip_parse(const char *text, struct ip *ip)
{
	struct ip parsed = {.family = AF_INET};

	if (inet_pton(AF_INET, text, parsed.bytes) != 1) {
		parsed.family = AF_INET6;
		if (inet_pton(AF_INET6, text, parsed.bytes) != 1)
			return false;
	}
	unmap(&parsed);
	*ip = parsed;
	return true;
}

/** parse_length() - decimal digits only, at most three, no leading zero, up to @bits */
static bool parse_length(const char *text, unsigned bits, uint8_t *length)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 3 || text[digits] != '\0' || (digits > 1 && text[0] == '0'))
		return false;
	unsigned long value = strtoul(text, NULL, 10);
	if (value > bits)
		return false;
	*length = (uint8_t)value;
	return true;
}

bool prefix_parse(const char *text, struct prefix *prefix)
{
	const char *slash = strchr(text, '/');
	char address[IP_TEXT_SIZE];
	struct prefix parsed = {.length = 0};

	if (!slash || (size_t)(slash - text) >= sizeof address)
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	bool colon = strchr(address, ':') != NULL;
	if (!ip_parse(address, &parsed.ip) || !parse_length(slash + 1, colon ? IPV6_BITS : IPV4_BITS, &parsed.length))
		return false;
	if (colon && parsed.ip.family == AF_INET) { /* ::ffff:a.b.c.d/n: the length counts the mapped part */
		if (parsed.length < IPV6_BITS - IPV4_BITS)
			return false;
		parsed.length = (uint8_t)(parsed.length - (IPV6_BITS - IPV4_BITS));
	}
	*prefix = parsed;
	return true;
}

const char *ip_format(const struct ip *ip, char text[static IP_TEXT_SIZE])
{
	if (!ip_is_set(ip) || !inet_ntop(ip->family, ip->bytes, text, IP_TEXT_SIZE))
		text[0] = '\0';
	return text;
}

const char *prefix_format(const struct prefix *prefix, char text[static PREFIX_TEXT_SIZE])
{
	char address[IP_TEXT_SIZE];

	(void)snprintf(text, PREFIX_TEXT_SIZE, "%s/%u", ip_format(&prefix->ip, address), prefix->length);
	return text;
}

int ip_compare(const struct ip *a, const struct ip *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return ip_compare(a, b) == 0;
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->length == b->length && ip_equal(&a->ip, &b->ip);
}

bool ip_is_set(const struct ip *ip)
{
	return ip->family != AF_UNSPEC;
}

bool ip_is_unspecified(const struct ip *ip)
{
	static const uint8_t zero[sizeof ip->bytes];

	return ip_is_set(ip) && memcmp(ip->bytes, zero, sizeof zero) == 0;
}

/** in_any() - whether @ip lies in one of a table of prefixes; ends at a row of length 0 */
static bool in_any(const struct ip *ip, const struct prefix table[])
{
	for (; table->length > 0; table++)
		if (ip_in_prefix(ip, table))
			return true;
	return false;
}

bool ip_is_loopback(const struct ip *ip)
{
	static const struct prefix table[] = {
		{{AF_INET, {127}}, 8},
		{{AF_INET6, {[15] = 1}}, 128},
		{.length = 0},
	};
	return in_any(ip, table);
}

bool ip_is_link_local(const struct ip *ip)
{
	static const struct prefix table[] = {
		{{AF_INET, {169, 254}}, 16},
		{{AF_INET6, {0xfe, 0x80}}, 10},
		{.length = 0},
	};
	return in_any(ip, table);
}

bool ip_is_multicast(const struct ip *ip)
{
	static const struct prefix table[] = {
		{{AF_INET, {224}}, 4},
		{{AF_INET6, {0xff}}, 8},
		{.length = 0},
	};
	return in_any(ip, table);
}

bool ip_is_private(const struct ip *ip)
{
	static const struct prefix table[] = {
		{{AF_INET, {10}}, 8},	     /* RFC 1918 */
		{{AF_INET, {172, 16}}, 12},  /* RFC 1918 */
		{{AF_INET, {192, 168}}, 16}, /* RFC 1918 */
		{{AF_INET, {100, 64}}, 10},  /* RFC 6598 */
		{{AF_INET6, {0xfc}}, 7},     /* RFC 4193 */
		{.length = 0},
	};
	return in_any(ip, table) || ip_is_link_local(ip);
}

bool ip_in_prefix(const struct ip *ip, const struct prefix *prefix)
{
	if (ip->family != prefix->ip.family)
		return false;
	size_t whole = prefix->length / 8;
	unsigned rest = prefix->length % 8;
	if (memcmp(ip->bytes, prefix->ip.bytes, whole) != 0)
		return false;
	return rest == 0 || ((ip->bytes[whole] ^ prefix->ip.bytes[whole]) >> (8 - rest)) == 0;
}

bool prefix_contains(const struct prefix *outer, const struct prefix *inner)
{
	return inner->length >= outer->length && ip_in_prefix(&inner->ip, outer);
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return a->length <= b->length ? ip_in_prefix(&b->ip, a) : ip_in_prefix(&a->ip, b);
}

/** fill_host_bits() - set every bit behind the prefix to 0 or (0xff) to 1 */
static struct ip fill_host_bits(const struct prefix *prefix, uint8_t with)
{
	struct ip filled = prefix->ip;

	for (size_t i = 0; i < ip_size(filled.family); i++) {
		size_t before = i * 8;
		unsigned kept = prefix->length <= before ? 0 : (unsigned)(prefix->length - before);
		uint8_t host = kept >= 8 ? 0 : (uint8_t)(0xff >> kept);
		filled.bytes[i] = (uint8_t)((filled.bytes[i] & ~host) | (with & host));
	}
	return filled;
}

struct prefix prefix_network(const struct prefix *prefix)
{
	return (struct prefix){fill_host_bits(prefix, 0), prefix->length};
}

struct ip prefix_last(const struct prefix *prefix)
{
	return fill_host_bits(prefix, 0xff);
}

struct prefix prefix_of_host(const struct ip *ip)
{
	return (struct prefix){*ip, ip_bits(ip->family)};
}

struct ip ip_add(const struct ip *ip, uint64_t offset)
{
	struct ip sum = *ip;
	unsigned carry = 0;

	for (size_t i = ip_size(ip->family); i-- > 0; offset >>= 8) {
		carry += sum.bytes[i] + (unsigned)(offset & 0xff);
		sum.bytes[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return sum;
}

uint64_t ip_distance(const struct ip *from, const struct ip *to)
{
	struct ip difference = {.family = from->family};
	uint64_t distance = 0;
	int borrow = 0;

	for (size_t i = ip_size(from->family); i-- > 0;) {
		int digit = to->bytes[i] - from->bytes[i] - borrow;
		borrow = digit < 0;
		difference.bytes[i] = (uint8_t)(digit + (borrow ? 256 : 0));
	}
	for (size_t i = 0; i < ip_size(from->family); i++) {
		if (distance >> 56 != 0)
			return UINT64_MAX;
		distance = distance << 8 | difference.bytes[i];
	}
	return distance;
}
