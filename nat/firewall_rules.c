/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what a network lets in and out to rules of the kernel. */
#include "nat/firewall_rules.h"

#include "conf/marks.h"
#include "nat/packet_match.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>

enum { SHOWN_NETWORK = 64, LOG_PREFIX_SIZE = 96, LOGGED_PER_SECOND = 10, LOGGED_AT_ONCE = 20 };

static void append(struct lines *lines, struct line line)
{
	lines->lines[lines->count++] = line;
}

/** append_rule() - in the families that it can match; TCP is rejected by other means than the rest */
static void append_rule(struct lines *lines, const struct firewall_rule *rule, size_t place, sa_family_t family)
{
	const struct packet_match *match = &rule->match;
	const bool rejects = rule->action == FIREWALL_REJECT;

	if (rule->log)
		append(lines, (struct line){LINE_LOG, family, place, false, 0});
	if (rejects && (!match->has_protocol || match->protocol == IPPROTO_TCP))
		append(lines, (struct line){LINE_RULE, family, place, true, 0});
	if (!rejects || !match->has_protocol || match->protocol != IPPROTO_TCP)
		append(lines, (struct line){LINE_RULE, family, place, false, 0});
}

static void append_rules(struct lines *lines, const struct firewall *firewall, enum firewall_direction direction)
{
	static const sa_family_t families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < firewall->rule_count; i++) {
		const struct firewall_rule *rule = &firewall->rules[i];
		if (rule->direction != direction)
			continue;
		if (!packet_match_knows_family(&rule->match))
			append_rule(lines, rule, i, AF_UNSPEC);
		else
			for (size_t j = 0; j < sizeof families / sizeof *families; j++)
				if (packet_match_has_family(&rule->match, families[j]))
					append_rule(lines, rule, i, families[j]);
	}
}

/** append_own() - each subnet of the attachment once */
static void append_own(struct lines *lines, const struct attachment *attachment)
{
	for (size_t i = 0; i < attachment->address_count; i++) {
		const struct prefix *subnet = &attachment->addresses[i].subnet;
		size_t same = 0;
		while (!prefix_equal(&attachment->addresses[same].subnet, subnet))
			same++;
		if (same == i)
			append(lines, (struct line){LINE_OWN, subnet->ip.family, i, false, 0});
	}
}

/** append_marks() - a header is written in one family only */
static void append_marks(struct lines *lines, const struct attachment *attachment, enum firewall_direction direction)
{
	static const sa_family_t families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < attachment->mark_count; i++) {
		const struct packet_match *match = &attachment->marks[i].match;
		const uint8_t fields = firewall_mark_fields(&attachment->marks[i], direction);
		struct line line = {.kind = LINE_MARK, .place = i, .marks = fields};
		if (fields == MARK_FWMARK && !packet_match_knows_family(match))
			append(lines, line);
		else
			for (size_t j = 0; fields && j < sizeof families / sizeof *families; j++) {
				line.family = families[j];
				if (packet_match_has_family(match, line.family))
					append(lines, line);
			}
	}
}

void lines_fill(struct lines *lines, const struct attachment *attachment, enum firewall_direction direction)
{
	lines->count = 0;
	if (direction >= FIREWALL_DIRECTIONS) {
		append_marks(lines, attachment, direction);
		return;
	}
	append(lines, (struct line){LINE_REPLIES, AF_UNSPEC, 0, false, 0});
	if (direction == FIREWALL_OUT)
		append(lines, (struct line){LINE_DISCOVERY, AF_INET6, 0, false, 0});
	append_rules(lines, &attachment->firewall, direction);
	if (direction == FIREWALL_OUT || attachment->firewall.ingress == INGRESS_OPEN)
		return;
	append(lines, (struct line){LINE_PUBLISHED, AF_UNSPEC, 0, false, 0});
	if (firewall_knows_subnets(attachment, direction))
		append_own(lines, attachment);
	append(lines, (struct line){LINE_REST, AF_UNSPEC, 0, false, 0});
}

/** put_action() - what accepts goes back to the base chain: the other end of the connection may have rules, too */
static void put_action(struct nftnl_rule **rule, const struct firewall_rule *wanted, bool reset)
{
	switch (wanted->action) {
	case FIREWALL_ACCEPT:
		nft_verdict_is(rule, NFT_RETURN, NULL);
		return;
	case FIREWALL_DROP:
		nft_verdict_is(rule, NF_DROP, NULL);
		return;
	case FIREWALL_REJECT:
		nft_reject(rule, reset);
		return;
	case FIREWALL_ACTIONS:
		return;
	}
}

