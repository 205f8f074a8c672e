/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of nf_tables: the short functions that the ruleset is written with. */
#include "kernel/nft_rule.h"

#include "kernel/nft.h"
#include "kernel/nft_expression.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_log.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <stddef.h>
#include <stdio.h> /* expr.h needs FILE */
#include <string.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>

/* RFC 826: behind hardware and protocol type, lengths and operation */
enum { ARP_SENDER = 8, MAC_WORDS = 2, IPV6_BYTES = 16 };

struct nftnl_rule *nft_rule_begin(const char *chain)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();

	if (!rule)
		return NULL;
	nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
	if (nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, chain) < 0)
		nft_give_up(&rule);
	return rule;
}

void nft_match_family(struct nftnl_rule **rule, sa_family_t family)
{
	const uint8_t number = family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6;

	nft_load_meta(rule, NFT_META_NFPROTO, 0);
	nft_compare(rule, NFT_CMP_EQ, &number, sizeof number);
}

void nft_match_not_lo(struct nftnl_rule **rule)
{
	const char lo[IFNAMSIZ] = "lo";

	nft_load_meta(rule, NFT_META_IIFNAME, 0);
	nft_compare(rule, NFT_CMP_NEQ, lo, sizeof lo);
}

void nft_match_group(struct nftnl_rule **rule, bool out, uint32_t group)
{
	nft_load_meta(rule, out ? NFT_META_OIFGROUP : NFT_META_IIFGROUP, 0);
	nft_compare(rule, NFT_CMP_EQ, &group, sizeof group);
}

void nft_match_kind(struct nftnl_rule **rule, const char *kind)
{
	char bytes[IFNAMSIZ] = "";

	memcpy(bytes, kind, strnlen(kind, sizeof bytes - 1));
	nft_load_meta(rule, NFT_META_IIFKIND, 0);
	nft_compare(rule, NFT_CMP_EQ, bytes, sizeof bytes);
}

void nft_match_not_group(struct nftnl_rule **rule, uint32_t group)
{
	nft_load_meta(rule, NFT_META_OIFGROUP, 0);
	nft_compare(rule, NFT_CMP_NEQ, &group, sizeof group);
}

void nft_match_protocol(struct nftnl_rule **rule, uint8_t protocol)
{
	nft_load_meta(rule, NFT_META_L4PROTO, 0);
	nft_compare(rule, NFT_CMP_EQ, &protocol, sizeof protocol);
}

void nft_match_ethertype(struct nftnl_rule **rule, uint16_t type)
{
	const uint16_t number = htons(type);

	nft_load_meta(rule, NFT_META_PROTOCOL, 0);
	nft_compare(rule, NFT_CMP_EQ, &number, sizeof number);
}

void nft_match_arp_ipv4(struct nftnl_rule **rule, bool is)
{
	/* RFC 826: hardware Ethernet, protocol IPv4, lengths of 6 and 4 */
	static const uint8_t head[] = {0, 1, ETH_P_IP >> 8, ETH_P_IP & 0xff, ETH_ALEN, NFT_WORD};

	nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, 0, sizeof head, 0);
	nft_compare(rule, is ? NFT_CMP_EQ : NFT_CMP_NEQ, head, sizeof head);
}

void nft_match_icmpv6(struct nftnl_rule **rule, uint8_t type)
{
	nft_match_protocol(rule, IPPROTO_ICMPV6);
	nft_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, offsetof(struct icmp6_hdr, icmp6_type), sizeof type, 0);
	nft_compare(rule, NFT_CMP_EQ, &type, sizeof type);
}

static size_t address_offset(enum nft_field field, sa_family_t family)
{
	if (family == AF_INET)
		return field == NFT_FIELD_SOURCE ? offsetof(struct iphdr, saddr) : offsetof(struct iphdr, daddr);
	return field == NFT_FIELD_SOURCE ? offsetof(struct ipv6hdr, saddr) : offsetof(struct ipv6hdr, daddr);
}

