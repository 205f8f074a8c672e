/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A subscription of rtnetlink behind a socket filter: a busy host's messages about others are never queued. */
#include "kernel/watch.h"

#include "base/cleanup.h"
#include "kernel/netns.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>

/** struct subscription - what to listen to; @fd is the outcome */
struct subscription {
	uint32_t group;
	uint16_t type;
	int ifindex, fd;
};

/** filter() - only messages of this type and interface. Loads are in network byte order, messages in the host's */
static int filter(int fd, const struct subscription *wanted)
{
	enum { TYPE_OFFSET = offsetof(struct nlmsghdr, nlmsg_type), INDEX_OFFSET = NLMSG_HDRLEN + 4, ALL = 0xffff };
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, TYPE_OFFSET),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(wanted->type), 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, INDEX_OFFSET),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl((uint32_t)wanted->ifindex), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ALL),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog installed = {sizeof program / sizeof *program, program};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &installed, sizeof installed);
}

static int subscribe(void *argument, struct error *err)
{
	struct subscription *wanted = argument;
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = wanted->group};
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || filter(fd, wanted) < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return error_set(err, ERROR_KERNEL, errno, "listen for changes of an interface");
	wanted->fd = take_fd(&fd);
	return 0;
}

static int64_t now_ms(void)
{
	enum { MS_PER_S = 1000, NS_PER_MS = 1000000 };
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

int watch_open(struct watch *watch, int netns, uint32_t group, uint16_t type, int ifindex, unsigned wait_ms,
	       struct error *err)
{
	struct subscription wanted = {.group = group, .type = type, .ifindex = ifindex};

	if ((netns < 0 ? subscribe(&wanted, err) : netns_visit(netns, subscribe, &wanted, err)) < 0)
		return -1;
	*watch = (struct watch){.fd = wanted.fd, .deadline_ms = now_ms() + wait_ms};
	return 0;
}

void watch_close(struct watch *watch)
{
	cleanup_close(&watch->fd);
	watch->fd = -1;
}

int watch_next(const struct watch *watch, struct error *err)
{
	struct pollfd watched = {.fd = watch->fd, .events = POLLIN};
	char dropped[1];
	int ready;

	do {
		int64_t left = watch->deadline_ms - now_ms();
		ready = poll(&watched, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return error_set(err, ERROR_KERNEL, errno, "wait for a change of an interface");
	/* ENOBUFS: there were too many, which is news as well */
	if (ready > 0 && recv(watch->fd, dropped, sizeof dropped, MSG_DONTWAIT) < 0 && errno != EAGAIN &&
	    errno != ENOBUFS)
		return error_set(err, ERROR_KERNEL, errno, "read a change of an interface");
	return ready > 0;
}
