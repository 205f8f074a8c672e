/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files below a trusted directory: never through a symbolic link, never a FIFO, always whole.
 *
 * Paths may have several parts; each directory on the way must be ours alone, as dir_open() says.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * file_open() - open a regular file below @dirfd without following links
 * @flags: O_RDONLY, O_RDWR, plus O_CREAT and O_TRUNC; O_CLOEXEC and O_NOFOLLOW are added
 *
 * Mode of a created file is 0600. A name that is a FIFO, a directory, a device or a link is refused with
 * ERROR_STORE, and for writing a file that has a second name, too: it could be anybody's. Nothing blocks.
 *
 * Return: descriptor, or -1 with errno in @err->errnum (ENOENT is for the caller to judge)
 */
int file_open(int dirfd, const char *path, int flags, struct error *err);

/**
 * file_read() - the whole content of a regular file, zero-terminated
 * @limit:   largest size that is accepted, bytes
 * @content: to be freed by the caller
 * @length:  bytes without the terminating zero; may be NULL
 */
int file_read(int dirfd, const char *path, size_t limit, char **content, size_t *length, struct error *err);

/** file_write() - create or truncate @path and write all of @content; no fsync (docs/decisions.md) */
int file_write(int dirfd, const char *path, const void *content, size_t length, struct error *err);

/**
 * file_replace() - write @content to @temporary, then rename it to @path
 *
 * @path holds the old content or the new, at every instant.
 */
int file_replace(int dirfd, const char *temporary, const char *path, const void *content, size_t length,
		 struct error *err);

/** file_rename() - within @dirfd; what is there under the new name goes */
int file_rename(int dirfd, const char *from, const char *to, struct error *err);
/** file_link() - a symbolic link; nothing in here ever follows one */
int file_link(int dirfd, const char *target, const char *path, struct error *err);

/** file_read_at() - pread() until @length bytes are there; a short file is ERROR_STORE with errnum EIO */
int file_read_at(int fd, void *buffer, size_t length, off_t offset, const char *label, struct error *err);
/** file_write_at() - pwrite() until all is written */
int file_write_at(int fd, const void *buffer, size_t length, off_t offset, const char *label, struct error *err);

/** file_close_from() - this descriptor and all above it, also where a seccomp filter knows no close_range() */
void file_close_from(int first);

/** file_read_some() - one read(), begun again when a signal came first. Return: bytes, 0 at the end, -1 with errno */
ssize_t file_read_some(int fd, void *buffer, size_t room);
/** file_write_some() - one write(), in the same manner */
ssize_t file_write_some(int fd, const void *content, size_t length);

/** file_remove() - unlink; dir_remove() - of an empty directory. A name that is not there is success */
int file_remove(int dirfd, const char *path, struct error *err);
int dir_remove(int dirfd, const char *path, struct error *err);

/**
 * dir_open() - open a directory below @dirfd, making it (0700) when @create
 *
 * It must belong to the caller's user and be writable by nobody else, and below @dirfd no part of @path may be a link (AT_FDCWD: the last part).
 */
int dir_open(int dirfd, const char *path, bool create, struct error *err);

/** dir_make_path() - "mkdir -p" (0700) of an absolute path, then dir_open() of it */
int dir_make_path(const char *path, struct error *err);
