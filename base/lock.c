/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks with a deadline: the kernel waits, a timer interrupts. */
#include "base/lock.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

enum { NUDGE_US = 50000, MS_PER_S = 1000, US_PER_MS = 1000, NS_PER_MS = 1000000 };

/* CLOCK_BOOTTIME: a suspended machine did not wait, but whoever holds the lock did not work either */
static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

static void interrupt(int signal)
{
	(void)signal;
}

/* The timer repeats: a signal that comes just before the call begins to wait is not the last one */
void deadline_begin(struct deadline *deadline, unsigned wait_ms)
{
	const struct sigaction action = {.sa_handler = interrupt}; /* no SA_RESTART: EINTR is the point */
	const struct itimerval timer = {
		.it_value = {.tv_sec = wait_ms / MS_PER_S, .tv_usec = (suseconds_t)(wait_ms % MS_PER_S) * US_PER_MS},
		.it_interval = {.tv_usec = NUDGE_US},
	};
	sigset_t alarm;

	deadline->end_ms = now_ms() + wait_ms;
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	(void)sigaction(SIGALRM, &action, &deadline->action);
	(void)sigprocmask(SIG_UNBLOCK, &alarm, &deadline->mask);
	(void)setitimer(ITIMER_REAL, &timer, &deadline->timer);
}

bool deadline_is_over(const struct deadline *deadline)
{
	return now_ms() >= deadline->end_ms;
}

/* The timer first, so that no signal of ours meets somebody else's handler */
void deadline_end(const struct deadline *deadline)
{
	const struct itimerval stop = {.it_value = {0}};
	int saved = errno;

	(void)setitimer(ITIMER_REAL, &stop, NULL);
	(void)sigprocmask(SIG_SETMASK, &deadline->mask, NULL);
	(void)sigaction(SIGALRM, &deadline->action, NULL);
	(void)setitimer(ITIMER_REAL, &deadline->timer, NULL);
	errno = saved;
}

/** holder_of() - who holds a flock on a file, from /proc/locks (proc(5)); 0 when it does not tell */
static int holder_of(int fd)
{
	struct stat status;
	char line[256], wanted[64], type[16], pid[16];
	FILE *locks = fopen("/proc/locks", "re");
	int holder = 0;

	if (!locks)
		return 0;
	(void)fstat(fd, &status);
	(void)snprintf(wanted, sizeof wanted, " %02x:%02x:%llu ", major(status.st_dev), minor(status.st_dev),
		       (unsigned long long)status.st_ino);
	while (holder == 0 && fgets(line, sizeof line, locks))
		if (strstr(line, wanted) && sscanf(line, "%*s %15s %*s %*s %15s", type, pid) == 2 &&
		    strcmp(type, "FLOCK") == 0)
			holder = (int)strtol(pid, NULL, 10); /* -1, 0: of a namespace we do not see */
	(void)fclose(locks);
	return holder;
}

/** wait_flock() - 0, or -1 with errno, EINTR when it is over */
static int wait_flock(int fd, int operation, const struct deadline *deadline)
{
	while (flock(fd, operation) < 0)
		if (errno != EINTR || deadline_is_over(deadline))
			return -1;
	return 0;
}

static int still_locked(const struct lock_file *file, int fd, struct error *err)
{
	int holder = holder_of(fd);
	char who[48] = "another process";

	if (holder > 0)
		(void)snprintf(who, sizeof who, "process %d", holder);
	return error_set(err, ERROR_TRY_AGAIN, ETIMEDOUT, "%s is locked by %s for more than %u ms", file->label, who,
			 file->wait_ms);
}

static int flock_deadline(const struct lock_file *file, int fd, int operation, struct error *err)
{
	struct deadline deadline;

	if (flock(fd, operation | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK && errno != EINTR)
		return error_set(err, ERROR_STORE, errno, "lock %s", file->label);
	deadline_begin(&deadline, file->wait_ms);
	int status = wait_flock(fd, operation, &deadline);
	deadline_end(&deadline);
	if (status == 0)
		return 0;
	if (errno == EINTR)
		return still_locked(file, fd, err);
	return error_set(err, ERROR_STORE, errno, "lock %s", file->label);
}

bool lock_file_is_current(int dirfd, const char *name, int fd)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

int lock_file_open(int dirfd, const char *name, bool *read_only, struct error *err)
{
	struct error problem = ERROR_INIT, ignored = ERROR_INIT;
	int fd = file_open(dirfd, name, O_RDWR | O_CREAT, &problem);

	if (read_only)
		*read_only = fd < 0 && problem.errnum == EROFS;
	if (fd < 0 && problem.errnum == EROFS)
		fd = file_open(dirfd, name, O_RDONLY, &ignored);
	if (fd < 0)
		error_merge(err, &problem);
	return fd;
}

int lock_file_take(const struct lock_file *file, int operation, struct error *err)
{
	enum { REPLACEMENTS = 16 };

	for (int i = 0; i < REPLACEMENTS; i++) {
		AUTO_CLOSE int fd = lock_file_open(file->dirfd, file->name, NULL, err);

		if (fd < 0 || flock_deadline(file, fd, operation, err) < 0)
			return -1;
		if (lock_file_is_current(file->dirfd, file->name, fd))
			return take_fd(&fd);
	}
	return error_set(err, ERROR_TRY_AGAIN, EAGAIN, "%s is replaced again and again", file->label);
}
