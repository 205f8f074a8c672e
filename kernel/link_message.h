/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that make or change an interface. Not by libnl-route: it cannot say all of it. */
#pragma once

#include "kernel/message.h"

#include <linux/if_link.h>
#include <netlink/attr.h>
#include <stdint.h>

/**
 * struct link_wish - what a request says of an interface; of what is 0 or NULL it says nothing
 * @ifindex: of one that there is
 * @alias:   "": it is to have none
 * @mac:     6 bytes
 * @below:   index of the interface that it is made on
 * @master:  index of the one that it becomes part of; *@master 0: of none
 * @netns:   descriptor of the namespace that it goes to: never 0, which is standard input
 * @flag_mask: which of @flags (IFF_*) it is about
 * @kind:    of the interface or, with @is_port, of the one that it is part of
 * @put:     adds what is particular to the kind, out of @details. Return: whether there was room
 * @peer:    of a veth: its other end
 */
struct link_wish {
	int ifindex, below, netns;
	const int *master;
	const char *name, *alias, *kind;
	const uint8_t *mac;
	uint32_t mtu, group;
	const uint32_t *queue_length;
	unsigned flags, flag_mask;
	bool is_port;
	bool (*put)(struct nl_msg *msg, const void *details);
	const void *details;
	const struct link_wish *peer;
};

/** link_message() - RTM_NEWLINK, RTM_SETLINK or RTM_DELLINK; NULL without memory, which rtnl_request() reports */
struct nl_msg *link_message(int type, int flags, const struct link_wish *wish);

/** link_message_new() - RTM_NEWLINK of one that there is not yet, EEXIST otherwise */
struct nl_msg *link_message_new(const struct link_wish *wish);

/** LINK_POLICY - for answers about interfaces: no attribute that is read is shorter than its type */
extern const struct nla_policy LINK_POLICY[IFLA_MAX + 1];
