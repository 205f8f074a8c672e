/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is inherited is not trusted. */
#include "plugin/process.h"

#include "base/file.h"
#include "ipam/delegate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MMAP_THRESHOLD = 16 * 1024 * 1024 };

/** fill_standard_descriptors() - /dev/null in the useless direction: reading or writing it fails as it should */
static void fill_standard_descriptors(void)
{
	static const int directions[] = {O_WRONLY, O_RDONLY, O_RDONLY};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", directions[fd]) != fd)
			abort();
}

static void settle_signals(void)
{
	sigset_t blocked;

	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigaddset(&blocked, SIGINT);
	(void)sigaddset(&blocked, SIGHUP);
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
	/* Nobody reads, or a file may not grow (RLIMIT_FSIZE): an error of write(), and everything is taken back */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGALRM, SIG_DFL);
	(void)signal(SIGCHLD, SIG_DFL);
}

void process_clear_environment(void)
{
	enum { MAX_SETTINGS = 8 };
	static char *settings[MAX_SETTINGS + 1];
	size_t count = 0;

	for (char **variable = environ; variable && *variable && count < MAX_SETTINGS; variable++)
		if (strncmp(*variable, "CAMBRIC_", strlen("CAMBRIC_")) == 0)
			settings[count++] = *variable;
	environ = settings;
}

void process_prepare(struct inherited *inherited)
{
	struct rlimit core;

	inherited_save(inherited);
	fill_standard_descriptors();
	file_close_from(STDERR_FILENO + 1); /* CVE-2024-21626 is what a forgotten descriptor can do */
	(void)umask(077);
	settle_signals();
	/* Memory stays ours to the end: to give some back flushes what the processors know of the rest, 15 us each time */
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	(void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
	/* the soft limit only: without CAP_SYS_RESOURCE a delegate could not get the hard one back */
	if (getrlimit(RLIMIT_CORE, &core) == 0) {
		core.rlim_cur = 0;
		(void)setrlimit(RLIMIT_CORE, &core);
	}
}
