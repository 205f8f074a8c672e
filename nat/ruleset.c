/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The skeleton of table "inet cambric": tables of chains and rules, and what makes nf_tables of them. */
#include "nat/ruleset.h"

#include "conf/marks.h"
#include "nat/ruleset_table.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { MAX_STEPS = 5 };

static const struct nft_chain chains[] = {
	{.name = "hostports"},
	{.name = "prerouting", .type = "nat", .hook = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_NAT_DST},
	{.name = "output", .type = "nat", .hook = NF_INET_LOCAL_OUT, .priority = NF_IP_PRI_NAT_DST},
	{.name = "postrouting", .type = "nat", .hook = NF_INET_POST_ROUTING, .priority = NF_IP_PRI_NAT_SRC - 5},
	{.name = "raw", .type = "filter", .hook = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_RAW},
	{.name = "tunnel"},
	{.name = "guard"},
	{.name = "keep_apart"},
	{.name = "forward", .type = "filter", .hook = NF_INET_FORWARD, .priority = NF_IP_PRI_FILTER},
	{.name = "mark_early", .type = "filter", .hook = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_MANGLE},
	{.name = "mark_late", .type = "filter", .hook = NF_INET_POST_ROUTING, .priority = NF_IP_PRI_MANGLE},
	{.name = "input", .type = "filter", .hook = NF_INET_LOCAL_IN, .priority = NF_IP_PRI_FILTER},
};

/** enum step_kind - the parts that rules are put together from */
enum step_kind {
	STEP_NONE,
	STEP_NOT_LO,	     /* came in through another interface than lo */
	STEP_FROM_CONTAINER, /* came in through a host end of ours */
	STEP_FROM_BRIDGE,    /* came in through a bridge of ours */
	STEP_FROM_ANY_BRIDGE,
	STEP_LEAVES,   /* goes out through an interface that is neither a host end nor a bridge of ours */
	STEP_LOOPBACK, /* the field is a loopback address */
	STEP_PROTOCOL,
	STEP_OPTIONS, /* has options in its IPv4 header */
	STEP_WRAPPED, /* wraps a packet of the row's family in the way of a protocol */
	STEP_NOTRACK,
	STEP_LOCAL, /* for an address of this host */
	STEP_DNATED,
	STEP_REPLIES,
	STEP_IN,
	STEP_NOT_IN,
	STEP_DNAT,	/* to address and port that a map has */
	STEP_DNAT_KEEP, /* to the address that a map has, same port */
	STEP_SNAT,	/* from the address that a map has, same port */
	STEP_PAT,	/* from the address that a map has, any port */
	STEP_MASQUERADE,
	STEP_ACCEPT,
	STEP_DROP,
	STEP_RETURN,
	STEP_GOTO,
	STEP_JUMP,
	STEP_BRANCH,	   /* to where a map of verdicts leads, if it has the fields */
} __attribute__((packed)); /* one byte: the table consists of them */

/** struct step - @name: of a set or chain; @ports: only those that firstport# and lastport# have */
struct step {
	const char *name;
	enum step_kind kind;
	enum nft_field fields[NFT_MAX_FIELDS];
	bool ports;
	uint8_t number;
};

/**
 * enum rule_families - whether a rule is there once for both families, once for each, once for IPv4 alone, or once for each
 * family of what is wrapped in packets of IPv4
 */
enum rule_families { ONCE, EACH, IPV4, WRAPPED };

struct rule {
	const char *chain;
	enum rule_families families;
	struct step steps[MAX_STEPS];
};