static void mask(struct nftnl_rule **rule, const void *bytes, uint32_t length)
{
	static const uint8_t nothing[sizeof(struct in6_addr)];

	nft_rewrite(rule, bytes, nothing, length);
}

void nft_match_prefix(struct nftnl_rule **rule, enum nft_field field, const struct prefix *prefix)
{
	const size_t offset = address_offset(field, prefix->ip.family), whole = prefix->length / 8U;
	struct prefix ones = {.ip = {.family = prefix->ip.family}, .length = prefix->length};
	const struct prefix network = prefix_network(prefix);

	if (prefix->length == 0)
		return;
	if (prefix->length % 8U == 0) {
		nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, offset, whole, 0);
		nft_compare(rule, NFT_CMP_EQ, prefix->ip.bytes, whole);
		return;
	}
	memset(ones.ip.bytes, UINT8_MAX, ip_size(ones.ip.family));
	ones = prefix_network(&ones);
	nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, offset, ip_size(ones.ip.family), 0);
	mask(rule, ones.ip.bytes, (uint32_t)ip_size(ones.ip.family));
	nft_compare(rule, NFT_CMP_EQ, network.ip.bytes, ip_size(ones.ip.family));
}

void nft_match_local(struct nftnl_rule **rule)
{
	const uint32_t local = 2; /* RTN_LOCAL: the kernel hands the type of the route out as it is */
	struct nftnl_expr *fib = nft_expression(rule, "fib");

	nft_set_number(fib, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
	nft_set_number(fib, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nft_set_number(fib, NFTNL_EXPR_FIB_DREG, NFT_REG_1);
	nft_compare(rule, NFT_CMP_EQ, &local, sizeof local);
}

/** match_ct() - the connection has one of these bits set in @key */
static void match_ct(struct nftnl_rule **rule, uint32_t key, uint32_t bits)
{
	const uint32_t nothing = 0;
	struct nftnl_expr *ct = nft_expression(rule, "ct");

	nft_set_number(ct, NFTNL_EXPR_CT_KEY, key);
	nft_set_number(ct, NFTNL_EXPR_CT_DREG, NFT_REG_1);
	mask(rule, &bits, sizeof bits);
	nft_compare(rule, NFT_CMP_NEQ, &nothing, sizeof nothing);
}

void nft_match_dnat(struct nftnl_rule **rule)
{
	match_ct(rule, NFT_CT_STATUS, IPS_DST_NAT);
}

void nft_match_replies(struct nftnl_rule **rule)
{
	match_ct(rule, NFT_CT_STATE, NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED));
}

/** between() - a number in network byte order, in the register that was loaded last */
static void between(struct nftnl_rule **rule, const void *first, const void *last, size_t length)
{
	nft_compare(rule, NFT_CMP_GTE, first, length);
	nft_compare(rule, NFT_CMP_LTE, last, length);
}

void nft_match_discovery(struct nftnl_rule **rule)
{
	const uint8_t hops = UINT8_MAX, first = ND_ROUTER_SOLICIT, last = ND_NEIGHBOR_ADVERT;

	nft_match_family(rule, AF_INET6);
	nft_match_protocol(rule, IPPROTO_ICMPV6);
	nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, offsetof(struct ipv6hdr, hop_limit), sizeof hops, 0);
	nft_compare(rule, NFT_CMP_EQ, &hops, sizeof hops);
	nft_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, sizeof first, 0);
	between(rule, &first, &last, sizeof first);
}

void nft_match_ifname(struct nftnl_rule **rule, bool out, const char *name)
{
	char bytes[IFNAMSIZ] = "";
	size_t length = strnlen(name, sizeof bytes - 1);

	memcpy(bytes, name, length);
	nft_load_meta(rule, out ? NFT_META_OIFNAME : NFT_META_IIFNAME, 0);
	nft_compare(rule, NFT_CMP_EQ, bytes, length > 0 && name[length - 1] == '*' ? length - 1 : sizeof bytes);
}

