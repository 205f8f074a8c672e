/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left of the plugin in a child of its. */
#include "kernel/detached.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <sys/syscall.h>

int detached_begin(const int descriptors[], size_t count)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	for (size_t i = 0; i < count; i++)
		if (dup2(descriptors[i], (int)i) < 0)
			return -1;
	file_close_from((int)count);
	return 0;
}

/**
 * hold() - until the other end of the pipe is closed, which the parent does after its own descriptor
 *
 * Whoever closes an nfnetlink socket before what was deleted last has begun to be destroyed waits for that, and lets all
 * other users of nftables wait (net/netfilter/nf_tables_api.c, nft_rcv_nl_event). One grace period (kernel/sched/membarrier.c)
 * is more than that takes to begin, and keeps nobody else; where there is no such call, they wait.
 */
static _Noreturn void hold(int fd, int parent)
{
	const int descriptors[] = {parent, fd};
	char nothing;

	if (detached_begin(descriptors, sizeof descriptors / sizeof *descriptors) == 0)
		(void)file_read_some(STDIN_FILENO, &nothing, sizeof nothing);
	(void)syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0);
	_exit(EXIT_SUCCESS);
}

void detached_close(int fd)
{
	int ends[2] = {-1, -1};
	pid_t pid = pipe2(ends, O_CLOEXEC) < 0 ? -1 : fork();

	if (pid == 0)
		hold(fd, ends[0]);
	(void)close(fd);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		cleanup_close(&ends[i]);
}