/* clang-format off */
#define IN(set, ...) {.kind = STEP_IN, .name = (set), .fields = {__VA_ARGS__}}
#define NOT_IN(set, ...) {.kind = STEP_NOT_IN, .name = (set), .fields = {__VA_ARGS__}}
#define DNAT(map, ...) {.kind = STEP_DNAT, .name = (map), .fields = {__VA_ARGS__}}
#define DNAT_KEEP(map, ...) {.kind = STEP_DNAT_KEEP, .name = (map), .fields = {__VA_ARGS__}}
#define SNAT(map) {.kind = STEP_SNAT, .name = (map)}
#define PAT(map, only_ports) {.kind = STEP_PAT, .name = (map), .ports = (only_ports)}
#define MASQUERADE_PORTS {.kind = STEP_MASQUERADE, .ports = true}
#define LOOPBACK(field) {.kind = STEP_LOOPBACK, .fields = {field}}
#define PROTOCOL_IS(value) {.kind = STEP_PROTOCOL, .number = (value)}
#define WRAPPED_IN(value) {.kind = STEP_WRAPPED, .number = (value)}
#define GOTO(chain) {.kind = STEP_GOTO, .name = (chain)}
#define JUMP(chain) {.kind = STEP_JUMP, .name = (chain)}
#define BRANCH(map, ...) {.kind = STEP_BRANCH, .name = (map), .fields = {__VA_ARGS__}}
#define STEP(step) {.kind = STEP_##step}
#define SADDR NFT_FIELD_SOURCE
#define DADDR NFT_FIELD_DESTINATION
#define L4PROTO NFT_FIELD_PROTOCOL
#define DPORT NFT_FIELD_DESTINATION_PORT
#define IIFNAME NFT_FIELD_IIFNAME
#define OIFNAME NFT_FIELD_OIFNAME
#define OUTER_SADDR NFT_FIELD_OUTER_SOURCE
#define OUTER_DADDR NFT_FIELD_OUTER_DESTINATION
#define MAY_SEND(inner) IN("tunnel_peer#", OUTER_SADDR, L4PROTO, inner), STEP(NOTRACK), STEP(ACCEPT)

