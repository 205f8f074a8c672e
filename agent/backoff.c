/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time, chance, and patience. */
#include "agent/backoff.h"

#include <sys/random.h>
#include <time.h>

enum { MS_PER_SECOND = 1000, NS_PER_MS = 1000000, MAX_DOUBLINGS = 9 };

uint64_t random_below(uint64_t limit)
{
	uint64_t number = 0;

	/* Up to 256 bytes never fail and are never cut short (getrandom(2)) */
	(void)!getrandom(&number, sizeof number, 0);
	return number % limit;
}

int64_t backoff_next(struct backoff *backoff)
{
	int64_t longest = (int64_t)BACKOFF_FIRST_MS
			  << (backoff->failures < MAX_DOUBLINGS ? backoff->failures : MAX_DOUBLINGS);

	backoff->failures++;
	if (longest > BACKOFF_LAST_MS)
		longest = BACKOFF_LAST_MS;
	return longest / 2 + (int64_t)random_below((uint64_t)longest / 2);
}

int64_t clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}
