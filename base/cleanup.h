/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ownership by attribute: whoever opens, closes, when the variable goes out of scope. */
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

static inline void cleanup_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_free(void *pointer)
{
	int saved = errno;

	free(*(void **)pointer);
	errno = saved;
}

/** take_fd() - hand a descriptor over: the caller owns it, the cleanup variable holds -1 */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define AUTO_CLOSE CLEANUP(cleanup_close)
#define AUTO_FREE CLEANUP(cleanup_free)