static const struct rule rules[] = {
	{"hostports", EACH, {DNAT("dnat#", DADDR, L4PROTO, DPORT)}},
	{"hostports", EACH, {IN("gw#", DADDR), STEP(RETURN)}},
	{"hostports", EACH, {IN("ipvs#", DADDR), STEP(RETURN)}},
	{"hostports", EACH, {DNAT("dnat#a", L4PROTO, DPORT)}},
	{"hostports", EACH, {DNAT_KEEP("dnat#r", L4PROTO, DPORT)}},
	/* before published ports: where a public address is one of this host's, "any" does not mean it */
	{"prerouting", EACH, {DNAT_KEEP("static#", DADDR)}},
	{"prerouting", ONCE, {STEP(LOCAL), GOTO("hostports")}},
	/* a port of 127.0.0.1 is translated here only, so nothing from outside can reach it whatever it claims */
	{"output", EACH, {DNAT("dnat#l", DADDR, L4PROTO, DPORT)}},
	{"output", EACH, {DNAT_KEEP("static#", DADDR)}},
	{"output", ONCE, {STEP(LOCAL), GOTO("hostports")}},
	/* a container that reaches itself, or the host's loopback that reaches it, must see a source it can answer */
	{"postrouting", ONCE, {STEP(DNATED), IN("hairpin", IIFNAME, OIFNAME), STEP(MASQUERADE)}},
	{"postrouting", EACH, {STEP(DNATED), IN("owner#", OIFNAME, DADDR), LOOPBACK(SADDR), STEP(MASQUERADE)}},
	/* and so must its neighbour on a bridge: the answer would not pass by here */
	{"postrouting", EACH, {STEP(DNATED), IN("owner#", OIFNAME, SADDR), STEP(MASQUERADE)}},
	{"postrouting", EACH, {STEP(DNATED), IN("behind#", IIFNAME, DADDR), STEP(MASQUERADE)}},
	{"postrouting", EACH, {STEP(DNATED), IN("behind#", OIFNAME, DADDR), LOOPBACK(SADDR), STEP(MASQUERADE)}},
	{"postrouting", EACH, {STEP(DNATED), IN("masqall#", DADDR), STEP(MASQUERADE)}},
	{"postrouting", EACH, {IN("nomasq#", SADDR, DADDR), STEP(ACCEPT)}},
	{"postrouting", EACH, {STEP(LEAVES), SNAT("snat#")}},
	{"postrouting", EACH, {PAT("pool#", true)}},
	{"postrouting", EACH, {PAT("pool#", false)}},
	{"postrouting", EACH, {IN("masq#", SADDR), MASQUERADE_PORTS}},
	{"postrouting", EACH, {IN("masq#", SADDR), STEP(MASQUERADE)}},
	/* CVE-2020-8558 and its kin: with route_localnet, or by DNAT, loopback could be reached from outside */
	{"raw", EACH, {STEP(NOT_LO), LOOPBACK(DADDR), STEP(DROP)}},
	{"raw", EACH, {STEP(NOT_LO), LOOPBACK(SADDR), STEP(DROP)}},
	/* tunnels of this host must not take packets that containers wrapped */
	{"raw", ONCE, {STEP(FROM_CONTAINER), PROTOCOL_IS(IPPROTO_IPIP), STEP(DROP)}},
	{"raw", ONCE, {STEP(FROM_CONTAINER), PROTOCOL_IS(IPPROTO_IPV6), STEP(DROP)}},
	{"raw", ONCE, {STEP(FROM_BRIDGE), PROTOCOL_IS(IPPROTO_IPIP), STEP(LOCAL), STEP(DROP)}},
	{"raw", ONCE, {STEP(FROM_BRIDGE), PROTOCOL_IS(IPPROTO_IPV6), STEP(LOCAL), STEP(DROP)}},
	{"raw", EACH, {STEP(FROM_CONTAINER), NOT_IN("owner#", IIFNAME, SADDR), STEP(DROP)}},
	{"raw", IPV4, {BRANCH("tunnels", L4PROTO)}},
	/* what wraps as our tunnels do: containers may not, and to where ours end only peers, from their own subnets */
	{"tunnel", ONCE, {PROTOCOL_IS(IPPROTO_UDP), NOT_IN("tunnel_port", DPORT), STEP(RETURN)}},
	{"tunnel", ONCE, {STEP(FROM_CONTAINER), STEP(DROP)}},
	{"tunnel", ONCE, {STEP(FROM_BRIDGE), STEP(DROP)}},
	{"tunnel", ONCE, {NOT_IN("tunnel_local", OUTER_DADDR, L4PROTO), STEP(RETURN)}},
	{"tunnel", ONCE, {STEP(OPTIONS), STEP(DROP)}},
	{"tunnel", WRAPPED, {WRAPPED_IN(IPPROTO_IPIP), MAY_SEND(NFT_FIELD_INNER_SOURCE)}},
	{"tunnel", WRAPPED, {WRAPPED_IN(IPPROTO_GRE), MAY_SEND(NFT_FIELD_INNER_SOURCE_GRE)}},
	{"tunnel", WRAPPED, {WRAPPED_IN(IPPROTO_UDP), MAY_SEND(NFT_FIELD_INNER_SOURCE_VXLAN)}},
	{"tunnel", ONCE, {STEP(DROP)}},
	/* what stays within a bridge is not routed; what else leaves where it came in is */
	{"guard", EACH, {IN("within#", IIFNAME, OIFNAME), STEP(FROM_ANY_BRIDGE), STEP(RETURN)}},
	/* a bridge that was there before may have got containers of ours since */
	{"guard", EACH, {NOT_IN("owner#", IIFNAME, SADDR), NOT_IN("owner#", OIFNAME, DADDR), STEP(DROP)}},
	/* between two of them only replies pass, and what comes to a published port */
	{"keep_apart", ONCE, {STEP(REPLIES), STEP(RETURN)}},
	{"keep_apart", ONCE, {STEP(DNATED), STEP(RETURN)}},
	{"keep_apart", ONCE, {IN("together", IIFNAME, OIFNAME), STEP(RETURN)}},
	{"keep_apart", EACH, {IN("together#", SADDR, DADDR), STEP(RETURN)}},
	{"keep_apart", ONCE, {STEP(DROP)}},
	{"forward", EACH, {IN("before#", IIFNAME), IN("before#", OIFNAME), JUMP("guard")}},
	{"forward", ONCE, {IN("apart", IIFNAME), IN("apart", OIFNAME), JUMP("keep_apart")}},
	{"forward", ONCE, {BRANCH("filter_out", IIFNAME)}},
	{"forward", EACH, {BRANCH("filter_out#", SADDR)}},
	{"forward", ONCE, {BRANCH("filter_in", OIFNAME)}},
	{"forward", EACH, {BRANCH("filter_in#", DADDR)}},
	{"mark_early", ONCE, {BRANCH("mark_route", IIFNAME)}},
	{"mark_early", EACH, {BRANCH("mark_route#", SADDR)}},
	{"mark_late", ONCE, {BRANCH("mark_out", IIFNAME)}},
	{"mark_late", EACH, {BRANCH("mark_out#", SADDR)}},
	{"mark_late", ONCE, {BRANCH("mark_in", OIFNAME)}},
	{"mark_late", EACH, {BRANCH("mark_in#", DADDR)}},
	{"input", ONCE, {BRANCH("filter_out", IIFNAME)}},
	{"input", EACH, {BRANCH("filter_out#", SADDR)}},
};
/* clang-format on */

