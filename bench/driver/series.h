/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times of many runs, and their percentiles. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** struct series - microseconds; all zero: empty */
struct series {
	uint32_t *times;
	size_t count, size;
};

void series_add(struct series *series, uint32_t time);

/** series_print() - one line: @who, @what, p50, p95, p99, number of runs, between tabs; nothing for an empty one. Frees it */
void series_print(struct series *series, const char *who, const char *what);
