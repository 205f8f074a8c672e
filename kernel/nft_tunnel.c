/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of nf_tables that look into packets that wrap others. */
#include "kernel/nft_rule.h"

#include "kernel/nft_expression.h"

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/udp.h>
#include <netinet/in.h>

enum {
	OUTER = sizeof(struct iphdr),				       /* without options: nft_match_options() */
	GRE = 4,						       /* RFC 2784: flags and version, type */
	VXLAN_TYPE = OUTER + sizeof(struct udphdr) + 8 + ETH_HLEN - 2, /* RFC 7348: its header has 8 bytes */
	VXLAN_INNER = VXLAN_TYPE + 2,
	HEADER_WORDS = 0x0f, /* lower half of the first byte: length of the header in words of 4 bytes (RFC 791) */
};

void nft_match_options(struct nftnl_rule **rule)
{
	const uint8_t length = HEADER_WORDS, nothing = 0, least = OUTER / NFT_WORD;

	nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, 0, sizeof length, 0);
	nft_rewrite(rule, &length, &nothing, sizeof length);
	nft_compare(rule, NFT_CMP_NEQ, &least, sizeof least);
}

void nft_match_wrapped(struct nftnl_rule **rule, uint8_t protocol, sa_family_t inner)
{
	const uint16_t number = inner == AF_INET ? ETH_P_IP : ETH_P_IPV6;
	/* no checksum, no key, no sequence number, version 0: what Linux sends when it is asked for none of them */
	const uint8_t type[GRE] = {0, 0, (uint8_t)(number >> 8), (uint8_t)number};

	nft_match_protocol(rule, protocol == IPPROTO_IPIP && inner == AF_INET6 ? IPPROTO_IPV6 : protocol);
	if (protocol == IPPROTO_IPIP)
		return;
	if (protocol == IPPROTO_GRE)
		nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, OUTER, sizeof type, 0);
	else
		nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, VXLAN_TYPE, sizeof number, 0);
	if (protocol == IPPROTO_GRE)
		nft_compare(rule, NFT_CMP_EQ, type, sizeof type);
	else
		nft_compare(rule, NFT_CMP_EQ, type + 2, sizeof number);
}

void nft_notrack(struct nftnl_rule **rule)
{
	(void)nft_expression(rule, "notrack");
}

uint32_t nft_load_inner(struct nftnl_rule **rule, sa_family_t family, enum nft_field field, uint32_t word)
{
	size_t offset = family == AF_INET ? offsetof(struct iphdr, saddr) : offsetof(struct ipv6hdr, saddr);

	if (field == NFT_FIELD_INNER_SOURCE_VXLAN)
		offset += VXLAN_INNER;
	else
		offset += field == NFT_FIELD_INNER_SOURCE_GRE ? OUTER + GRE : OUTER;
	nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, offset, ip_size(family), word);
	return (uint32_t)ip_size(family) / NFT_WORD;
}