/** load_field() - into the registers from @word on. Return: words taken */
static uint32_t load_field(struct nftnl_rule **rule, sa_family_t family, enum nft_field field, uint32_t word)
{
	switch (field) {
	case NFT_FIELD_NONE:
		return 0;
	case NFT_FIELD_SOURCE:
	case NFT_FIELD_DESTINATION:
		nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, address_offset(field, family), ip_size(family),
				 word);
		return (uint32_t)ip_size(family) / NFT_WORD;
	case NFT_FIELD_PROTOCOL:
		nft_load_meta(rule, NFT_META_L4PROTO, word);
		return 1;
	case NFT_FIELD_SOURCE_PORT:
		nft_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, sizeof(uint16_t), word);
		return 1;
	case NFT_FIELD_DESTINATION_PORT:
		nft_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, sizeof(uint16_t), sizeof(uint16_t), word);
		return 1;
	case NFT_FIELD_IIFNAME:
		nft_load_meta(rule, NFT_META_IIFNAME, word);
		return IFNAMSIZ / NFT_WORD;
	case NFT_FIELD_OIFNAME:
		nft_load_meta(rule, NFT_META_OIFNAME, word);
		return IFNAMSIZ / NFT_WORD;
	case NFT_FIELD_ETHER_SOURCE:
		nft_load_payload(rule, NFT_PAYLOAD_LL_HEADER, offsetof(struct ethhdr, h_source), ETH_ALEN, word);
		return MAC_WORDS;
	case NFT_FIELD_ARP_ETHER:
		nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER, ETH_ALEN, word);
		return MAC_WORDS;
	case NFT_FIELD_ARP_SOURCE:
		nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER + ETH_ALEN, NFT_WORD, word);
		return 1;
	case NFT_FIELD_ND_TARGET:
		nft_load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, sizeof(struct icmp6_hdr), IPV6_BYTES, word);
		return IPV6_BYTES / NFT_WORD;
	case NFT_FIELD_OUTER_SOURCE:
		return load_field(rule, AF_INET, NFT_FIELD_SOURCE, word);
	case NFT_FIELD_OUTER_DESTINATION:
		return load_field(rule, AF_INET, NFT_FIELD_DESTINATION, word);
	case NFT_FIELD_INNER_SOURCE:
	case NFT_FIELD_INNER_SOURCE_GRE:
	case NFT_FIELD_INNER_SOURCE_VXLAN:
		return nft_load_inner(rule, family, field, word);
	}
	return 0;
}

void nft_match_ports(struct nftnl_rule **rule, enum nft_field field, uint16_t first, uint16_t last)
{
	const uint16_t low = htons(first), high = htons(last);

	(void)load_field(rule, AF_UNSPEC, field, 0);
	if (first == last)
		nft_compare(rule, NFT_CMP_EQ, &low, sizeof low);
	else
		between(rule, &low, &high, sizeof low);
}

/** look_up_at() - with the key in the registers from @word on */
static struct nftnl_expr *look_up_at(struct nftnl_rule **rule, sa_family_t family, const enum nft_field fields[],
				     size_t count, const char *set, uint32_t word)
{
	const uint32_t key = nft_register(word);

	for (size_t i = 0; i < count; i++)
		word += load_field(rule, family, fields[i], word);
	struct nftnl_expr *lookup = nft_expression(rule, "lookup");
	nft_set_number(lookup, NFTNL_EXPR_LOOKUP_SREG, key);
	nft_set_text(rule, lookup, NFTNL_EXPR_LOOKUP_SET, set);
	return *rule ? lookup : NULL;
}

static struct nftnl_expr *look_up(struct nftnl_rule **rule, sa_family_t family, const enum nft_field fields[],
				  size_t count, const char *set)
{
	return look_up_at(rule, family, fields, count, set, 0);
}

