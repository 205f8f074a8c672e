/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what is known to what ADD reads, and to tunnels and routes. */
#pragma once

#include "agent/claim.h"
#include "agent/share.h"
#include "agent/watch.h"

#include <stdbool.h>
#include <stdint.h>

enum { SYNC_MS = 30000 };

/**
 * struct publisher - what is said to the rest of the host
 * @share:   as it was written last, or found at the start
 * @sync_ms: when the kernel is to be looked at again: what somebody has taken away there comes back
 * @syncs, @failures: of overlay_sync(). @refused: hosts and subnets that are left out
 * @failed:  the last one did
 */
struct publisher {
	struct share share;
	int64_t sync_ms;
	uint64_t syncs, failures;
	size_t refused;
	bool failed;
};

/** publish_begin() - what the file of this boot says, or the cache; @claim gets the subnets to insist on, or to prefer */
void publish_begin(struct publisher *publisher, struct claim *claim, const struct agent_config *config);

/** publish_is_ready() - whether containers may get addresses of the subnets that are written */
bool publish_is_ready(const struct publisher *publisher, const struct claim *claim, const struct agent_config *config,
		      const char **reason);

/**
 * publish() - write the files; @hosts: NULL: not known yet, the peers of before hold
 *
 * What cannot be written is said, and tried again by the next call.
 */
int publish(struct publisher *publisher, struct claim *claim, const struct hosts *hosts,
	    const struct agent_config *config, struct error *err);

/** publish_sync() - make the kernel say what the file says, if that is due */
void publish_sync(struct publisher *publisher, const struct agent_config *config);
