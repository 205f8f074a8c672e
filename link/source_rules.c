/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy routing inside the container (ip-rule(8)); the table's number is taken from the interface's index. */
#include "link/source_rules.h"

#include "base/cleanup.h"
#include "link/messages.h"
#include "link/recorded_netns.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/route/rule.h>

/* Before the main table (32766), behind whatever an administrator would number by hand */
enum { RULE_PRIORITY = 30000, FIRST_TABLE = 51771000 };

static void cleanup_rule(struct rtnl_rule **rule)
{
	rtnl_rule_put(*rule);
}

/** default_route() - of the container, over one of its interfaces */
static struct route_wish default_route(const struct address *address, int ifindex, uint32_t table)
{
	return (struct route_wish){.destination = {.ip = {.family = address->ip.family}},
				   .gateway = address->next_hop,
				   .ifindex = ifindex,
				   .type = RTN_UNICAST,
				   .scope = RT_SCOPE_UNIVERSE,
				   .protocol = RTPROT_BOOT,
				   .table = table};
}

/** fill_rule() - 0, or -1 without memory: a rule without its source would be one for everybody */
static int fill_rule(struct rtnl_rule *rule, const struct address *address, uint32_t table)
{
	struct nl_addr *source = nl_addr_build(address->ip.family, address->ip.bytes, ip_size(address->ip.family));
	int status = source ? rtnl_rule_set_src(rule, source) : -1;

	nl_addr_put(source);
	rtnl_rule_set_family(rule, address->ip.family);
	rtnl_rule_set_action(rule, FR_ACT_TO_TBL);
	rtnl_rule_set_prio(rule, RULE_PRIORITY);
	rtnl_rule_set_table(rule, table);
	return status < 0 ? -1 : 0;
}

static struct rtnl_rule *build_rule(const struct address *address, uint32_t table)
{
	struct rtnl_rule *rule = rtnl_rule_alloc();

	if (!rule || fill_rule(rule, address, table) == 0)
		return rule;
	rtnl_rule_put(rule);
	return NULL;
}

static int add_rule(struct rtnl *container, const struct address *address, uint32_t table, struct error *err)
{
	CLEANUP(cleanup_rule) struct rtnl_rule *rule = build_rule(address, table);
	struct nl_msg *msg = NULL;
	char text[IP_TEXT_SIZE];

	if (rule)
		(void)rtnl_rule_build_add_request(rule, NLM_F_CREATE | NLM_F_EXCL, &msg);
	return rtnl_request(container, msg, err, "add rule from %s", ip_format(&address->ip, text));
}

static int delete_rule(struct rtnl *container, const struct address *address, uint32_t table, struct error *err)
{
	CLEANUP(cleanup_rule) struct rtnl_rule *rule = build_rule(address, table);
	struct error refusal = ERROR_INIT;
	struct nl_msg *msg = NULL;
	char text[IP_TEXT_SIZE];

	if (rule)
		(void)rtnl_rule_build_delete_request(rule, 0, &msg);
	if (rtnl_request(container, msg, &refusal, "delete rule from %s", ip_format(&address->ip, text)) == 0 ||
	    refusal.errnum == ENOENT)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

/** ensure_table() - the way out for one address: next hop first, as it is not on a subnet of the interface */
static int ensure_table(const struct address *address, int ifindex, uint32_t table, struct rtnl *container,
			struct error *err)
{
	struct route_wish way_out = default_route(address, ifindex, table);
	struct route_wish next_hop = {.destination = prefix_of_host(&address->next_hop),
				      .ifindex = ifindex,
				      .type = RTN_UNICAST,
				      .scope = RT_SCOPE_LINK,
				      .protocol = RTPROT_BOOT,
				      .table = table};

	if (address->ip.family == AF_INET && route_add(container, &next_hop, err) < 0)
		return -1;
	return route_add(container, &way_out, err);
}

static uint32_t table_of(int ifindex)
{
	return FIRST_TABLE + (uint32_t)ifindex;
}

/** is_first_of_family() - one default route per family and table is enough */
static bool is_first_of_family(const struct attachment *want, size_t index)
{
	return attachment_address(want, want->addresses[index].ip.family) == &want->addresses[index];
}

int source_rules_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	int ifindex = (int)want->source_rules;

	/* Recorded before there is anything to remove */
	if (!ifindex || record_update(store, want, err) < 0)
		return ifindex ? -1 : 0;
	for (size_t i = 0; i < want->address_count; i++) {
		const struct address *address = &want->addresses[i];
		if (is_first_of_family(want, i) &&
		    ensure_table(address, ifindex, table_of(ifindex), kernel->container, err) < 0)
			return -1;
		if (add_rule(kernel->container, address, table_of(ifindex), err) < 0)
			return -1;
	}
	return 0;
}

int source_rules_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(kernel_close) struct kernel visit = KERNEL_CLOSED;
	int status = 0;

	(void)store;
	(void)kernel;
	if (!want->source_rules)
		return 0;
	int there = recorded_netns_enter(want, &visit, err);
	if (there <= 0)
		return there;
	for (size_t i = 0; i < want->address_count; i++)
		if (delete_rule(visit.container, &want->addresses[i], table_of((int)want->source_rules), err) < 0)
			status = -1;
	return status;
}
