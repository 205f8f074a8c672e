/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of nf_tables, expression by expression, as the nft program composes them ("nft --debug=netlink"). */
#pragma once

#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nftnl_rule;

/**
 * enum nft_field - what of a packet is loaded into registers
 *
 * Addresses are of the family that the function is told.
 */
enum nft_field {
	NFT_FIELD_NONE,
	NFT_FIELD_SOURCE,
	NFT_FIELD_DESTINATION,
	NFT_FIELD_PROTOCOL, /* of the transport header, behind all extension headers */
	NFT_FIELD_SOURCE_PORT,
	NFT_FIELD_DESTINATION_PORT, /* of TCP, UDP, SCTP: all have it at the same place */
	NFT_FIELD_IIFNAME,
	NFT_FIELD_OIFNAME,
	NFT_FIELD_ETHER_SOURCE, /* the following in the bridge family */
	NFT_FIELD_ARP_ETHER,	/* of ARP's sender, as the two below: of Ethernet and IPv4 */
	NFT_FIELD_ARP_SOURCE,
	NFT_FIELD_ND_TARGET,	/* of a neighbour advertisement (RFC 4861, section 4.4) */
	NFT_FIELD_OUTER_SOURCE, /* the following of IPv4 packets without options that wrap others: always of IPv4 */
	NFT_FIELD_OUTER_DESTINATION,
	NFT_FIELD_INNER_SOURCE,	      /* source of what is wrapped in nothing else: protocols 4 and 41 */
	NFT_FIELD_INNER_SOURCE_GRE,   /* behind a GRE header of 4 bytes (RFC 2784) */
	NFT_FIELD_INNER_SOURCE_VXLAN, /* behind headers of UDP, VXLAN (RFC 7348) and Ethernet without a VLAN */
} __attribute__((packed));	      /* one byte: whole tables consist of them */

/**
 * nft_rule_begin() - an empty rule for a chain; NULL: no memory
 *
 * Each function below adds to *@rule. Without memory for all of it *@rule is freed and becomes NULL, which all accept and
 * nft_add_rule() refuses: a rule that lacks one of its conditions would drop, or let pass, what it must not.
 */
struct nftnl_rule *nft_rule_begin(const char *chain);

/** nft_match_family() - only packets of AF_INET or AF_INET6 */
void nft_match_family(struct nftnl_rule **rule, sa_family_t family);
/** nft_match_not_lo() - only packets that did not come in through the loopback interface */
void nft_match_not_lo(struct nftnl_rule **rule);
/** nft_match_group() - only packets that came in (or go @out) through an interface of this group */
void nft_match_group(struct nftnl_rule **rule, bool out, uint32_t group);
/** nft_match_kind() - only packets that came in through a virtual interface of this kind, as in IFLA_INFO_KIND */
void nft_match_kind(struct nftnl_rule **rule, const char *kind);
/** nft_match_not_group() - only packets that go out through an interface that is not of this group */
void nft_match_not_group(struct nftnl_rule **rule, uint32_t group);
/** nft_match_ethertype() - ETH_P_...; behind a VLAN tag, too */
void nft_match_ethertype(struct nftnl_rule **rule, uint16_t type);
/** nft_match_arp_ipv4() - only ARP between Ethernet and IPv4 (@is), or only other ARP */
void nft_match_arp_ipv4(struct nftnl_rule **rule, bool is);
/** nft_match_icmpv6() - ICMPv6 of this type */
void nft_match_icmpv6(struct nftnl_rule **rule, uint8_t type);
void nft_match_protocol(struct nftnl_rule **rule, uint8_t protocol);
/** nft_match_prefix() - @field (source or destination) lies in @prefix; says nothing when that is everything */
void nft_match_prefix(struct nftnl_rule **rule, enum nft_field field, const struct prefix *prefix);
/** nft_match_local() - the destination is an address of this host, by its routing tables */
void nft_match_local(struct nftnl_rule **rule);
/** nft_match_dnat() - the destination of the connection was translated */
void nft_match_dnat(struct nftnl_rule **rule);
/** nft_match_replies() - the packet belongs to a connection that passed before, or tells of one (ICMP errors) */
void nft_match_replies(struct nftnl_rule **rule);
/** nft_match_discovery() - neighbour and router discovery of IPv6 that no router has forwarded (RFC 4861, section 7.1) */
void nft_match_discovery(struct nftnl_rule **rule);
/** nft_match_ifname() - came in (or goes @out) through this interface, or one whose name begins so and ends in '*' */
void nft_match_ifname(struct nftnl_rule **rule, bool out, const char *name);
/** nft_match_ports() - @field (source or destination port) lies between these, both included */
void nft_match_ports(struct nftnl_rule **rule, enum nft_field field, uint16_t first, uint16_t last);
/** nft_match_ranges() - @field lies in the set that nft_add_ranges() has called @id */
void nft_match_ranges(struct nftnl_rule **rule, sa_family_t family, enum nft_field field, uint32_t id);
/** nft_match_set() - the concatenation of @fields is in @set, or is not */
void nft_match_set(struct nftnl_rule **rule, sa_family_t family, const enum nft_field fields[], size_t count,
		   const char *set, bool in);

