/* SPDX-License-Identifier: GPL-2.0-or-later */
/* recvfrom() that looks at the sender. */
#include "kernel/answer.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>

ssize_t answer_receive(int fd, void *buffer, size_t size, int flags)
{
	for (;;) {
		struct sockaddr_nl sender = {.nl_family = AF_NETLINK};
		socklen_t length = sizeof sender;
		ssize_t got = recvfrom(fd, buffer, size, flags, (struct sockaddr *)&sender, &length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || sender.nl_pid == 0)
			return got;
	}
}
