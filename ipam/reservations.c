/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read, write and lock the reference's files; see reservations.h. */
#include "ipam/reservations.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/lock.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

enum { LOCK_WAIT_MS = 10000, DIR_MODE = 0755, CONTENT_SIZE = MAX_CONTAINER_ID + IFNAMSIZ + 16, NAME_SIZE = 64 };

/* Of the time of a file of ours. What others write has any of 10^9 values, or 0 on a file system without fractions */
enum { MARK_NS = 517715177 };

static const char ASIDE[] = ".cambric";
static const char BLANKS[] = " \t\n\v\f\r";

/** make_dir() - readable for everybody, whatever our umask is; one that is there is left as it is */
static int make_dir(const char *path, struct error *err)
{
	/* EROFS and EACCES: it may be there all the same, opening tells */
	if (mkdir(path, DIR_MODE) < 0)
		return errno == EEXIST || errno == EROFS || errno == EACCES
			       ? 0
			       : error_set(err, ERROR_STORE, errno, "make directory %s", path);
	return chmod(path, DIR_MODE) < 0 ? error_set(err, ERROR_STORE, errno, "chmod %s", path) : 0;
}

static int make_path(const char *path, struct error *err)
{
	char part[PATH_MAX];

	(void)snprintf(part, sizeof part, "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_dir(part, err) < 0)
			return -1;
		*slash = '/';
	}
	return make_dir(part, err);
}

/** open_dir() - -1 in @opened when there is none */
static int open_dir(int *opened, const char *path, bool create, struct error *err)
{
	struct error problem = ERROR_INIT;

	*opened = dir_open(AT_FDCWD, path, false, &problem);
	if (*opened < 0 && problem.errnum == ENOENT && !create)
		return 0;
	if (*opened < 0 && problem.errnum == ENOENT) {
		error_clear(&problem);
		if (make_path(path, &problem) == 0)
			*opened = dir_open(AT_FDCWD, path, false, &problem);
	}
	error_merge(err, &problem);
	return *opened < 0 ? -1 : 0;
}

int reservations_open(struct reservations *opened, const char *dir, const char *network, bool create, struct error *err)
{
	char path[PATH_MAX], label[PATH_MAX + 8];
	AUTO_CLOSE int dirfd = -1;

	*opened = (struct reservations)RESERVATIONS_CLOSED;
	if (dir[0] == '\0')
		return 0;
	if (snprintf(path, sizeof path, "%s/%s", dir, network) >= (int)sizeof path)
		return error_set(err, ERROR_STORE, ENAMETOOLONG, "open directory %.128s...", dir);
	if (open_dir(&dirfd, path, create, err) < 0)
		return -1;
	if (dirfd < 0)
		return 0;
	(void)snprintf(label, sizeof label, "%s/lock", path);
	const struct lock_file lock = {.dirfd = dirfd, .name = "lock", .label = label, .wait_ms = LOCK_WAIT_MS};
	opened->lock = lock_file_take(&lock, LOCK_EX, err);
	if (opened->lock < 0)
		return -1;
	opened->dirfd = take_fd(&dirfd);
	return 0;
}

int reservations_probe(const char *dir, const char *network, struct error *err)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/%s", dir, network);
	/* what is missing is made: the nearest that is there must take it */
	while (access(path, W_OK | X_OK) < 0) {
		if (errno != ENOENT || path[1] == '\0')
			return error_set(err, ERROR_STORE, errno, "dataDir: write to %.256s", path);
		path[strrchr(path, '/') == path ? 1 : strrchr(path, '/') - path] = '\0';
	}
	return 0;
}

void reservations_close(struct reservations *reservations)
{
	cleanup_close(&reservations->lock);
	cleanup_close(&reservations->dirfd);
	*reservations = (struct reservations)RESERVATIONS_CLOSED;
}

/** trim() - without blanks around it, as the reference reads it. Return: inside @text */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, BLANKS);
	length = strlen(text);
	while (length > 0 && strchr(BLANKS, text[length - 1]))
		text[--length] = '\0';
	return text;
}

/**
 * parse() - the content of a file
 *
 * Zeros are what a file system has for a file whose content was never written before the power went.
 */
static void parse(struct reservation *found, char *content, size_t length)
{
	char *container, *ifname;

	found->state = RESERVATION_FOREIGN;
	if (memchr(content, '\0', length)) {
		found->state = content[0] == '\0' ? RESERVATION_TORN : RESERVATION_FOREIGN;
		return;
	}
	container = trim(content);
	if (container[0] == '\0') {
		found->state = RESERVATION_TORN;
		return;
	}
	ifname = strstr(container, "\r\n");
	if (ifname) {
		*ifname = '\0';
		ifname += 2;
	}
	if (strlen(container) >= sizeof found->container || (ifname && strlen(ifname) >= sizeof found->ifname))
		return;
	(void)snprintf(found->container, sizeof found->container, "%s", container);
	(void)snprintf(found->ifname, sizeof found->ifname, "%s", ifname ? ifname : "");
	found->state = RESERVATION_HELD;
}

