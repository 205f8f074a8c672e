/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent as a whole: one loop over lease, watch, files and tunnels. */
#pragma once

#include "agent/config.h"
#include "base/error.h"

#include <stdbool.h>

/**
 * agent_run() - until SIGTERM, SIGINT or SIGHUP: whatever happens to etcd meanwhile, it goes on
 * @once: claim, list, write and sync, then return; ERROR_TRY_AGAIN when etcd cannot be reached
 *
 * Nothing is taken away at the end: tunnels and the lease stay, so that a restart costs nobody a packet.
 */
int agent_run(const struct agent_config *config, bool once, struct error *err);

/** agent_leave() - give the subnet back, take tunnels, routes and files away; ERROR_TRY_AGAIN while an agent runs */
int agent_leave(const struct agent_config *config, struct error *err);
