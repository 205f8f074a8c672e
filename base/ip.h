/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and prefixes of both families: parse, format, arithmetic. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { IP_TEXT_SIZE = INET6_ADDRSTRLEN, PREFIX_TEXT_SIZE = INET6_ADDRSTRLEN + 4 };
enum { IPV4_BITS = 32, IPV6_BITS = 128 };

/**
 * struct ip - one address
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for "no address"
 * @bytes:  network byte order; IPv4 in the first four, the others zero
 */
struct ip {
	sa_family_t family;
	uint8_t bytes[16];
};

/** struct prefix - an address with a prefix length in bits; host bits may be set (an interface address) */
struct prefix {
	struct ip ip;
	uint8_t length;
};

/**
 * ip_parse() - read a textual address as Go's net.ParseIP does
 *
 * IPv4-mapped IPv6 text becomes IPv4; leading zeros in an octet are refused.
 *
 * Return: true and *@ip written, or false and *@ip untouched
 */
bool ip_parse(const char *text, struct ip *ip);

/** prefix_parse() - read "address/length"; the length is required, host bits are kept */
bool prefix_parse(const char *text, struct prefix *prefix);

/** ip_format() - canonical text (RFC 5952 for IPv6); "" for AF_UNSPEC. Return: @text */
const char *ip_format(const struct ip *ip, char text[static IP_TEXT_SIZE]);

/** prefix_format() - "address/length". Return: @text */
const char *prefix_format(const struct prefix *prefix, char text[static PREFIX_TEXT_SIZE]);

/** ip_bits() - width of the family in bits: 32 or 128 */
uint8_t ip_bits(sa_family_t family);
/** ip_size() - width of the family in bytes: 4 or 16 */
size_t ip_size(sa_family_t family);

/** ip_compare() - total order: family first, then numerically. Return: <0, 0, >0 */
int ip_compare(const struct ip *a, const struct ip *b);
bool ip_equal(const struct ip *a, const struct ip *b);
bool prefix_equal(const struct prefix *a, const struct prefix *b);

/** ip_is_set() - whether there is an address at all (family is not AF_UNSPEC) */
bool ip_is_set(const struct ip *ip);
/** ip_is_unspecified() - 0.0.0.0 or :: */
bool ip_is_unspecified(const struct ip *ip);
bool ip_is_loopback(const struct ip *ip);
bool ip_is_link_local(const struct ip *ip);
bool ip_is_multicast(const struct ip *ip);
/** ip_is_private() - RFC 1918, RFC 6598 (shared), RFC 3927, RFC 4193 (ULA) or fe80::/10 */
bool ip_is_private(const struct ip *ip);

/** ip_in_prefix() - whether @ip lies in @prefix; false when the families differ */
bool ip_in_prefix(const struct ip *ip, const struct prefix *prefix);
/** prefix_overlaps() - whether two prefixes share an address */
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);
/** prefix_contains() - whether every address of @inner lies in @outer */
bool prefix_contains(const struct prefix *outer, const struct prefix *inner);

/** prefix_network() - the prefix with its host bits cleared */
struct prefix prefix_network(const struct prefix *prefix);
/** prefix_last() - its highest address (IPv4: the broadcast address) */
struct ip prefix_last(const struct prefix *prefix);
/** prefix_of_host() - /32 or /128 of one address */
struct prefix prefix_of_host(const struct ip *ip);

/** ip_add() - @ip plus @offset, wrapping within the family */
struct ip ip_add(const struct ip *ip, uint64_t offset);
/** ip_distance() - @to minus @from, both of one family and @to not below @from; saturates at UINT64_MAX */
uint64_t ip_distance(const struct ip *from, const struct ip *to);
