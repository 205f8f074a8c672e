/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a trusted directory; see file.h for what is refused and why. */
#include "base/file.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MODE = 0600, DIR_MODE = 0700 };

int file_open(int dirfd, const char *path, int flags, struct error *err)
{
	struct stat status;
	/* O_NONBLOCK: a FIFO put in our place must not hang us; it means nothing for regular files */
	AUTO_CLOSE int fd = openat(dirfd, path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, FILE_MODE);

	if (fd < 0)
		return error_set(err, ERROR_STORE, errno, "open %s", path);
	if (fstat(fd, &status) < 0)
		return error_set(err, ERROR_STORE, errno, "stat %s", path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_STORE, EINVAL, "open %s: not a regular file", path);
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

int file_replace(int dirfd, const char *temporary, const char *path, const void *content, size_t length,
		 struct error *err)
{
	if (file_write(dirfd, temporary, content, length, err) < 0)
		return -1;
	if (renameat(dirfd, temporary, dirfd, path) < 0)
		return error_set(err, ERROR_STORE, errno, "rename %s to %s", temporary, path);
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

int file_remove(int dirfd, const char *path, struct error *err)
{
	if (unlinkat(dirfd, path, 0) < 0 && errno != ENOENT)
		return error_set(err, ERROR_STORE, errno, "remove %s", path);
	return 0;
}

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

int dir_open(int dirfd, const char *path, bool create, struct error *err)
{
	if (create && mkdirat(dirfd, path, DIR_MODE) < 0 && errno != EEXIST)
		return error_set(err, ERROR_STORE, errno, "make directory %s", path);
	AUTO_CLOSE int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return error_set(err, ERROR_STORE, errno, "open directory %s", path);
	if (dir_is_trusted(fd, path, err) < 0)
		return -1;
	return take_fd(&fd);
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
