/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks with a deadline, on files that may be replaced meanwhile. */
#pragma once

#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

/** struct deadline - the end of some waiting, and what has to be put back when that is over */
struct deadline {
	int64_t end_ms;
	struct sigaction action;
	struct itimerval timer;
	sigset_t mask;
};

/**
 * deadline_begin() - from now on waiting calls are interrupted (EINTR) once @wait_ms are over, and again and again
 *
 * By SIGALRM and the real timer of the process; deadline_end() puts both back and leaves errno alone.
 */
void deadline_begin(struct deadline *deadline, unsigned wait_ms);
bool deadline_is_over(const struct deadline *deadline);
void deadline_end(const struct deadline *deadline);

/**
 * struct lock_file - a file that is there to be locked by flock()
 * @dirfd, @name: where it is
 * @label:        its path, for messages
 * @wait_ms:      how long it is waited for
 */
struct lock_file {
	int dirfd;
	const char *name, *label;
	unsigned wait_ms;
};

/**
 * lock_file_open() - make or open it; on a read-only file system one that is there can be locked all the same
 * @read_only: whether that is so; may be NULL
 */
int lock_file_open(int dirfd, const char *name, bool *read_only, struct error *err);

/** lock_file_is_current() - whether @fd is (still) the file that has the name: a lock on any other locks nobody out */
bool lock_file_is_current(int dirfd, const char *name, int fd);

/**
 * lock_file_take() - open and lock
 * @operation: LOCK_SH or LOCK_EX
 *
 * What is locked is the file that has the name when this returns: one that was replaced in the
 * meantime is given up for its successor. ERROR_TRY_AGAIN names the process that holds it.
 *
 * Return: descriptor; closing it unlocks
 */
int lock_file_take(const struct lock_file *file, int operation, struct error *err);
