/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy routing inside the container (ip-rule(8)); the table's number is taken from the interface's index. */
#include "link/source_rules.h"

#include "base/cleanup.h"
#include "link/messages.h"
#include "link/recorded_netns.h"
#include "link/rules.h"

#include <linux/rtnetlink.h>

enum { FIRST_TABLE = 51771000 };

static struct rule_wish rule_of(const struct attachment *want, size_t index)
{
	const struct ip *source = &want->addresses[index].ip;

	return (struct rule_wish){.family = source->family,
				  .source = *source,
				  .table = FIRST_TABLE + want->source_rules,
				  .priority = RULE_PRIORITY};
}

/** struct table - the routes of an attachment as its own table has them */
struct table {
	struct route_wish routes[MAX_ADDRESSES + MAX_ROUTES];
	size_t count;
};

static void add_to(struct table *table, const struct attachment *want, struct route_wish route)
{
	route.ifindex = (int)want->source_rules;
	route.table = FIRST_TABLE + want->source_rules;
	route.type = RTN_UNICAST;
	route.protocol = RTPROT_BOOT;
	table->routes[table->count++] = route;
}

/** add_link_route() - what is on the link: the subnet, where there are neighbours, else the next hop alone; IPv6 has fe80::/64 there */
static void add_link_route(struct table *table, const struct attachment *want, const struct address *address)
{
	if (want->mode & (MODE_BRIDGE | MODE_DEVICE))
		add_to(table, want, (struct route_wish){.destination = address->subnet, .scope = RT_SCOPE_LINK});
	else if (address->ip.family == AF_INET)
		add_to(table, want,
		       (struct route_wish){.destination = prefix_of_host(&address->next_hop), .scope = RT_SCOPE_LINK});
}

/** fill_table() - all routes of the attachment but those that name a table themselves; next hops come first */
static void fill_table(struct table *table, const struct attachment *want)
{
	table->count = 0;
	for (size_t i = 0; i < want->address_count; i++)
		add_link_route(table, want, &want->addresses[i]);
	for (size_t i = 0; i < want->route_count; i++) {
		const struct route *route = &want->routes[i];
		if (!(route->fields & ROUTE_HAS_TABLE) && ip_is_set(&route->gateway))
			add_to(table, want,
			       (struct route_wish){.destination = route->destination,
						   .gateway = route->gateway,
						   .scope = RT_SCOPE_UNIVERSE,
						   .priority = route->priority,
						   .mtu = route->mtu,
						   .advmss = route->advmss});
	}
}

int source_rules_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct table table;

	/* Recorded before there is anything to remove */
	if (!want->source_rules || record_update(store, want, err) < 0)
		return want->source_rules ? -1 : 0;
	fill_table(&table, want);
	/* two addresses of one subnet ask for the same one */
	for (size_t i = 0; i < table.count; i++)
		if (route_ensure(kernel->container, &table.routes[i], err) < 0)
			return -1;
	for (size_t i = 0; i < want->address_count; i++) {
		const struct rule_wish rule = rule_of(want, i);
		if (rule_ensure(kernel->container, &rule, err) < 0)
			return -1;
	}
	return 0;
}

static int verify_route(const struct route_wish *route, struct rtnl *container, struct error *err)
{
	char text[PREFIX_TEXT_SIZE];
	bool exists;

	if (route_exists(container, route, &exists, err) < 0)
		return -1;
	return exists ? 0
		      : error_set(err, ERROR_DRIFT, 0, "route %s is missing in table %u in the container",
				  prefix_format(&route->destination, text), route->table);
}

int source_rules_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct table table;

	(void)store;
	if (!want->source_rules)
		return 0;
	for (size_t i = 0; i < want->address_count; i++) {
		const struct rule_wish rule = rule_of(want, i);
		if (rule_verify(kernel->container, &rule, err) < 0)
			return -1;
	}
	fill_table(&table, want);
	for (size_t i = 0; i < table.count; i++)
		if (verify_route(&table.routes[i], kernel->container, err) < 0)
			return -1;
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
	for (size_t i = 0; i < want->address_count; i++) {
		const struct rule_wish rule = rule_of(want, i);
		if (rule_delete(visit.container, &rule, err) < 0)
			status = -1;
	}
	return status;
}
