/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attachments whose container is provably gone: found, and detached. */
#pragma once

#include "plugin/run.h"

/**
 * reclaim() - detach what is provably dead
 * @network: of this network, or NULL for all
 * @limit:   at most this many
 * @reclaimed: how many it were
 *
 * Dead is an attachment that no verb is working on and that is either unfinished (its ADD or DEL was
 * killed) or has lost its host end: the kernel removes that with the container's namespace and never
 * before. Goes on after a failure and reports it at the end. The caller holds no attachment lock.
 */
int reclaim(struct run *run, const char *network, size_t limit, size_t *reclaimed, struct error *err);
