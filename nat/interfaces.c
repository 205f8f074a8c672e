/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of links, over rtnetlink. */
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
	struct guard_list *guard = into;

	guard->count = 0;
}

static const struct nla_policy link_policy[IFLA_MAX + 1] = {
	[IFLA_IFNAME] = {.type = NLA_STRING, .maxlen = IFNAMSIZ},
	[IFLA_GROUP] = {.type = NLA_U32},
};

/** foreign_name() - *@name: of a link that is neither loopback nor ours; NULL for those */
static int foreign_name(struct nlmsghdr *answer, const char **name, struct error *err)
{
	const struct ifinfomsg *link = nlmsg_data(answer);
	struct nlattr *attributes[IFLA_MAX + 1] = {0};

	*name = NULL;
	if (answer->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(answer, sizeof *link, attributes, IFLA_MAX, link_policy) < 0 || !attributes[IFLA_IFNAME])
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about an interface");
	const uint32_t group = attributes[IFLA_GROUP] ? nla_get_u32(attributes[IFLA_GROUP]) : 0;
	if (!(link->ifi_flags & IFF_LOOPBACK) && group != HOST_END_GROUP && group != BRIDGE_GROUP &&
	    strcmp(nla_get_string(attributes[IFLA_IFNAME]), GATEWAY_BRIDGE) != 0)
		*name = nla_get_string(attributes[IFLA_IFNAME]);
	return 0;
}

static int add_link(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct guard_list *guard = into;
	const char *name;

	if (foreign_name(answer, &name, err) < 0)
		return -1;
	if (!name)
		return 0;
	if (guard->count == MAX_GUARDED)
		return error_set(err, ERROR_KERNEL, 0,
				 "more than %d interfaces to guard against forwarding between them: turn forwarding "
				 "on yourself, or set \"forwardGuard\" to false",
				 MAX_GUARDED);
	(void)snprintf(guard->ifnames[guard->count++], IFNAMSIZ, "%s", name);
	return 0;
}

/** list_links() - all of them */
static int list_links(struct rtnl *host, rtnl_visit visit, void (*restart)(void *), void *into, struct error *err)
{
	struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
	const struct list links = {.label = "list interfaces",
				   .type = RTM_GETLINK,
				   .head = &head,
				   .length = sizeof head,
				   .visit = visit,
				   .restart = restart};

	return ask(host, &links, into, err);
}

int interfaces_list(struct rtnl *host, struct guard_list *guard, struct error *err)
{
	return list_links(host, add_link, restart_links, guard, err);
}

/** struct addresses - those of one interface; @before: how many elements the list had */
struct addresses {
	unsigned ifindex;
	struct element_list *list;
	size_t before;
};

static void restart_addresses(void *into)
{
	struct addresses *addresses = into;

	addresses->list->count = addresses->before;
}

static int add_address(struct nlmsghdr *answer, void *into, struct error *err)
{
	const struct ifaddrmsg *address = nlmsg_data(answer);
	struct nlattr *attributes[IFA_MAX + 1] = {0};
	struct addresses *addresses = into;

	if (answer->nlmsg_type != RTM_NEWADDR || nlmsg_parse(answer, sizeof *address, attributes, IFA_MAX, NULL) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about an address");
	/* IPv6 has IFA_ADDRESS alone, unless there is a peer */
	struct nlattr *value = attributes[IFA_LOCAL] ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
	struct ip ip = {.family = address->ifa_family};
	if (address->ifa_index != addresses->ifindex || !value || (ip.family != AF_INET && ip.family != AF_INET6) ||
	    (size_t)nla_len(value) != ip_size(ip.family))
		return 0;
	memcpy(ip.bytes, nla_data(value), ip_size(ip.family));
	elements_service(addresses->list, &ip);
	return 0;
}

int interfaces_addresses(struct rtnl *host, unsigned ifindex, struct element_list *list, struct error *err)
{
	struct ifaddrmsg head = {.ifa_family = AF_UNSPEC, .ifa_index = ifindex};
	struct addresses addresses = {.ifindex = ifindex, .list = list, .before = list->count};
	const struct list request = {.label = "list addresses",
				     .type = RTM_GETADDR,
				     .head = &head,
				     .length = sizeof head,
				     .visit = add_address,
				     .restart = restart_addresses};

	return ask(host, &request, &addresses, err);
}

/** read_setting() - *@is: whether it has that value; one of an interface without IPv6, or gone meanwhile, has none */
static int read_setting(const struct sysctl *setting, const char *ifname, bool *is, struct error *err)
{
	char value[SYSCTL_VALUE_SIZE];
	struct error refusal = ERROR_INIT;

	*is = false;
	if (sysctl_read(setting, ifname, value, &refusal) == 0) {
		*is = strcmp(value, setting->value) == 0;
		return 0;
	}
	if (refusal.errnum == ENOENT)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

/** keep_router() - 0 stays 0: a daemon takes the advertisements, and routes that daemons add survive the switch */
static int keep_router(struct nlmsghdr *answer, void *into, struct error *err)
{
	const struct sysctl listens = {.directory = "ipv6/conf/%s", .name = "accept_ra", .value = "1"},
			    routes = {.directory = "ipv6/conf/%s", .name = "forwarding", .value = "1"},
			    goes_on = {
				    .directory = "ipv6/conf/%s", .name = "accept_ra", .value = "2", .optional = true};
	bool listening, routing;
	const char *name;

	(void)into;
	if (foreign_name(answer, &name, err) < 0)
		return -1;
	if (!name)
		return 0;
	if (read_setting(&listens, name, &listening, err) < 0 || read_setting(&routes, name, &routing, err) < 0)
		return -1;
	return listening && !routing ? sysctl_ensure(&goes_on, 1, name, err) : 0;
}

/** start_over() - settings that were made need not be forgotten */
static void start_over(void *into)
{
	(void)into;
}

int interfaces_keep_router(struct rtnl *host, struct error *err)
{
	return list_links(host, keep_router, start_over, NULL, err);
}