/** put_log() - as much as a log can take: who fills it hides what he does */
static void put_log(struct nft *nft, struct nftnl_rule **rule, const struct attachment *attachment,
		    const struct line *line)
{
	const struct firewall_rule *wanted = &attachment->firewall.rules[line->place];
	char text[LOG_PREFIX_SIZE];

	packet_match_put(nft, rule, &wanted->match, line->family);
	nft_limit(rule, LOGGED_PER_SECOND, LOGGED_AT_ONCE);
	(void)snprintf(text, sizeof text, "cambric %.*s %s: ", SHOWN_NETWORK, attachment->id.network,
		       wanted->direction == FIREWALL_IN ? "in" : "out");
	nft_log(rule, text);
	(void)snprintf(text, sizeof text, "firewall.rules[%zu]", line->place);
	nft_comment(rule, text);
}

static void put_rule(struct nft *nft, struct nftnl_rule **rule, const struct attachment *attachment,
		     const struct line *line)
{
	const struct firewall_rule *wanted = &attachment->firewall.rules[line->place];
	char text[LOG_PREFIX_SIZE];

	if (line->reset && !wanted->match.has_protocol)
		nft_match_protocol(rule, IPPROTO_TCP);
	packet_match_put(nft, rule, &wanted->match, line->family);
	if (wanted->counter)
		nft_count(rule);
	put_action(rule, wanted, line->reset);
	(void)snprintf(text, sizeof text, "firewall.rules[%zu]", line->place);
	nft_comment(rule, text);
}

/** put_own() - by address, and by where it comes from: outside of the network everybody can write any source */
static void put_own(struct nftnl_rule **rule, const struct attachment *attachment, size_t place)
{
	const struct prefix subnet = prefix_network(&attachment->addresses[place].subnet);

	if (attachment->mode == MODE_BRIDGE)
		nft_match_ifname(rule, false, attachment->bridge.segment);
	else
		nft_match_group(rule, false, HOST_END_GROUP);
	nft_match_prefix(rule, NFT_FIELD_SOURCE, &subnet);
	nft_verdict_is(rule, NFT_RETURN, NULL);
}

static void put_mark(struct nft *nft, struct nftnl_rule **rule, const struct mark *mark, const struct line *line)
{
	char text[NFT_COMMENT_SIZE];

	packet_match_put(nft, rule, &mark->match, line->family);
	if (line->marks & MARK_FWMARK)
		nft_set_mark(rule, mark->value, mark->mask);
	if (line->marks & MARK_DSCP)
		nft_set_dscp(rule, line->family, mark->dscp);
	if (line->marks & MARK_TTL)
		nft_set_ttl(rule, line->family, mark->ttl);
	(void)snprintf(text, sizeof text, "mark[%zu]", line->place);
	nft_comment(rule, text);
}

struct nftnl_rule *line_rule(struct nft *nft, const struct attachment *attachment, const struct firewall_chain *chain,
			     const struct line *line)
{
	struct nftnl_rule *rule = nft_rule_begin(chain->name);

	if (line->family != AF_UNSPEC && line->kind != LINE_DISCOVERY)
		nft_match_family(&rule, line->family);
	switch (line->kind) {
	case LINE_REPLIES:
		nft_match_replies(&rule);
		nft_verdict_is(&rule, NFT_RETURN, NULL);
		break;
	case LINE_DISCOVERY:
		nft_match_discovery(&rule);
		nft_verdict_is(&rule, NFT_RETURN, NULL);
		break;
	case LINE_LOG:
		put_log(nft, &rule, attachment, line);
		break;
	case LINE_RULE:
		put_rule(nft, &rule, attachment, line);
		break;
	case LINE_PUBLISHED:
		nft_match_dnat(&rule);
		nft_verdict_is(&rule, NFT_RETURN, NULL);
		break;
	case LINE_OWN:
		put_own(&rule, attachment, line->place);
		break;
	case LINE_REST:
		nft_verdict_is(&rule, NF_DROP, NULL);
		break;
	case LINE_MARK:
		put_mark(nft, &rule, &attachment->marks[line->place], line);
		break;
	}
	return rule;
}