static size_t rule_copies(size_t row)
{
	return rules[row].families == EACH || rules[row].families == WRAPPED ? RULESET_FAMILIES : 1;
}

size_t ruleset_chain_count(void)
{
	return sizeof chains / sizeof chains[0];
}

const struct nft_chain *ruleset_chain(size_t index)
{
	return &chains[index];
}

size_t ruleset_rule_count(void)
{
	size_t count = 0;

	for (size_t row = 0; row < sizeof rules / sizeof rules[0]; row++)
		count += rule_copies(row);
	return count;
}

/** loopback() - 127.0.0.0/8 or ::1/128 */
static struct prefix loopback(sa_family_t family)
{
	struct prefix prefix = {.ip = {.family = family}, .length = IPV6_BITS};

	if (family == AF_INET6) {
		prefix.ip.bytes[sizeof prefix.ip.bytes - 1] = 1;
		return prefix;
	}
	prefix.ip.bytes[0] = IN_LOOPBACKNET;
	prefix.length = 8;
	return prefix;
}

static size_t field_count(const struct step *step)
{
	size_t count = 0;

	while (count < NFT_MAX_FIELDS && step->fields[count] != NFT_FIELD_NONE)
		count++;
	return count;
}

/** add_translation() - the steps that change an address */
static void add_translation(struct nftnl_rule **rule, const struct step *step, sa_family_t family)
{
	char map[NFT_NAME_SIZE] = "", first[NFT_NAME_SIZE], last[NFT_NAME_SIZE];
	const char *const both[] = {ruleset_set_name("firstport#", family, first),
				    ruleset_set_name("lastport#", family, last)};
	const char *const *ports = step->ports ? both : NULL;

	if (step->name)
		(void)ruleset_set_name(step->name, family, map);
	if (step->kind == STEP_DNAT || step->kind == STEP_DNAT_KEEP)
		nft_dnat(rule, family, step->fields, field_count(step), map, step->kind == STEP_DNAT);
	else if (step->kind == STEP_SNAT || step->kind == STEP_PAT)
		nft_snat(rule, family, map, ports, step->kind == STEP_PAT);
	else if (ports)
		nft_masquerade_to(rule, family, ports);
	else
		nft_masquerade(rule);
}

/** add_plain() - the steps that say nothing but their name */
static void add_plain(struct nftnl_rule **rule, enum step_kind kind)
{
	static void (*const plain[])(struct nftnl_rule **) = {
		[STEP_NOT_LO] = nft_match_not_lo, [STEP_OPTIONS] = nft_match_options,
		[STEP_NOTRACK] = nft_notrack,	  [STEP_LOCAL] = nft_match_local,
		[STEP_DNATED] = nft_match_dnat,	  [STEP_REPLIES] = nft_match_replies,
	};

	plain[kind](rule);
}

