/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing arrays of times. */
#include "bench/driver/series.h"

#include "bench/driver/spawn.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIRST_SIZE = 256 };

void series_add(struct series *series, uint32_t time)
{
	if (series->count == series->size) {
		series->size = series->size ? series->size * 2 : FIRST_SIZE;
		series->times = reallocarray(series->times, series->size, sizeof *series->times);
		if (!series->times)
			fail("no memory");
	}
	series->times[series->count++] = time;
}

static int compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

void series_print(struct series *series, const char *who, const char *what)
{
	const size_t count = series->count;

	if (count == 0)
		return;
	qsort(series->times, count, sizeof *series->times, compare);
	(void)printf("%s\t%s\t%u\t%u\t%u\t%zu\n", who, what, series->times[count / 2], series->times[count * 95 / 100],
		     series->times[count * 99 / 100], count);
	free(series->times);
	*series = (struct series){0};
}
