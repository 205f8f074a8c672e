/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks with a deadline: the kernel waits, a timer interrupts. */
#include "store/inside.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <time.h>

enum { NUDGE_US = 50000, MS_PER_S = 1000, US_PER_MS = 1000, NS_PER_MS = 1000000 };

static const char ATTACHMENTS[] = "attachments.lock";

/** struct watch - a deadline and what has to be put back when the waiting is over */
struct watch {
	int64_t end_ms;
	struct sigaction action;
	struct itimerval timer;
	sigset_t mask;
};

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

/**
 * watch_begin() - from now on waiting calls are interrupted once @wait_ms are over
 *
 * The timer repeats: a signal that comes just before the call begins to wait is not the last one.
 */
static void watch_begin(struct watch *watch, unsigned wait_ms)
{
	const struct sigaction action = {.sa_handler = interrupt}; /* no SA_RESTART: EINTR is the point */
	const struct itimerval timer = {
		.it_value = {.tv_sec = wait_ms / MS_PER_S, .tv_usec = (suseconds_t)(wait_ms % MS_PER_S) * US_PER_MS},
		.it_interval = {.tv_usec = NUDGE_US},
	};
	sigset_t alarm;

	watch->end_ms = now_ms() + wait_ms;
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	(void)sigaction(SIGALRM, &action, &watch->action);
	(void)sigprocmask(SIG_UNBLOCK, &alarm, &watch->mask);
	(void)setitimer(ITIMER_REAL, &timer, &watch->timer);
}

