/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtnetlink: one request, one answer, with the kernel's own errno and words. */
#pragma once

#include "base/error.h"

#include <netlink/msg.h>
#include <stddef.h>

struct rtnl;

/** rtnl_open() - a socket of the namespace the process is in at this moment; it stays in that one */
int rtnl_open(struct rtnl **opened, struct error *err);
/** rtnl_open_generic() - the same for generic netlink, whose requests are asked and answered in the same manner */
int rtnl_open_generic(struct rtnl **opened, struct error *err);
/** rtnl_close() - accepts NULL, leaves NULL */
void rtnl_close(struct rtnl **rtnl);

/**
 * rtnl_request() - send a request and wait for its acknowledgement
 * @msg:   NULL: there was no memory for it; consumed
 * @label: what it does, for the error message; printf style
 *
 * On refusal: ERROR_KERNEL, errnum is the kernel's errno, details the text of its extended
 * acknowledgement. ERROR_TRY_AGAIN when no answer came within 5 s.
 */
int rtnl_request(struct rtnl *rtnl, struct nl_msg *msg, struct error *err, const char *label, ...)
	__attribute__((format(printf, 4, 5)));

/** rtnl_visit_t - looks at one answer; 0 to go on, -1 with @err set to stop */
typedef int (*rtnl_visit)(struct nlmsghdr *answer, void *into, struct error *err);

/**
 * rtnl_ask() - send a request that is answered with data, and hand each answer to @visit
 *
 * An acknowledgement without an answer is ERROR_KERNEL with errnum EBADMSG. For a dump @msg carries NLM_F_DUMP; a dump that the kernel marks as interrupted (NLM_F_DUMP_INTR)
 * is ERROR_TRY_AGAIN with errnum EINTR, never a truncated answer.
 */
int rtnl_ask(struct rtnl *rtnl, struct nl_msg *msg, rtnl_visit visit, void *into, struct error *err, const char *label,
	     ...) __attribute__((format(printf, 6, 7)));

/**
 * rtnl_list() - rtnl_ask() for a dump, up to ten times when it is interrupted
 * @count: how many objects @visit has collected in @into; those of an interrupted list are taken off again. NULL: objects
 *         may be shown twice, and gone when it ends
 */
int rtnl_list(struct rtnl *rtnl, struct nl_msg *msg, rtnl_visit visit, void *into, size_t *count, struct error *err,
	      const char *label, ...) __attribute__((format(printf, 7, 8)));

/**
 * struct rtnl_requests - @count of them that change something
 * @build:     makes request number @index out of @what; NULL without memory
 * @tolerated: errno of the kernel that is success, 0 for none
 */
struct rtnl_requests {
	const char *label;
	size_t count;
	struct nl_msg *(*build)(size_t index, const void *what);
	const void *what;
	int tolerated;
};

/**
 * rtnl_batch() - all of them, in few conversations
 * @failed: number of the first request that was refused, written on failure only
 *
 * Up to 32 of them are one datagram, which the kernel works through inside sendto() (net/netlink/af_netlink.c,
 * netlink_rcv_skb): it acknowledges the last and answers those that it refuses, which keep none of the others from being
 * carried out; after such a datagram no further one is sent. What a socket may have waiting (212,992
 * bytes as they are counted, some 2,700 for each refusal: measured, 64 fit and 80 do not) is enough for that many.
 */
int rtnl_batch(struct rtnl *rtnl, const struct rtnl_requests *requests, size_t *failed, struct error *err);
