/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes in on a netlink socket, as far as the kernel sent it. */
#pragma once

#include <sys/types.h>

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
