/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every netlink answer is made of, whatever the family: nothing is believed that was not measured first. */
#pragma once

#include "base/error.h"

#include <linux/netlink.h>
#include <stddef.h>
#include <sys/types.h>

/* The kernel fills dump messages up to 32 KiB (net/netlink/af_netlink.c, netlink_dump) */
enum { ANSWER_SIZE = 32768, ANSWER_TEXT_SIZE = 128 };

/** struct answers - what is left of a datagram */
struct answers {
	char *next;
	size_t left;
};

/**
 * answer_receive() - one datagram from the kernel; those of other processes are passed over
 * @flags: as for recv(2)
 *
 * Whoever has CAP_NET_ADMIN in the namespace of the socket can write to it (net/netlink/af_netlink.c,
 * netlink_sendmsg), and its port and sequence numbers are easily guessed. The kernel alone has port 0.
 *
 * Return: as recv(2), but never EINTR
 */
ssize_t answer_receive(int fd, void *buffer, size_t size, int flags);

/**
 * answers_receive() - answer_receive() that waits and knows what was asked
 * @label: what was asked, for the error message
 *
 * ERROR_TRY_AGAIN when none came in time.
 *
 * Return: its length, -1 on failure
 */
ssize_t answers_receive(int fd, char buffer[static ANSWER_SIZE], const char *label, struct error *err);

/** answers_next() - the next message that lies within the datagram as a whole; NULL: there is none */
struct nlmsghdr *answers_next(struct answers *answers);

/**
 * answer_verdict() - what NLMSG_ERROR and NLMSG_DONE say
 *
 * Both carry an errno: the former of the request, the latter of a dump that failed half-way (net/netlink/af_netlink.c,
 * netlink_dump_done).
 *
 * Return: 1 for success, -1 with ERROR_KERNEL, the kernel's errno and words; 0: it is some other message
 */
int answer_verdict(const struct nlmsghdr *answer, const char *label, struct error *err);

/** answer_refusal() - the errno of an NLMSG_ERROR, 0 for an acknowledgement; EBADMSG when it is not one */
int answer_refusal(const struct nlmsghdr *answer);

/** answer_words() - the kernel's text in an NLMSG_ERROR (include/uapi/linux/netlink.h, nlmsgerr_attrs); "" if none */
const char *answer_words(const struct nlmsghdr *answer, char text[static ANSWER_TEXT_SIZE]);
