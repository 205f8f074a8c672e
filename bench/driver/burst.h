/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many attachments at the same moment. */
#pragma once

#include "bench/driver/competitor.h"
#include "bench/driver/series.h"

/**
 * struct burst - what bursts of one competitor took
 * @adds, @dels: each single one
 * @add_wall, @del_wall: from the common start to the end of the last of a burst, added up; microseconds
 */
struct burst {
	struct series adds, dels;
	uint64_t add_wall, del_wall;
};

/** burst_run() - @at_once ADDs that start together; when all have ended, as many DELs; then a look at what is left */
void burst_run(struct burst *burst, const struct competitor *competitor, unsigned at_once);

/** burst_print() - series_print() for each verb, and a line each with the number per second ("ADD/s") */
void burst_print(struct burst *burst, const char *who);
