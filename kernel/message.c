/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two ends of every request that is put together by hand. */
#include "kernel/message.h"

#include <stdint.h>

struct nl_msg *message_finish(struct nl_msg *msg, bool whole)
{
	if (whole)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

struct nl_msg *message_begin(int type, int flags, const void *header, size_t length)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	/* libnl only reads what it is given, but does not say so */
	return message_finish(msg, msg && nlmsg_append(msg, (void *)(uintptr_t)header, length, NLMSG_ALIGNTO) == 0);
}

bool message_put_ip(struct nl_msg *msg, int attribute, const struct ip *ip)
{
	return nla_put(msg, attribute, (int)ip_size(ip->family), ip->bytes) == 0;
}