/** nft_match_options() - IPv4 packets whose header has options; in kernel/nft_tunnel.c, as the following two */
void nft_match_options(struct nftnl_rule **rule);
/**
 * nft_match_wrapped() - IPv4 packets that wrap one of family @inner in the way of @protocol
 * @protocol: IPPROTO_IPIP (for IPv6 that is IPPROTO_IPV6), IPPROTO_GRE with nothing but the type in its header, or IPPROTO_UDP:
 *            VXLAN with nothing between the Ethernet header and the packet
 */
void nft_match_wrapped(struct nftnl_rule **rule, uint8_t protocol, sa_family_t inner);
/** nft_notrack() - the packet belongs to no connection; only before conntrack has seen it */
void nft_notrack(struct nftnl_rule **rule);

/** nft_dnat() - translate the destination to what @map has for @fields: an address, and a port when @port */
void nft_dnat(struct nftnl_rule **rule, sa_family_t family, const enum nft_field fields[], size_t count,
	      const char *map, bool port);
/**
 * nft_snat() - translate the source to the address that @map has for it
 * @ports:  two maps of sources, to the first and to the last of the ports for it; NULL: any port
 * @random: port by chance; otherwise it stays, if it can
 *
 * A source that one of the maps does not have leaves the rule without effect. One map of sources to pairs of ports
 * would do for the kernel, but the nft program cannot print a range whose ends come out of one map.
 */
void nft_snat(struct nftnl_rule **rule, sa_family_t family, const char *map, const char *const ports[2], bool random);
/** nft_masquerade() - translate the source to an address of the outgoing interface, with a random port */
void nft_masquerade(struct nftnl_rule **rule);
/** nft_masquerade_to() - with one of the ports that two maps have for the source, as in nft_snat() */
void nft_masquerade_to(struct nftnl_rule **rule, sa_family_t family, const char *const ports[2]);
/** nft_branch() - follow the verdict that @map has for @fields; nothing: go on */
void nft_branch(struct nftnl_rule **rule, sa_family_t family, const enum nft_field fields[], size_t count,
		const char *map);
/** nft_set_mark() - the packet's mark becomes @value in the bits of @mask; those of @value lie within */
void nft_set_mark(struct nftnl_rule **rule, uint32_t value, uint32_t mask);
/** nft_set_dscp() - of packets of this family, which the rule has asked for; the two bits of ECN stay (RFC 3168) */
void nft_set_dscp(struct nftnl_rule **rule, sa_family_t family, uint8_t dscp);
/** nft_set_ttl() - TTL or hop limit */
void nft_set_ttl(struct nftnl_rule **rule, sa_family_t family, uint8_t ttl);
/** nft_count() - packets and bytes that got so far */
void nft_count(struct nftnl_rule **rule);
/** nft_limit() - only so many packets per second, and @burst of them at once */
void nft_limit(struct nftnl_rule **rule, uint32_t rate, uint32_t burst);
/** nft_log() - a line in the kernel's log; @prefix is cut to what the kernel takes, 127 bytes */
void nft_log(struct nftnl_rule **rule, const char *prefix);
/** nft_reject() - drop and say so: a TCP reset (@reset, of TCP only), or "port unreachable" in the packet's family */
void nft_reject(struct nftnl_rule **rule, bool reset);
enum { NFT_COMMENT_SIZE = 64 };
/** nft_comment() - a text that the nft program shows; longer than NFT_COMMENT_SIZE - 1 bytes: cut */
void nft_comment(struct nftnl_rule **rule, const char *text);
/** nft_verdict_is() - NF_ACCEPT, NF_DROP, NFT_RETURN, NFT_GOTO or NFT_JUMP; @chain only for the last two */
void nft_verdict_is(struct nftnl_rule **rule, int verdict, const char *chain);
