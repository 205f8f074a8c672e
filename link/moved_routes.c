/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the main table of the container to one of the interface's own, and back. */
#include "link/moved_routes.h"

#include "base/cleanup.h"
#include "conf/marks.h"
#include "link/messages.h"
#include "link/other_link.h"
#include "link/recorded_netns.h"
#include "link/route_list.h"
#include "link/rules.h"

#include <linux/rtnetlink.h>

/* Beside what source_rules.c may have for the same interface; rules of this one come first */
enum { FIRST_TABLE = 51871000, MOVED_PRIORITY = RULE_PRIORITY - 1 };
/* Added to the metric of default routes for which the table has one of ours: they wait there for their way back */
enum { SHELVED = 1 << 30 };

static struct rule_wish rule_of(const struct attachment *want, size_t index)
{
	const struct ip *source = &want->addresses[index].ip;

	return (struct rule_wish){
		.family = source->family, .source = *source, .table = want->moved.table, .priority = MOVED_PRIORITY};
}

/** default_of() - the route over the gateway of a family; its protocol tells that it was in no other table */
static struct route_wish default_of(const struct attachment *want, const struct ip *gateway, int ifindex)
{
	return (struct route_wish){.destination = {.ip = {.family = gateway->family}},
				   .gateway = *gateway,
				   .ifindex = ifindex,
				   .type = RTN_UNICAST,
				   .scope = RT_SCOPE_UNIVERSE,
				   .protocol = ROUTE_PROTOCOL,
				   .table = want->moved.table};
}

static bool is_link(const struct route_wish *route)
{
	return !ip_is_set(&route->gateway);
}

/** has_gateway() - whether the table has a default route of ours for the family, and so none that is copied */
static bool has_gateway(const struct attachment *want, sa_family_t family)
{
	return ip_is_set(&want->moved.gateways[family == AF_INET ? 0 : 1]);
}

static int fill_table(const struct attachment *want, const struct route_list *list, struct rtnl *container, int ifindex,
		      struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		struct route_wish route = list->routes[i];
		if (route.destination.length == 0 && has_gateway(want, route.destination.ip.family))
			route.priority += SHELVED;
		route.table = want->moved.table;
		if (route_ensure(container, &route, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < MOVED_FAMILIES; i++) {
		const struct route_wish route = default_of(want, &want->moved.gateways[i], ifindex);
		if (ip_is_set(&route.gateway) && route_ensure(container, &route, err) < 0)
			return -1;
	}
	return 0;
}

/** empty_main() - those through a gateway first */
static int empty_main(const struct attachment *want, const struct route_list *list, struct rtnl *container,
		      struct error *err)
{
	for (size_t i = list->count; i-- > 0;)
		if (!(want->moved.keeps_link && is_link(&list->routes[i])) &&
		    route_delete(container, &list->routes[i], err) < 0)
			return -1;
	return 0;
}

static int add_rules(const struct attachment *want, struct rtnl *container, struct error *err)
{
	for (size_t i = 0; i < want->address_count; i++) {
		const struct rule_wish rule = rule_of(want, i);
		if (rule_ensure(container, &rule, err) < 0)
			return -1;
	}
	return 0;
}

/** move_all() - packets find a route all the time: the table is filled before rules lead there, and those before it is emptied */
static int move_all(const struct attachment *want, struct rtnl *container, int ifindex, struct error *err)
{
	struct route_list list;

	if (route_list_read(&list, container, ifindex, 0, err) < 0 ||
	    fill_table(want, &list, container, ifindex, err) < 0 || add_rules(want, container, err) < 0)
		return -1;
	return empty_main(want, &list, container, err);
}

static int has_table(struct attachment *other, const struct attachment *want, struct store *store, struct error *err)
{
	(void)store;
	(void)err;
	return other->moved.table == want->moved.table;
}

/** check_new() - rules that are there and no other link's are what a lost record has left */
static int check_new(const struct attachment *want, struct store *store, struct error *err)
{
	int other = other_link(store, want, has_table, err);

	return other <= 0
		       ? other
		       : error_set(
				 err, ERROR_ALREADY_ATTACHED, 0,
				 "interface %s has rules for table %u already: another link of the chain has done this",
				 want->id.ifname, want->moved.table);
}

int moved_routes_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state end;
	bool exists;

	if (link_query(kernel->container, want->id.ifname, &end, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_CONFIG, 0, "interface %s is missing in the container", want->id.ifname);
	if (!want->moved.rules_only)
		want->moved.table = FIRST_TABLE + (uint32_t)end.ifindex;
	if (check_new(want, store, err) < 0) {
		want->moved.table = 0; /* so that undo leaves them alone */
		return -1;
	}
	if (record_update(store, want, err) < 0)
		return -1;
	return want->moved.rules_only ? add_rules(want, kernel->container, err)
				      : move_all(want, kernel->container, end.ifindex, err);
}

static int verify_rules(const struct attachment *want, struct rtnl *container, struct error *err)
{
	for (size_t i = 0; i < want->address_count; i++) {
		const struct rule_wish rule = rule_of(want, i);
		if (rule_verify(container, &rule, err) < 0)
			return -1;
	}
	return 0;
}

int moved_routes_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	char text[IP_TEXT_SIZE];
	bool exists;

	(void)store;
	if (verify_rules(want, kernel->container, err) < 0)
		return -1;
	for (size_t i = 0; !want->moved.rules_only && i < MOVED_FAMILIES; i++) {
		const struct route_wish route = default_of(want, &want->moved.gateways[i], 0);
		if (!ip_is_set(&route.gateway))
			continue;
		if (route_exists(kernel->container, &route, &exists, err) < 0)
			return -1;
		if (!exists)
			return error_set(err, ERROR_DRIFT, 0,
					 "default route via %s is missing in table %u in the container",
					 ip_format(&route.gateway, text), route.table);
	}
	return 0;
}

/** move_back() - one that is in the main table again already is success */
static int move_back(const struct attachment *want, struct rtnl *container, struct error *err)
{
	struct link_state end;
	struct route_list list;
	bool exists;

	if (link_query(container, want->id.ifname, &end, &exists, err) < 0)
		return -1;
	if (!exists)
		return 0;
	if (route_list_read(&list, container, end.ifindex, want->moved.table, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		struct route_wish route = list.routes[i];
		if (route.destination.length == 0 && route.priority >= SHELVED)
			route.priority -= SHELVED;
		if (route.protocol != ROUTE_PROTOCOL && route_ensure(container, &route, err) < 0)
			return -1;
	}
	for (size_t i = list.count; i-- > 0;) {
		struct route_wish route = list.routes[i];
		route.table = want->moved.table;
		if (route_delete(container, &route, err) < 0)
			return -1;
	}
	return 0;
}

int moved_routes_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(kernel_close) struct kernel visit = KERNEL_CLOSED;
	int status = 0;

	(void)kernel;
	if (!want->moved.table)
		return 0;
	/* who was killed before he was refused has a record, too */
	int other = other_link(store, want, has_table, err);
	if (other != 0)
		return other < 0 ? -1 : 0;
	int there = recorded_netns_enter(want, &visit, err);
	if (there <= 0)
		return there;
	if (!want->moved.rules_only && move_back(want, visit.container, err) < 0)
		status = -1;
	for (size_t i = 0; i < want->address_count; i++) {
		const struct rule_wish rule = rule_of(want, i);
		if (rule_delete(visit.container, &rule, err) < 0)
			status = -1;
	}
	return status;
}
