/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of links, over rtnetlink. */
#include "nat/interfaces.h"

#include "conf/marks.h"
#include "kernel/link_message.h"
#include "kernel/message.h"
#include "kernel/sysctl.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/** foreign_name() - *@name: of a link that is neither loopback nor ours; NULL for those */
static int foreign_name(struct nlmsghdr *answer, const char **name, struct error *err)
{
	const struct ifinfomsg *link = nlmsg_data(answer);
	struct nlattr *attributes[IFLA_MAX + 1] = {0};

	*name = NULL;
	if (answer->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(answer, sizeof *link, attributes, IFLA_MAX, LINK_POLICY) < 0 || !attributes[IFLA_IFNAME])
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

/** list_links() - all of them; @count as of rtnl_list() */
static int list_links(struct rtnl *host, rtnl_visit visit, void *into, size_t *count, struct error *err)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};

	return rtnl_list(host, message_begin(RTM_GETLINK, NLM_F_DUMP, &header, sizeof header), visit, into, count, err,
			 "list interfaces");
}

int interfaces_list(struct rtnl *host, struct guard_list *guard, struct error *err)
{
	guard->count = 0;
	return list_links(host, add_link, guard, &guard->count, err);
}

/** struct addresses - those of one interface */
struct addresses {
	unsigned ifindex;
	struct element_list *list;
};

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
	const struct ifaddrmsg header = {.ifa_family = AF_UNSPEC, .ifa_index = ifindex};
	struct addresses addresses = {.ifindex = ifindex, .list = list};

	return rtnl_list(host, message_begin(RTM_GETADDR, NLM_F_DUMP, &header, sizeof header), add_address, &addresses,
			 &list->count, err, "list addresses");
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

int interfaces_keep_router(struct rtnl *host, struct error *err)
{
	return list_links(host, keep_router, NULL, NULL, err);
}
