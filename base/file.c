/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a trusted directory; see file.h for what is refused and why. */
#include "base/file.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILE_MODE = 0600, DIR_MODE = 0700 };

/** dir_is_trusted() - ours alone: nobody else may put names into it */
static int dir_is_trusted(int fd, const char *path, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set(err, ERROR_STORE, errno, "stat %s", path);
	if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return error_set(err, ERROR_STORE, EPERM, "directory %s (owner %u, mode %o) is not ours alone", path,
				 (unsigned)status.st_uid, (unsigned)(status.st_mode & 07777));
	return 0;
}

/**
 * open_dir() - no part of a path below @dirfd may be a link; above it, links are the administrator's
 *
 * Where openat2() is filtered (seccomp rules older than Linux 5.6), the last part alone is looked at.
 */
static int open_dir(int dirfd, const char *path)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
	struct open_how how = {.flags = (unsigned)flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};

	if (dirfd != AT_FDCWD) {
		int fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
		if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
			return fd;
	}
	return openat(dirfd, path, flags);
}

int dir_open(int dirfd, const char *path, bool create, struct error *err)
{
	if (create && mkdirat(dirfd, path, DIR_MODE) < 0 && errno != EEXIST)
		return error_set(err, ERROR_STORE, errno, "make directory %s", path);
	AUTO_CLOSE int fd = open_dir(dirfd, path);
	if (fd < 0)
		return error_set(err, ERROR_STORE, errno, "open directory %s", path);
	if (dir_is_trusted(fd, path, err) < 0)
		return -1;
	return take_fd(&fd);
}

/** struct place - a name and the directory it is in. @opened: to be closed, -1 when that is the caller's */
struct place {
	int opened, dirfd;
	const char *name;
};

#define NO_PLACE                                                                                                       \
	{                                                                                                              \
		.opened = -1                                                                                           \
	}

static void cleanup_place(struct place *place)
{
	cleanup_close(&place->opened);
}

/** place_find() - open the directory that @path is in */
static int place_find(struct place *place, int dirfd, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];

	*place = (struct place){.opened = -1, .dirfd = dirfd, .name = slash ? slash + 1 : path};
	if (!slash || slash == path)
		return 0;
	if (snprintf(directory, sizeof directory, "%.*s", (int)(slash - path), path) >= (int)sizeof directory)
		return error_set(err, ERROR_STORE, ENAMETOOLONG, "open %.64s...", path);
	place->opened = place->dirfd = dir_open(dirfd, directory, false, err);
	return place->opened < 0 ? -1 : 0;
}

/** check_regular() - what is written to must have no other name: it might be somebody else's file */
static int check_regular(int fd, const char *path, bool for_writing, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set(err, ERROR_STORE, errno, "stat %s", path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_STORE, EINVAL, "open %s: not a regular file", path);
	if (for_writing && status.st_nlink > 1)
		return error_set(err, ERROR_STORE, EMLINK, "open %s: the file has another name", path);
	return 0;
}

int file_open(int dirfd, const char *path, int flags, struct error *err)
{
	CLEANUP(cleanup_place) struct place place = NO_PLACE;

	if (place_find(&place, dirfd, path, err) < 0)
		return -1;
	/* O_NONBLOCK: a FIFO put in our place must not hang us; it means nothing for regular files */
	AUTO_CLOSE int fd =
		openat(place.dirfd, place.name, (flags & ~O_TRUNC) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, FILE_MODE);
	if (fd < 0)
		return error_set(err, ERROR_STORE, errno, "open %s", path);
	if (check_regular(fd, path, (flags & O_ACCMODE) != O_RDONLY, err) < 0)
		return -1;
	/* Not before it is known whose it is */
	if (flags & O_TRUNC && ftruncate(fd, 0) < 0)
		return error_set(err, ERROR_STORE, errno, "truncate %s", path);
	return take_fd(&fd);
}

