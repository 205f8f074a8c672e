/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of links and of default routes, over rtnetlink. */
#include "nat/interfaces.h"

#include "conf/marks.h"
#include "kernel/sysctl.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { LIST_ROUNDS = 10 };

/**
 * struct list - a list of the kernel
 * @type:    of the request; @head: of its fixed part, @length bytes
 * @restart: forget what was collected, the list changed meanwhile
 */
struct list {
	const char *label;
	int type;
	void *head;
	size_t length;
	rtnl_visit visit;
	void (*restart)(void *into);
};

/** ask() - repeated while the list changes: a truncated one must not pass for the whole */
static int ask(struct rtnl *host, const struct list *list, void *into, struct error *err)
{
	for (int round = 0;; round++) {
		struct error failure = ERROR_INIT;
		struct nl_msg *msg = nlmsg_alloc_simple(list->type, NLM_F_DUMP);
		if (!msg || nlmsg_append(msg, list->head, list->length, NLMSG_ALIGNTO) < 0) {
			nlmsg_free(msg);
			return error_set(err, ERROR_KERNEL, ENOMEM, "%s", list->label);
		}
		list->restart(into);
		if (rtnl_ask(host, msg, list->visit, into, &failure, "%s", list->label) == 0)
			return 0;
		if (failure.errnum != EINTR || round == LIST_ROUNDS) {
			error_merge(err, &failure);
			return -1;
		}
	}
}

static void restart_links(void *into)
{
	struct guard *guard = into;

	guard->count = 0;
}

static int add_link(struct nlmsghdr *answer, void *into, struct error *err)
{
	const struct ifinfomsg *link = nlmsg_data(answer);
	struct nlattr *name = nlmsg_find_attr(answer, sizeof *link, IFLA_IFNAME);
	struct nlattr *group = nlmsg_find_attr(answer, sizeof *link, IFLA_GROUP);
	struct guard *guard = into;

	if (answer->nlmsg_type != RTM_NEWLINK || !name || link->ifi_flags & IFF_LOOPBACK ||
	    (group && nla_get_u32(group) == HOST_END_GROUP) || strcmp(nla_get_string(name), GATEWAY_BRIDGE) == 0)
		return 0;
	if (guard->count == MAX_GUARDED)
		return error_set(err, ERROR_KERNEL, 0,
				 "more than %d interfaces to guard against forwarding between them: turn forwarding "
				 "on yourself, or set \"forwardGuard\" to false",
				 MAX_GUARDED);
	(void)snprintf(guard->ifnames[guard->count++], IFNAMSIZ, "%s", nla_get_string(name));
	return 0;
}

int interfaces_list(struct rtnl *host, struct guard *guard, struct error *err)
{
	struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
	const struct list links = {.label = "list interfaces",
				   .type = RTM_GETLINK,
				   .head = &head,
				   .length = sizeof head,
				   .visit = add_link,
				   .restart = restart_links};

	return ask(host, &links, guard, err);
}

/** struct routers - interfaces with a default route from a router advertisement */
struct routers {
	size_t count;
	unsigned ifindex[MAX_GUARDED];
};

static void restart_routers(void *into)
{
	struct routers *routers = into;

	routers->count = 0;
}

static void add_router(struct routers *routers, unsigned ifindex)
{
	for (size_t i = 0; i < routers->count; i++)
		if (routers->ifindex[i] == ifindex)
			return;
	if (routers->count < MAX_GUARDED)
		routers->ifindex[routers->count++] = ifindex;
}

/** add_nexthops() - of a default route with several routers */
static void add_nexthops(struct routers *routers, struct nlattr *multipath)
{
	size_t left = (size_t)nla_len(multipath);
	const struct rtnexthop *hop = nla_data(multipath);

	while (left >= sizeof *hop && hop->rtnh_len >= sizeof *hop && hop->rtnh_len <= left) {
		size_t length = ((size_t)hop->rtnh_len + 3) & ~(size_t)3;
		add_router(routers, (unsigned)hop->rtnh_ifindex);
		if (length >= left)
			return;
		left -= length;
		hop = (const void *)((const char *)hop + length);
	}
}

static int add_route(struct nlmsghdr *answer, void *into, struct error *err)
{
	const struct rtmsg *route = nlmsg_data(answer);
	struct nlattr *device = nlmsg_find_attr(answer, sizeof *route, RTA_OIF);
	struct nlattr *multipath = nlmsg_find_attr(answer, sizeof *route, RTA_MULTIPATH);

	(void)err;
	if (answer->nlmsg_type != RTM_NEWROUTE || route->rtm_family != AF_INET6 || route->rtm_protocol != RTPROT_RA ||
	    route->rtm_dst_len != 0)
		return 0;
	if (device)
		add_router(into, nla_get_u32(device));
	if (multipath)
		add_nexthops(into, multipath);
	return 0;
}

/** keep_router() - 0 stays 0: a daemon takes the advertisements, and routes that daemons add survive the switch */
static int keep_router(const char *ifname, struct error *err)
{
	const struct sysctl accept_ra = {.path = "ipv6/conf/%s/accept_ra", .value = "2"};
	char value[SYSCTL_VALUE_SIZE];

	if (sysctl_read(accept_ra.path, ifname, value, err) < 0)
		return -1;
	return strcmp(value, "1") == 0 ? sysctl_ensure(&accept_ra, 1, ifname, err) : 0;
}

int interfaces_keep_router(struct rtnl *host, struct error *err)
{
	/* the kernel filters by protocol when it checks requests strictly (Linux 4.20); add_route() does too */
	struct rtmsg head = {.rtm_family = AF_INET6, .rtm_protocol = RTPROT_RA};
	const struct list routes = {.label = "list IPv6 routes from router advertisements",
				    .type = RTM_GETROUTE,
				    .head = &head,
				    .length = sizeof head,
				    .visit = add_route,
				    .restart = restart_routers};
	struct routers routers = {.count = 0};
	char ifname[IFNAMSIZ];

	if (ask(host, &routes, &routers, err) < 0)
		return -1;
	for (size_t i = 0; i < routers.count; i++) {
		if (!if_indextoname(routers.ifindex[i], ifname))
			continue; /* gone meanwhile, and the route with it */
		if (keep_router(ifname, err) < 0)
			return -1;
	}
	return 0;
}
