/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unit tests print TAP: ok() per assertion, is_text() and is_int() to show both sides, done() last. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static inline bool tap_ok(bool passed, const char *file, int line, const char *name)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++tap_count, name);
	if (!passed) {
		tap_failed++;
		printf("#   failed at %s:%d\n", file, line);
	}
	return passed;
}

#define ok(condition, name) tap_ok((condition), __FILE__, __LINE__, (name))
#define is_text(got, expected, name)                                                                                   \
	(tap_ok(strcmp((got), (expected)) == 0, __FILE__, __LINE__, (name)) ||                                         \
	 (printf("#   got \"%s\", expected \"%s\"\n", (got), (expected)), false))
#define is_int(got, expected, name)                                                                                    \
	(tap_ok((long long)(got) == (long long)(expected), __FILE__, __LINE__, (name)) ||                              \
	 (printf("#   got %lld, expected %lld\n", (long long)(got), (long long)(expected)), false))

static inline int done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}