/** add_verdict() - the steps that end a rule */
static void add_verdict(struct nftnl_rule **rule, const struct step *step)
{
	if (step->kind == STEP_ACCEPT || step->kind == STEP_DROP)
		nft_verdict_is(rule, step->kind == STEP_ACCEPT ? NF_ACCEPT : NF_DROP, NULL);
	else if (step->kind == STEP_RETURN)
		nft_verdict_is(rule, NFT_RETURN, NULL);
	else
		nft_verdict_is(rule, step->kind == STEP_GOTO ? NFT_GOTO : NFT_JUMP, step->name);
}

/** add_step() - the expressions of one step; *@rule is NULL afterwards if there was no memory */
static void add_step(struct nftnl_rule **rule, const struct step *step, sa_family_t family)
{
	const struct prefix loop = loopback(family);
	const size_t count = field_count(step);
	char set[NFT_NAME_SIZE];

	(void)ruleset_set_name(step->name ? step->name : "", family, set);
	switch (step->kind) {
	case STEP_NONE:
		return;
	case STEP_NOT_LO:
	case STEP_OPTIONS:
	case STEP_NOTRACK:
	case STEP_LOCAL:
	case STEP_DNATED:
	case STEP_REPLIES:
		add_plain(rule, step->kind);
		return;
	case STEP_FROM_CONTAINER:
	case STEP_FROM_BRIDGE:
		nft_match_group(rule, false, step->kind == STEP_FROM_BRIDGE ? BRIDGE_GROUP : HOST_END_GROUP);
		return;
	case STEP_FROM_ANY_BRIDGE:
		nft_match_kind(rule, "bridge");
		return;
	case STEP_LEAVES:
		nft_match_not_group(rule, HOST_END_GROUP);
		nft_match_not_group(rule, BRIDGE_GROUP);
		return;
	case STEP_LOOPBACK:
		nft_match_prefix(rule, step->fields[0], &loop);
		return;
	case STEP_PROTOCOL:
		nft_match_protocol(rule, step->number);
		return;
	case STEP_WRAPPED:
		nft_match_wrapped(rule, step->number, family);
		return;
	case STEP_IN:
	case STEP_NOT_IN:
		nft_match_set(rule, family, step->fields, count, set, step->kind == STEP_IN);
		return;
	case STEP_DNAT:
	case STEP_DNAT_KEEP:
	case STEP_SNAT:
	case STEP_PAT:
	case STEP_MASQUERADE:
		add_translation(rule, step, family);
		return;
	case STEP_ACCEPT:
	case STEP_DROP:
	case STEP_RETURN:
	case STEP_GOTO:
	case STEP_JUMP:
		add_verdict(rule, step);
		return;
	case STEP_BRANCH:
		nft_branch(rule, family, step->fields, count, set);
		return;
	}
}

struct nftnl_rule *ruleset_rule(size_t index)
{
	struct ruleset_place place = ruleset_find_place(index, rule_copies);
	const struct rule *row = &rules[place.row];
	struct nftnl_rule *rule = nft_rule_begin(row->chain);

	if (row->families == EACH || row->families == IPV4)
		nft_match_family(&rule, place.family);
	for (size_t i = 0; i < MAX_STEPS; i++)
		add_step(&rule, &row->steps[i], place.family);
	return rule;
}

void ruleset_add(struct nft *nft)
{
	char name[NFT_NAME_SIZE];
	struct nft_set set;

	nft_add_table(nft);
	for (size_t i = 0; i < ruleset_set_count(); i++) {
		ruleset_set(i, &set, name);
		nft_add_set(nft, &set);
	}
	for (size_t i = 0; i < ruleset_chain_count(); i++)
		nft_add_chain(nft, ruleset_chain(i));
	for (size_t i = 0; i < ruleset_rule_count(); i++)
		nft_add_rule(nft, ruleset_rule(i), NFT_LAST);
}
