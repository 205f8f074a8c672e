/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When to try again: later and later, and never all hosts at the same moment. */
#pragma once

#include <stdint.h>

enum { BACKOFF_FIRST_MS = 100, BACKOFF_LAST_MS = 30000 };

/** struct backoff - @failures in a row */
struct backoff {
	unsigned failures;
};

/** backoff_next() - milliseconds until the next try: a random part, at least a half, of 100 ms, doubled by each failure up to 30 s */
int64_t backoff_next(struct backoff *backoff);

/** random_below() - 0 up to @limit - 1; @limit is not 0 */
uint64_t random_below(uint64_t limit);

/** clock_ms() - of CLOCK_BOOTTIME, which goes on while the machine sleeps: leases do, too */
int64_t clock_ms(void);
