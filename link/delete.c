/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deletion in a child, announcement in the parent; see delete.h for why. */
#include "link/delete.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/answer.h"
#include "kernel/detached.h"
#include "kernel/link_message.h"
#include "kernel/nft_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { ANNOUNCEMENT_TIMEOUT_MS = 5000 };

/** delete_and_wait() - the plain request, which returns after the grace period */
static int delete_and_wait(struct rtnl *rtnl, const struct link_state *link, struct error *err)
{
	struct nl_msg *msg = link_message(RTM_DELLINK, 0, &(struct link_wish){.ifindex = link->ifindex});
	struct error refusal = ERROR_INIT;

	if (rtnl_request(rtnl, msg, &refusal, "delete interface %s", link->name) == 0 || refusal.errnum == ENODEV)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

/**
 * filter_announcements() - let only RTM_DELLINK of this interface through
 *
 * Without it, every socket gets every message of every deletion: with 500 at once a storm. Classic BPF
 * loads in network byte order, the messages are in the host's, hence htons and htonl.
 */
static int filter_announcements(int fd, int ifindex)
{
	enum { TYPE_OFFSET = 4, FAMILY_OFFSET = NLMSG_HDRLEN, INDEX_OFFSET = NLMSG_HDRLEN + 4, ALL = 0xffff };
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, TYPE_OFFSET),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELLINK), 0, 5),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FAMILY_OFFSET), /* AF_BRIDGE: only left its bridge */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNSPEC, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, INDEX_OFFSET),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl((uint32_t)ifindex), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ALL),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog filter = {sizeof program / sizeof *program, program};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

/** open_announcements() - filter first, then subscribe: nothing else ever gets into the queue */
static int open_announcements(int ifindex, struct error *err)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || filter_announcements(fd, ifindex) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return error_set(err, ERROR_KERNEL, errno, "listen for interface announcements");
	return take_fd(&fd);
}

/**
 * child() - send the request and wait for the kernel; report a refusal's errno through @report
 *
 * It outlives the plugin by some 20 ms, and holds what is slow to close: @linger, and @announcements, whose last close
 * waits for the announcements that are under way (net/netlink/af_netlink.c, netlink_table_grab).
 */
static _Noreturn void child(const struct link_state *link, int report, int announcements, int linger)
{
	const int descriptors[] = {report, announcements, linger};
	struct error err = ERROR_INIT;
	struct rtnl *rtnl = NULL;

	if (detached_begin(descriptors, linger < 0 ? 2 : 3) < 0)
		_exit(EXIT_FAILURE);
	if (rtnl_open(&rtnl, &err) == 0)
		(void)delete_and_wait(rtnl, link, &err);
	int errnum = err.code == ERROR_NONE ? 0 : (err.errnum ? err.errnum : EIO);
	if (file_write_some(STDIN_FILENO, &errnum, sizeof errnum) != sizeof errnum)
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

/** read_report() - the child has spoken, or died: then the interface is asked for */
static int read_report(int report, struct rtnl *rtnl, const struct link_state *link, struct error *err)
{
	struct link_state left;
	bool exists;
	int errnum;

	if (file_read_some(report, &errnum, sizeof errnum) == sizeof errnum)
		return errnum == 0 ? 0 : error_set(err, ERROR_KERNEL, errnum, "delete interface %s", link->name);
	if (link_query_index(rtnl, link->ifindex, &left, &exists, err) < 0)
		return -1;
	return exists ? error_set(err, ERROR_TRY_AGAIN, 0, "the deletion of interface %s was interrupted", link->name)
		      : 0;
}

/** is_announced() - by the kernel itself: the filter lets nothing else of its through */
static bool is_announced(int announcements)
{
	char start;

	return answer_receive(announcements, &start, sizeof start, MSG_DONTWAIT) > 0;
}

static int await(int announcements, int report, struct rtnl *rtnl, const struct link_state *link, struct error *err)
{
	struct pollfd watched[] = {{.fd = announcements, .events = POLLIN}, {.fd = report, .events = POLLIN}};

	for (;;) {
		int ready = poll(watched, 2, ANNOUNCEMENT_TIMEOUT_MS);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready < 0)
			return error_set(err, ERROR_KERNEL, errno, "wait for the deletion of interface %s", link->name);
		if (ready == 0)
			return error_set(err, ERROR_TRY_AGAIN, ETIMEDOUT, "delete interface %s", link->name);
		if (is_announced(announcements))
			return 0;
		if (watched[1].revents)
			return read_report(report, rtnl, link, err);
	}
}

int link_delete(struct kernel *kernel, const struct link_state *link, struct error *err)
{
	const char *synchronous = getenv("CAMBRIC_SYNC_DEL");
	int pipe_ends[2];

	if (synchronous && strcmp(synchronous, "1") == 0) {
		(void)nft_socket_share(kernel->nft); /* with nobody: its close waits, too */
		return delete_and_wait(kernel->host, link, err);
	}
	AUTO_CLOSE int announcements = open_announcements(link->ifindex, err);
	if (announcements < 0)
		return -1;
	if (pipe2(pipe_ends, O_CLOEXEC) < 0)
		return error_set(err, ERROR_KERNEL, errno, "delete interface %s: pipe", link->name);
	AUTO_CLOSE int report = pipe_ends[0];
	AUTO_CLOSE int speak = pipe_ends[1];
	pid_t pid = fork();
	if (pid == 0)
		child(link, speak, announcements, nft_socket_share(kernel->nft));
	(void)nft_socket_share(kernel->nft);
	if (pid < 0)
		return delete_and_wait(kernel->host, link, err); /* no process to be had: slower, and as good */
	cleanup_close(&speak);
	speak = -1;
	return await(announcements, report, kernel->host, link, err);
}