/** read_content() - of an open file; cut at the room there is. Return: bytes, -1 with errno */
static ssize_t read_content(int fd, char content[static CONTENT_SIZE])
{
	size_t have = 0;

	while (have < CONTENT_SIZE - 1) {
		ssize_t got = file_read_some(fd, content + have, CONTENT_SIZE - 1 - have);
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	content[have] = '\0';
	return (ssize_t)have;
}

static int read_name(const struct reservations *reservations, const char *name, struct reservation *found,
		     struct error *err)
{
	AUTO_CLOSE int fd = openat(reservations->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char content[CONTENT_SIZE];
	struct stat status;

	*found = (struct reservation){.state = RESERVATION_NONE};
	found->state = RESERVATION_NONE;
	found->ours = false;
	if (fd < 0 && errno == ENOENT)
		return 0;
	found->state = RESERVATION_FOREIGN;
	/* A link, a socket, a device without a driver */
	if (fd < 0 && (errno == ELOOP || errno == ENXIO || errno == ENODEV))
		return 0;
	if (fd < 0)
		return error_set(err, ERROR_STORE, errno, "open reservation %s", name);
	if (fstat(fd, &status) < 0)
		return error_set(err, ERROR_STORE, errno, "stat reservation %s", name);
	if (!S_ISREG(status.st_mode))
		return 0;
	ssize_t length = read_content(fd, content);
	if (length < 0)
		return error_set(err, ERROR_STORE, errno, "read reservation %s", name);
	parse(found, content, (size_t)length);
	found->ours = found->state == RESERVATION_HELD && status.st_mtim.tv_nsec == MARK_NS;
	return 0;
}

int reservation_read(const struct reservations *reservations, const struct ip *ip, struct reservation *found,
		     struct error *err)
{
	char name[IP_TEXT_SIZE];

	found->state = RESERVATION_NONE;
	if (reservations->dirfd < 0)
		return 0;
	return read_name(reservations, ip_format(ip, name), found, err);
}

bool reservation_is_of(const struct reservation *reservation, const struct attachment_id *id, bool legacy)
{
	if (reservation->state != RESERVATION_HELD || strcmp(reservation->container, id->container) != 0)
		return false;
	return reservation->ifname[0] ? strcmp(reservation->ifname, id->ifname) == 0 : legacy;
}

/** replace() - @name holds what it held or the new content, at every instant; no fsync (docs/decisions.md) */
static int replace(const struct reservations *reservations, const char *name, const char *content, struct error *err)
{
	AUTO_CLOSE int fd = file_open(reservations->dirfd, ASIDE, O_WRONLY | O_CREAT | O_TRUNC, err);
	struct timespec times[2];

	if (fd < 0 || file_write_at(fd, content, strlen(content), 0, ASIDE, err) < 0)
		return -1;
	(void)clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_nsec = MARK_NS;
	times[1] = times[0];
	if (futimens(fd, times) < 0)
		return error_set(err, ERROR_STORE, errno, "set the time of reservation %s", name);
	return file_rename(reservations->dirfd, ASIDE, name, err);
}

int reservation_write(const struct reservations *reservations, const struct ip *ip, const struct attachment_id *id,
		      struct error *err)
{
	char name[IP_TEXT_SIZE], content[CONTENT_SIZE];

	(void)snprintf(content, sizeof content, "%s\r\n%s", id->container, id->ifname);
	return replace(reservations, ip_format(ip, name), content, err);
}

int reservation_remove(const struct reservations *reservations, const struct ip *ip, struct error *err)
{
	char name[IP_TEXT_SIZE];

	return file_remove(reservations->dirfd, ip_format(ip, name), err);
}

static const char *cursor_name(size_t index, char name[static NAME_SIZE])
{
	(void)snprintf(name, NAME_SIZE, "last_reserved_ip.%zu", index);
	return name;
}

void reservation_cursor_load(const struct reservations *reservations, size_t index, struct ip *cursor)
{
	struct error ignored = ERROR_INIT;
	char name[NAME_SIZE];
	AUTO_FREE char *text = NULL;

	*cursor = (struct ip){0};
	if (reservations->dirfd >= 0 &&
	    file_read(reservations->dirfd, cursor_name(index, name), NAME_SIZE, &text, NULL, &ignored) == 0)
		(void)ip_parse(trim(text), cursor);
}

int reservation_cursor_save(const struct reservations *reservations, size_t index, const struct ip *cursor,
			    struct error *err)
{
	char name[NAME_SIZE], text[IP_TEXT_SIZE];

	return replace(reservations, cursor_name(index, name), ip_format(cursor, text), err);
}

static bool has_mark(const struct reservations *reservations, const char *name)
{
	struct stat status;

	return fstatat(reservations->dirfd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_mtim.tv_nsec == MARK_NS;
}

/** visit_name() - what is no address, the lock and the cursors, is passed over */
static int visit_name(const struct reservations *reservations, const char *name, bool skip_ours,
		      reservation_visit visit, void *argument, struct error *err)
{
	struct reservation found;
	char text[IP_TEXT_SIZE];
	struct ip ip;

	if (!ip_parse(name, &ip) || strcmp(ip_format(&ip, text), name) != 0 ||
	    (skip_ours && has_mark(reservations, name)))
		return 0;
	if (read_name(reservations, name, &found, err) < 0)
		return -1;
	return found.state == RESERVATION_NONE ? 0 : visit(reservations, &ip, &found, argument, err);
}

static void cleanup_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

int reservations_walk(const struct reservations *reservations, bool skip_ours, reservation_visit visit, void *argument,
		      struct error *err)
{
	if (reservations->dirfd < 0)
		return 0;
	AUTO_CLOSE int fd = openat(reservations->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return error_set(err, ERROR_STORE, errno, "read the directory of reservations");
	(void)take_fd(&fd);
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(dir);
		if (!entry)
			return errno ? error_set(err, ERROR_STORE, errno, "read the directory of reservations") : 0;
		if (visit_name(reservations, entry->d_name, skip_ours, visit, argument, err) < 0)
			return -1;
	}
}
