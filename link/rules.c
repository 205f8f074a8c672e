/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE. */
#include "link/rules.h"

#include "kernel/message.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

enum { RULE_TEXT_SIZE = 128 };

static const char *describe(const struct rule_wish *wish, char text[static RULE_TEXT_SIZE])
{
	char source[IP_TEXT_SIZE], mark[32] = "";

	if (wish->mask)
		(void)snprintf(mark, sizeof mark, " fwmark 0x%x/0x%x", wish->mark, wish->mask);
	(void)snprintf(text, RULE_TEXT_SIZE, "rule from %s%s lookup %u",
		       ip_is_set(&wish->source) ? ip_format(&wish->source, source) : "all", mark, wish->table);
	return text;
}

static bool put_selectors(struct nl_msg *msg, const struct rule_wish *wish)
{
	return (!ip_is_set(&wish->source) || message_put_ip(msg, FRA_SRC, &wish->source)) &&
	       (!wish->mask ||
		(nla_put_u32(msg, FRA_FWMARK, wish->mark) == 0 && nla_put_u32(msg, FRA_FWMASK, wish->mask) == 0));
}

static struct nl_msg *build(int type, int flags, const struct rule_wish *wish)
{
	const struct fib_rule_hdr header = {.family = (uint8_t)wish->family,
					    .src_len = ip_is_set(&wish->source) ? ip_bits(wish->family) : 0,
					    .action = FR_ACT_TO_TBL};
	struct nl_msg *msg = message_begin(type, flags, &header, sizeof header);

	return message_finish(
		msg, msg && put_selectors(msg, wish) && nla_put_u32(msg, FRA_TABLE, wish->table) == 0 &&
			     nla_put_u32(msg, FRA_PRIORITY, wish->priority) == 0 &&
			     (wish->protocol == RTPROT_UNSPEC || nla_put_u8(msg, FRA_PROTOCOL, wish->protocol) == 0));
}

int rule_ensure(struct rtnl *rtnl, const struct rule_wish *wish, struct error *err)
{
	struct error refusal = ERROR_INIT;
	char text[RULE_TEXT_SIZE];

	if (rtnl_request(rtnl, build(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, wish), &refusal, "add %s",
			 describe(wish, text)) == 0 ||
	    refusal.errnum == EEXIST)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int rule_delete(struct rtnl *rtnl, const struct rule_wish *wish, struct error *err)
{
	struct error refusal = ERROR_INIT;
	char text[RULE_TEXT_SIZE];

	if (rtnl_request(rtnl, build(RTM_DELRULE, 0, wish), &refusal, "delete %s", describe(wish, text)) == 0 ||
	    refusal.errnum == ENOENT)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

/** struct rule_search - a rule, and whether it turned up */
struct rule_search {
	const struct rule_wish *wish;
	bool found;
};

static uint32_t number(struct nlattr *attribute, uint32_t otherwise)
{
	return attribute && nla_len(attribute) >= (int)sizeof(uint32_t) ? nla_get_u32(attribute) : otherwise;
}

static bool has_source(const struct rule_wish *wish, const struct fib_rule_hdr *header, struct nlattr *source)
{
	if (!ip_is_set(&wish->source))
		return header->src_len == 0;
	return header->src_len == ip_bits(wish->family) && source && (size_t)nla_len(source) == ip_size(wish->family) &&
	       memcmp(nla_data(source), wish->source.bytes, ip_size(wish->family)) == 0;
}

/** is_rule() - a mark without a mask means all bits (net/core/fib_rules.c) */
static bool is_rule(const struct rule_wish *wish, const struct fib_rule_hdr *header, struct nlattr *attributes[])
{
	uint32_t mark = number(attributes[FRA_FWMARK], 0);

	return header->action == FR_ACT_TO_TBL && header->dst_len == 0 && header->tos == 0 &&
	       !attributes[FRA_IIFNAME] && !attributes[FRA_OIFNAME] && has_source(wish, header, attributes[FRA_SRC]) &&
	       mark == wish->mark && number(attributes[FRA_FWMASK], mark ? UINT32_MAX : 0) == wish->mask &&
	       number(attributes[FRA_TABLE], header->table) == wish->table &&
	       number(attributes[FRA_PRIORITY], 0) == wish->priority;
}

static int match_rule(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct rule_search *search = into;
	struct nlattr *attributes[FRA_MAX + 1] = {0};
	const struct fib_rule_hdr *header = nlmsg_data(answer);

	if (answer->nlmsg_type != RTM_NEWRULE || nlmsg_parse(answer, sizeof *header, attributes, FRA_MAX, NULL) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a rule");
	if (is_rule(search->wish, header, attributes))
		search->found = true;
	return 0;
}

int rule_exists(struct rtnl *rtnl, const struct rule_wish *wish, bool *exists, struct error *err)
{
	const struct fib_rule_hdr header = {.family = (uint8_t)wish->family};
	struct rule_search search = {.wish = wish};
	int status = rtnl_list(rtnl, message_begin(RTM_GETRULE, NLM_F_DUMP, &header, sizeof header), match_rule,
			       &search, NULL, err, "list rules");

	*exists = search.found;
	return status;
}

int rule_verify(struct rtnl *container, const struct rule_wish *wish, struct error *err)
{
	char text[IP_TEXT_SIZE];
	bool exists;

	if (rule_exists(container, wish, &exists, err) < 0)
		return -1;
	return exists ? 0
		      : error_set(err, ERROR_DRIFT, 0, "rule from %s lookup %u is missing in the container",
				  ip_format(&wish->source, text), wish->table);
}
