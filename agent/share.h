/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two files: what ADD reads, and what the next start of the agent finds. Both have the same content. */
#pragma once

#include "agent/claim.h"
#include "agent/config.h"
#include "conf/overlay.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * struct share - what is in them
 * @overlay:    @ready, @reason, @networks, @subnets and @peers; owned
 * @claim_id:   of the claim that @overlay.subnets are of
 * @host:       this host's address then
 * @renewed:    time(2) when the lease was last known to be alive; @ttl: seconds that it had
 * @revision:   of etcd, that the peers are as of
 */
struct share {
	struct overlay overlay;
	char claim_id[CLAIM_ID_SIZE];
	struct ip host;
	int64_t renewed, ttl, revision;
};

/** share_file() - DATA_DIR/NETWORK/peers */
void share_file(const struct agent_config *config, char path[static AGENT_PATH_SIZE * 2]);

/**
 * share_read() - of @path; *@found tells whether there was one
 *
 * A file that cannot be read as one is as good as none: it is said, and written anew.
 */
void share_read(const char *path, struct share *share, bool *found);

/** share_write() - both files, each whole at every instant. *@written: whether what ADD reads differs from before */
int share_write(const struct agent_config *config, const struct share *share, const char *state, bool *written,
		struct error *err);

/** share_remove() - both; a file that is not there is success */
int share_remove(const struct agent_config *config, struct error *err);

void share_clear(struct share *share);