ssize_t file_read_some(int fd, void *buffer, size_t room)
{
	ssize_t got;

	do
		got = read(fd, buffer, room);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t file_write_some(int fd, const void *content, size_t length)
{
	ssize_t put;

	do
		put = write(fd, content, length);
	while (put < 0 && errno == EINTR);
	return put;
}

int file_read(int dirfd, const char *path, size_t limit, char **content, size_t *length, struct error *err)
{
	AUTO_CLOSE int fd = file_open(dirfd, path, O_RDONLY, err);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) < 0)
		return error_set(err, ERROR_STORE, errno, "stat %s", path);
	if ((size_t)status.st_size > limit)
		return error_set(err, ERROR_STORE, EFBIG, "read %s: %lld bytes, %zu are allowed", path,
				 (long long)status.st_size, limit);
	/* One byte more than it had: a file that grows meanwhile is cut, ours never do */
	AUTO_FREE char *buffer = malloc((size_t)status.st_size + 1);
	if (!buffer)
		return error_set(err, ERROR_STORE, ENOMEM, "read %s", path);
	size_t have = 0;
	while (have < (size_t)status.st_size) {
		ssize_t got = file_read_some(fd, buffer + have, (size_t)status.st_size - have);
		if (got < 0)
			return error_set(err, ERROR_STORE, errno, "read %s", path);
		if (got == 0)
			break;
		have += (size_t)got;
	}
	buffer[have] = '\0';
	*content = buffer;
	buffer = NULL;
	if (length)
		*length = have;
	return 0;
}

int file_write(int dirfd, const char *path, const void *content, size_t length, struct error *err)
{
	AUTO_CLOSE int fd = file_open(dirfd, path, O_WRONLY | O_CREAT | O_TRUNC, err);

	if (fd < 0)
		return -1;
	return file_write_at(fd, content, length, 0, path, err);
}

int file_rename(int dirfd, const char *from, const char *to, struct error *err)
{
	CLEANUP(cleanup_place) struct place source = NO_PLACE;
	CLEANUP(cleanup_place) struct place target = NO_PLACE;

	if (place_find(&source, dirfd, from, err) < 0 || place_find(&target, dirfd, to, err) < 0)
		return -1;
	if (renameat(source.dirfd, source.name, target.dirfd, target.name) < 0)
		return error_set(err, ERROR_STORE, errno, "rename %s to %s", from, to);
	return 0;
}

int file_replace(int dirfd, const char *temporary, const char *path, const void *content, size_t length,
		 struct error *err)
{
	if (file_write(dirfd, temporary, content, length, err) < 0)
		return -1;
	return file_rename(dirfd, temporary, path, err);
}

int file_link(int dirfd, const char *target, const char *path, struct error *err)
{
	CLEANUP(cleanup_place) struct place place = NO_PLACE;

	if (place_find(&place, dirfd, path, err) < 0)
		return -1;
	if (symlinkat(target, place.dirfd, place.name) < 0)
		return error_set(err, ERROR_STORE, errno, "make link %s", path);
	return 0;
}

int file_read_at(int fd, void *buffer, size_t length, off_t offset, const char *label, struct error *err)
{
	for (size_t have = 0; have < length;) {
		ssize_t got = pread(fd, (char *)buffer + have, length - have, offset + (off_t)have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return error_set(err, ERROR_STORE, got < 0 ? errno : EIO, "read %s", label);
		have += (size_t)got;
	}
	return 0;
}

int file_write_at(int fd, const void *buffer, size_t length, off_t offset, const char *label, struct error *err)
{
	for (size_t done = 0; done < length;) {
		ssize_t put = pwrite(fd, (const char *)buffer + done, length - done, offset + (off_t)done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return error_set(err, ERROR_STORE, put < 0 ? errno : EIO, "write %s", label);
		done += (size_t)put;
	}
	return 0;
}

/** remove_name() - a name that is not there is success */
static int remove_name(int dirfd, const char *path, int flags, struct error *err)
{
	CLEANUP(cleanup_place) struct place place = NO_PLACE;
	struct error problem = ERROR_INIT;

	if (place_find(&place, dirfd, path, &problem) < 0) {
		if (problem.errnum == ENOENT)
			return 0;
		error_merge(err, &problem);
		return -1;
	}
	if (unlinkat(place.dirfd, place.name, flags) < 0 && errno != ENOENT)
		return error_set(err, ERROR_STORE, errno, "remove %s", path);
	return 0;
}

int file_remove(int dirfd, const char *path, struct error *err)
{
	return remove_name(dirfd, path, 0, err);
}

int dir_remove(int dirfd, const char *path, struct error *err)
{
	return remove_name(dirfd, path, AT_REMOVEDIR, err);
}

int dir_make_path(const char *path, struct error *err)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
		return error_set(err, ERROR_STORE, ENAMETOOLONG, "make directory %.64s...", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		/* EROFS and EACCES too: the directory may be there all the same, the last step tells */
		if (mkdir(part, DIR_MODE) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
			return error_set(err, ERROR_STORE, errno, "make directory %s", part);
		*slash = '/';
	}
	return dir_open(AT_FDCWD, path, true, err);
}

void file_close_from(int first)
{
	enum { FALLBACK_LIMIT = 1024 };

	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0)
		return;
	for (int fd = first; fd < FALLBACK_LIMIT; fd++)
		(void)close(fd);
}