/** watch_end() - the timer first, so that no signal of ours meets somebody else's handler */
static void watch_end(struct watch *watch)
{
	const struct itimerval stop = {.it_value = {0}};
	int saved = errno;

	(void)setitimer(ITIMER_REAL, &stop, NULL);
	(void)sigprocmask(SIG_SETMASK, &watch->mask, NULL);
	(void)sigaction(SIGALRM, &watch->action, NULL);
	(void)setitimer(ITIMER_REAL, &watch->timer, NULL);
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

static int still_locked(const struct store *store, const char *name, int fd, struct error *err)
{
	int holder = holder_of(fd);
	char who[48] = "another process";

	if (holder > 0)
		(void)snprintf(who, sizeof who, "process %d", holder);
	return error_set(err, ERROR_TRY_AGAIN, ETIMEDOUT, "%s/%s/%s is locked by %s for more than %u ms",
			 store->data_dir, store->epoch, name, who, store->wait_ms);
}

/** wait_flock() - flock() until @watch ends; 0, or -1 with errno, EINTR when it is over */
static int wait_flock(int fd, int operation, const struct watch *watch)
{
	while (flock(fd, operation) < 0)
		if (errno != EINTR || now_ms() >= watch->end_ms)
			return -1;
	return 0;
}

static int flock_deadline(const struct store *store, const char *name, int fd, int operation, struct error *err)
{
	struct watch watch;

	if (flock(fd, operation | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK && errno != EINTR)
		return error_set(err, ERROR_STORE, errno, "lock %s/%s/%s", store->data_dir, store->epoch, name);
	watch_begin(&watch, store->wait_ms);
	int status = wait_flock(fd, operation, &watch);
	watch_end(&watch);
	if (status == 0)
		return 0;
	if (errno == EINTR)
		return still_locked(store, name, fd, err);
	return error_set(err, ERROR_STORE, errno, "lock %s/%s/%s", store->data_dir, store->epoch, name);
}

/** is_current() - whether @fd is (still) the file that has the name: a lock on any other locks nobody out */
static bool is_current(const struct store *store, const char *name, int fd)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && fstatat(store->root, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/**
 * open_lock() - make or open a lock file; on a read-only file system one that is there can be locked all the same
 * @read_only: may be NULL
 */
static int open_lock(const struct store *store, const char *name, bool *read_only, struct error *err)
{
	struct error problem = ERROR_INIT, ignored = ERROR_INIT;
	int fd = file_open(store->root, name, O_RDWR | O_CREAT, &problem);

	if (read_only)
		*read_only = fd < 0 && problem.errnum == EROFS;
	if (fd < 0 && problem.errnum == EROFS)
		fd = file_open(store->root, name, O_RDONLY, &ignored);
	if (fd < 0)
		error_merge(err, &problem);
	return fd;
}

int lock_take(const struct store *store, const char *name, int operation, struct error *err)
{
	enum { REPLACEMENTS = 16 };

	for (int i = 0; i < REPLACEMENTS; i++) {
		AUTO_CLOSE int fd = open_lock(store, name, NULL, err);

		if (fd < 0 || flock_deadline(store, name, fd, operation, err) < 0)
			return -1;
		if (is_current(store, name, fd))
			return take_fd(&fd);
	}
	return error_set(err, ERROR_TRY_AGAIN, EAGAIN, "%s/%s/%s is replaced again and again", store->data_dir,
			 store->epoch, name);
}

int store_enter(struct store *store, bool exclusive, struct error *err)
{
	if (store->root < 0)
		return 0;
	cleanup_close(
		&store->gc_lock); /* whoever enters again lets go first: two that both want more would wait for ever */
	store->gc_lock = lock_take(store, "gc.lock", exclusive ? LOCK_EX : LOCK_SH, err);
	return store->gc_lock < 0 ? -1 : 0;
}

/** open_attachments() - the file whose bytes are the locks, as long as it has its name */
static int open_attachments(struct store *store, struct error *err)
{
	if (store->attachment_lock >= 0 && is_current(store, ATTACHMENTS, store->attachment_lock))
		return 0;
	cleanup_close(&store->attachment_lock);
	store->attachment_lock = open_lock(store, ATTACHMENTS, &store->read_only, err);
	return store->attachment_lock < 0 ? -1 : 0;
}

static int wait_byte(int fd, const struct flock *lock, unsigned wait_ms)
{
	struct flock wanted = *lock;
	struct watch watch;
	int status;

	watch_begin(&watch, wait_ms);
	while ((status = fcntl(fd, F_OFD_SETLKW, &wanted)) < 0 && errno == EINTR && now_ms() < watch.end_ms)
		wanted = *lock;
	watch_end(&watch);
	return status;
}

/**
 * lock_byte() - one byte per attachment: 62 bits of its hash, so two never share one by chance
 * @read_only: the file cannot be written here, so the kernel gives read locks only
 *
 * A read lock still excludes whoever can write, through another mount. Two that both cannot may work at once: neither
 * can change the record, and removing, all that is left to do, may be done twice.
 */
static int lock_byte(int fd, bool read_only, const struct attachment_id *id, unsigned wait_ms)
{
	const struct flock lock = {
		.l_type = read_only ? F_RDLCK : F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)(attachment_hash(id) >> 2),
		.l_len = 1,
	};
	struct flock wanted = lock;

	if (fcntl(fd, F_OFD_SETLK, &wanted) == 0)
		return 0;
	if ((errno != EAGAIN && errno != EACCES) || wait_ms == 0)
		return -1;
	return wait_byte(fd, &lock, wait_ms);
}

int store_lock_attachment(struct store *store, const struct attachment_id *id, bool wait, struct error *err)
{
	if (store->root < 0)
		return 0;
	store_unlock_attachment(store);
	if (open_attachments(store, err) < 0)
		return -1;
	if (lock_byte(store->attachment_lock, store->read_only, id, wait ? store->wait_ms : 0) == 0)
		return 0;
	if (errno == EINTR || errno == EAGAIN || errno == EACCES)
		return error_set(err, ERROR_TRY_AGAIN, EAGAIN,
				 "somebody works on container \"%.64s\" interface \"%s\" of network \"%s\"",
				 id->container, id->ifname, id->network);
	return error_set(err, ERROR_STORE, errno, "lock %s/%s/%s", store->data_dir, store->epoch, ATTACHMENTS);
}

void store_unlock_attachment(struct store *store)
{
	struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	if (store->attachment_lock >= 0)
		(void)fcntl(store->attachment_lock, F_OFD_SETLK, &all);
}
