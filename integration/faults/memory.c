/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preloaded: from its n-th allocation on, or only then, a program gets no memory. ALLOCATION_FAILS=N or N+, ALLOCATIONS=FILE. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What glibc exports for those who put themselves in front of its allocator */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static struct {
	unsigned long count, fails;
	bool for_good;
	const char *report;
} state;

__attribute__((constructor)) static void begin(void)
{
	const char *fails = getenv("ALLOCATION_FAILS");

	state.report = getenv("ALLOCATIONS");
	state.fails = fails ? strtoul(fails, NULL, 10) : 0;
	state.for_good = fails && strchr(fails, '+');
	state.count = 0;
}

/* How many there were, so that whoever asks knows where to stop */
__attribute__((destructor)) static void end(void)
{
	unsigned long count = state.count;
	int report = state.report ? open(state.report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	if (report < 0)
		return;
	(void)dprintf(report, "%lu\n", count);
	(void)close(report);
}

static bool is_refused(void)
{
	state.count++;
	if (state.fails == 0 || state.count < state.fails || (state.count > state.fails && !state.for_good))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return is_refused() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_refused() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return is_refused() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
	if (size > 0 && count > (size_t)-1 / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, count * size);
}
