/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting is for messages of the kernel; where it is ready already, which is the rule, nothing is opened. */
#include "link/announcement.h"

#include "base/cleanup.h"
#include "conf/bridged.h"
#include "kernel/message.h"
#include "kernel/watch.h"
#include "link/bridge_messages.h"
#include "link/messages.h"

#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>

enum { WAIT_MS = 5000 };

/** query_port() - *@settled: its state is one that does not pass within milliseconds */
static int query_port(const struct attachment *want, struct rtnl *host, struct link_state *port, bool *settled,
		      struct error *err)
{
	bool exists;

	/* Since Linux 6.8 the question itself makes the kernel catch up with a carrier that has just come (rtnl_getlink()) */
	if (link_query_index(host, want->host_ifindex, port, &exists, err) < 0)
		return -1;
	if (!exists || !port->master)
		return error_set(err, ERROR_KERNEL, ENODEV, "bridge port %s vanished", want->host_ifname);
	*settled = port->port_state != BR_STATE_DISABLED;
	return 0;
}

static int await_port(const struct attachment *want, struct rtnl *host, struct link_state *port, struct error *err)
{
	CLEANUP(watch_close) struct watch watch = WATCH_CLOSED;
	bool settled = false;

	if (watch_open(&watch, -1, RTMGRP_LINK, RTM_NEWLINK, want->host_ifindex, WAIT_MS, err) < 0)
		return -1;
	for (;;) {
		if (query_port(want, host, port, &settled, err) < 0)
			return -1;
		if (settled)
			return 0;
		int news = watch_next(&watch, err);
		if (news <= 0)
			return news < 0 ? -1
					: error_set(err, ERROR_TRY_AGAIN, ETIMEDOUT,
						    "bridge port in error state: %s is disabled", want->host_ifname);
	}
}

/** wait_for_port() - until it forwards, at most 5 s; one that spanning tree holds back is a warning */
static int wait_for_port(const struct attachment *want, struct rtnl *host, struct error *err)
{
	struct link_state port;
	bool settled = false;

	if (query_port(want, host, &port, &settled, err) < 0 || (!settled && await_port(want, host, &port, err) < 0))
		return -1;
	if (port.port_state != BR_STATE_FORWARDING)
		error_warn(err, "bridge %s does not forward frames of %s yet: spanning tree (STP) holds the port back",
			   want->bridge.name, want->host_ifname);
	return 0;
}

/** struct tentative - addresses that are still being checked, and one that failed */
struct tentative {
	size_t count;
	struct ip duplicate;
};

static int count_tentative(struct nlmsghdr *answer, void *into, struct error *err)
{
	const struct ifaddrmsg *header = nlmsg_data(answer);
	struct nlattr *address = nlmsg_find_attr(answer, sizeof *header, IFA_ADDRESS);
	struct tentative *tentative = into;

	(void)err;
	if (answer->nlmsg_type != RTM_NEWADDR || !address || nla_len(address) != (int)ip_size(AF_INET6))
		return 0;
	if (header->ifa_flags & IFA_F_DADFAILED) {
		tentative->duplicate.family = AF_INET6;
		nla_memcpy(tentative->duplicate.bytes, address, sizeof tentative->duplicate.bytes);
	} else if (header->ifa_flags & IFA_F_TENTATIVE) {
		tentative->count++;
	}
	return 0;
}

static struct nl_msg *address_request(int ifindex)
{
	const struct ifaddrmsg header = {.ifa_family = AF_INET6, .ifa_index = (uint32_t)ifindex};

	return message_begin(RTM_GETADDR, NLM_F_DUMP, &header, sizeof header);
}

/** look() - *@done: no address is tentative any more */
static int look(struct rtnl *container, int ifindex, bool *done, struct error *err)
{
	struct tentative found = {.count = 0};
	struct error attempt = ERROR_INIT;
	char text[IP_TEXT_SIZE];

	if (rtnl_ask(container, address_request(ifindex), count_tentative, &found, &attempt, "list addresses") < 0) {
		*done = false;
		if (attempt.errnum == EINTR) /* they changed while they were read: a message about that is on its way */
			return 0;
		error_merge(err, &attempt);
		return -1;
	}
	*done = found.count == 0;
	if (!ip_is_set(&found.duplicate))
		return 0;
	return error_set(err, ERROR_ADDRESS_TAKEN, 0, "somebody else on the link has address %s (DAD)",
			 ip_format(&found.duplicate, text));
}

/** await_addresses() - with BRIDGE_DAD: until no address is tentative; ERROR_ADDRESS_TAKEN for a duplicate */
static int await_addresses(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	CLEANUP(watch_close) struct watch watch = WATCH_CLOSED;
	const int end = want->container_ifindex;
	bool done = false;

	if (!bridge_has(want, BRIDGE_DAD) || !attachment_has_family(want, AF_INET6))
		return 0;
	if (watch_open(&watch, kernel->container_netns, RTMGRP_IPV6_IFADDR, RTM_NEWADDR, end, WAIT_MS, err) < 0)
		return -1;
	while (!done) {
		if (look(kernel->container, end, &done, err) < 0)
			return -1;
		int news = done ? 1 : watch_next(&watch, err);
		if (news <= 0)
			return news < 0 ? -1
					: error_set(err, ERROR_TRY_AGAIN, ETIMEDOUT,
						    "duplicate address detection on %s did not end", want->id.ifname);
	}
	return 0;
}

/** tell_neighbours() - gratuitous ARP and unsolicited neighbour advertisements for all addresses, in one request */
static int tell_neighbours(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	/* arp_notify and ndisc_notify are on (link/container.c): a change of the MAC, also to what it is, makes the kernel
	 * announce every address (net/ipv4/devinet.c and net/ipv6/ndisc.c, NETDEV_CHANGEADDR) */
	return rtnl_request(kernel->container, bridge_build_announce(want->container_ifindex, want->mac), err,
			    "announce addresses of %s", want->id.ifname);
}

int announcement_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	if (bridge_has(want, BRIDGE_CONTAINER_DOWN))
		return 0;
	if (wait_for_port(want, kernel->host, err) < 0)
		return -1;
	if (want->address_count == 0)
		return 0;
	if (await_addresses(want, kernel, err) < 0)
		return -1;
	return tell_neighbours(want, kernel, err);
}