void nft_match_set(struct nftnl_rule **rule, sa_family_t family, const enum nft_field fields[], size_t count,
		   const char *set, bool in)
{
	struct nftnl_expr *lookup = look_up(rule, family, fields, count, set);

	nft_set_number(lookup, NFTNL_EXPR_LOOKUP_FLAGS, in ? 0 : NFT_LOOKUP_F_INV);
}

void nft_match_ranges(struct nftnl_rule **rule, sa_family_t family, enum nft_field field, uint32_t id)
{
	struct nftnl_expr *lookup = look_up(rule, family, &field, 1, NFT_UNNAMED);

	nft_set_number(lookup, NFTNL_EXPR_LOOKUP_SET_ID, id);
	nft_set_number(lookup, NFTNL_EXPR_LOOKUP_FLAGS, 0);
}

void nft_branch(struct nftnl_rule **rule, sa_family_t family, const enum nft_field fields[], size_t count,
		const char *map)
{
	struct nftnl_expr *lookup = look_up(rule, family, fields, count, map);

	nft_set_number(lookup, NFTNL_EXPR_LOOKUP_FLAGS, 0);
	nft_set_number(lookup, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT);
}

void nft_dnat(struct nftnl_rule **rule, sa_family_t family, const enum nft_field fields[], size_t count,
	      const char *map, bool port)
{
	uint32_t port_register = nft_register((uint32_t)ip_size(family) / NFT_WORD);

	struct nftnl_expr *lookup = look_up(rule, family, fields, count, map);
	nft_set_number(lookup, NFTNL_EXPR_LOOKUP_FLAGS, 0);
	nft_set_number(lookup, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_1);
	struct nftnl_expr *nat = nft_expression(rule, "nat");
	nft_set_number(nat, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
	nft_set_number(nat, NFTNL_EXPR_NAT_FAMILY, family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6);
	/* the kernel would fill in the upper ends and the flags: said here, both ways read alike */
	nft_set_number(nat, NFTNL_EXPR_NAT_REG_ADDR_MIN, NFT_REG_1);
	nft_set_number(nat, NFTNL_EXPR_NAT_REG_ADDR_MAX, NFT_REG_1);
	nft_set_number(nat, NFTNL_EXPR_NAT_FLAGS, NF_NAT_RANGE_MAP_IPS | (port ? NF_NAT_RANGE_PROTO_SPECIFIED : 0U));
	if (!port)
		return;
	nft_set_number(nat, NFTNL_EXPR_NAT_REG_PROTO_MIN, port_register);
	nft_set_number(nat, NFTNL_EXPR_NAT_REG_PROTO_MAX, port_register);
}

/** load_source_data() - what a map has for the source address, into this wide register. Return: its number */
static uint32_t load_source_data(struct nftnl_rule **rule, sa_family_t family, const char *map, uint32_t wide)
{
	const enum nft_field source = NFT_FIELD_SOURCE;
	struct nftnl_expr *lookup = look_up_at(rule, family, &source, 1, map, wide * NFT_WORDS_PER_REGISTER);

	nft_set_number(lookup, NFTNL_EXPR_LOOKUP_FLAGS, 0);
	nft_set_number(lookup, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_1 + wide);
	return NFT_REG_1 + wide;
}

void nft_snat(struct nftnl_rule **rule, sa_family_t family, const char *map, const char *const ports[2], bool random)
{
	const uint32_t flags = NF_NAT_RANGE_MAP_IPS | (random ? NF_NAT_RANGE_PROTO_RANDOM_FULLY : 0U) |
			       (ports ? NF_NAT_RANGE_PROTO_SPECIFIED : 0U);
	const uint32_t address = load_source_data(rule, family, map, 0);
	const uint32_t first = ports ? load_source_data(rule, family, ports[0], 1) : 0;
	const uint32_t last = ports ? load_source_data(rule, family, ports[1], 2) : 0;

	struct nftnl_expr *nat = nft_expression(rule, "nat");
	nft_set_number(nat, NFTNL_EXPR_NAT_TYPE, NFT_NAT_SNAT);
	nft_set_number(nat, NFTNL_EXPR_NAT_FAMILY, family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6);
	nft_set_number(nat, NFTNL_EXPR_NAT_REG_ADDR_MIN, address);
	nft_set_number(nat, NFTNL_EXPR_NAT_REG_ADDR_MAX, address);
	nft_set_number(nat, NFTNL_EXPR_NAT_FLAGS, flags);
	if (!ports)
		return;
	nft_set_number(nat, NFTNL_EXPR_NAT_REG_PROTO_MIN, first);
	nft_set_number(nat, NFTNL_EXPR_NAT_REG_PROTO_MAX, last);
}

void nft_masquerade_to(struct nftnl_rule **rule, sa_family_t family, const char *const ports[2])
{
	const uint32_t first = load_source_data(rule, family, ports[0], 0);
	const uint32_t last = load_source_data(rule, family, ports[1], 1);

	struct nftnl_expr *masquerade = nft_expression(rule, "masq");
	nft_set_number(masquerade, NFTNL_EXPR_MASQ_FLAGS,
		       NF_NAT_RANGE_PROTO_RANDOM_FULLY | NF_NAT_RANGE_PROTO_SPECIFIED);
	nft_set_number(masquerade, NFTNL_EXPR_MASQ_REG_PROTO_MIN, first);
	nft_set_number(masquerade, NFTNL_EXPR_MASQ_REG_PROTO_MAX, last);
}

void nft_masquerade(struct nftnl_rule **rule)
{
	nft_set_number(nft_expression(rule, "masq"), NFTNL_EXPR_MASQ_FLAGS, NF_NAT_RANGE_PROTO_RANDOM_FULLY);
}

void nft_set_mark(struct nftnl_rule **rule, uint32_t value, uint32_t mask_bits)
{
	const uint32_t kept = ~mask_bits;
	struct nftnl_expr *meta;

	nft_load_meta(rule, NFT_META_MARK, 0);
	nft_rewrite(rule, &kept, &value, sizeof value);
	meta = nft_expression(rule, "meta");
	nft_set_number(meta, NFTNL_EXPR_META_KEY, NFT_META_MARK);
	nft_set_number(meta, NFTNL_EXPR_META_SREG, NFT_REG_1);
}

/** write_header() - two bytes of the network header; the sum over that of IPv4 is mended (RFC 1624) */
static void write_header(struct nftnl_rule **rule, sa_family_t family, size_t offset, const uint8_t kept[static 2],
			 const uint8_t flipped[static 2])
{
	struct nftnl_expr *payload;

	nft_load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, offset, 2, 0);
	nft_rewrite(rule, kept, flipped, 2);
	payload = nft_expression(rule, "payload");
	nft_set_number(payload, NFTNL_EXPR_PAYLOAD_SREG, NFT_REG_1);
	nft_set_number(payload, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	nft_set_number(payload, NFTNL_EXPR_PAYLOAD_OFFSET, (uint32_t)offset);
	nft_set_number(payload, NFTNL_EXPR_PAYLOAD_LEN, 2);
	nft_set_number(payload, NFTNL_EXPR_PAYLOAD_CSUM_TYPE, family == AF_INET ? NFT_PAYLOAD_CSUM_INET : 0);
	nft_set_number(payload, NFTNL_EXPR_PAYLOAD_CSUM_OFFSET, family == AF_INET ? offsetof(struct iphdr, check) : 0);
	nft_set_number(payload, NFTNL_EXPR_PAYLOAD_FLAGS, 0);
}

void nft_set_dscp(struct nftnl_rule **rule, sa_family_t family, uint8_t dscp)
{
	/* IPv4: version and length, then DSCP and ECN. IPv6: version, the same eight bits, then the flow label */
	const uint8_t kept4[] = {0xff, 0x03}, flipped4[] = {0, (uint8_t)(dscp << 2)};
	const uint8_t kept6[] = {0xf0, 0x3f}, flipped6[] = {(uint8_t)(dscp >> 2), (uint8_t)(dscp << 6)};

	write_header(rule, family, 0, family == AF_INET ? kept4 : kept6, family == AF_INET ? flipped4 : flipped6);
}

void nft_set_ttl(struct nftnl_rule **rule, sa_family_t family, uint8_t ttl)
{
	/* IPv4: TTL, protocol. IPv6: next header, hop limit */
	const uint8_t kept4[] = {0, 0xff}, flipped4[] = {ttl, 0}, kept6[] = {0xff, 0}, flipped6[] = {0, ttl};

	if (family == AF_INET)
		write_header(rule, family, offsetof(struct iphdr, ttl), kept4, flipped4);
	else
		write_header(rule, family, offsetof(struct ipv6hdr, nexthdr), kept6, flipped6);
}

void nft_count(struct nftnl_rule **rule)
{
	(void)nft_expression(rule, "counter");
}

void nft_limit(struct nftnl_rule **rule, uint32_t rate, uint32_t burst)
{
	struct nftnl_expr *limit = nft_expression(rule, "limit");

	if (limit) {
		nftnl_expr_set_u64(limit, NFTNL_EXPR_LIMIT_RATE, rate);
		nftnl_expr_set_u64(limit, NFTNL_EXPR_LIMIT_UNIT, 1);
	}
	nft_set_number(limit, NFTNL_EXPR_LIMIT_BURST, burst);
	nft_set_number(limit, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
	nft_set_number(limit, NFTNL_EXPR_LIMIT_FLAGS, 0);
}

void nft_log(struct nftnl_rule **rule, const char *prefix)
{
	struct nftnl_expr *log = nft_expression(rule, "log");
	char text[NF_LOG_PREFIXLEN];

	(void)snprintf(text, sizeof text, "%s", prefix);
	nft_set_number(log, NFTNL_EXPR_LOG_LEVEL, NFT_LOGLEVEL_WARNING);
	nft_set_text(rule, log, NFTNL_EXPR_LOG_PREFIX, text);
}

void nft_reject(struct nftnl_rule **rule, bool reset)
{
	struct nftnl_expr *reject = nft_expression(rule, "reject");

	nft_set_number(reject, NFTNL_EXPR_REJECT_TYPE, reset ? NFT_REJECT_TCP_RST : NFT_REJECT_ICMPX_UNREACH);
	if (reject)
		nftnl_expr_set_u8(reject, NFTNL_EXPR_REJECT_CODE, reset ? 0 : NFT_REJECT_ICMPX_PORT_UNREACH);
}

/** nft_comment() - one type-length-value, with the zero (libnftnl/udata.h) */
void nft_comment(struct nftnl_rule **rule, const char *text)
{
	uint8_t data[2 + NFT_COMMENT_SIZE] = {NFTNL_UDATA_RULE_COMMENT};
	size_t length = strnlen(text, NFT_COMMENT_SIZE - 1);

	memcpy(data + 2, text, length);
	data[1] = (uint8_t)(length + 1);
	if (*rule && nftnl_rule_set_data(*rule, NFTNL_RULE_USERDATA, data, (uint32_t)length + 3) < 0)
		nft_give_up(rule);
}

void nft_verdict_is(struct nftnl_rule **rule, int verdict, const char *chain)
{
	struct nftnl_expr *immediate = nft_expression(rule, "immediate");

	nft_set_number(immediate, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nft_set_number(immediate, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict);
	if (chain)
		nft_set_text(rule, immediate, NFTNL_EXPR_IMM_CHAIN, chain);
}
