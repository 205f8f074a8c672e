/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key "overlay" of the configuration, and the files that it names. */
#pragma once

#include "conf/field.h"
#include "conf/overlay.h"
#include "conf/request.h"

enum { PEERS_FILE_LIMIT = 8 << 20, SUBNET_FILE_LIMIT = 4096 };

/**
 * overlay_config_read() - "overlay" into @network->overlay, which stays NULL where there is none
 *
 * Peers are those of "peers", of "peersFile", or of none where "subnetFile" says that somebody else has made the tunnels.
 * Without any of the three they are of the agent's file, DATA_DIR/NETWORK/peers. A file that is not there, or says that
 * its writer is not ready, is no failure: @ready is false, and @reason says why.
 */
int overlay_config_read(struct network *network, const struct field *root, struct error *err);

/** overlay_require_ready() - ADD: ERROR_TRY_AGAIN, STATUS: ERROR_NOT_AVAILABLE, with the reason. CHECK takes what there is */
int overlay_require_ready(const struct overlay *overlay, enum command command, struct error *err);

/** overlay_check_own() - ERROR_CONFIG when a peer has a part of this host's own subnets */
int overlay_check_own(const struct overlay *overlay, const struct address_pool *pool, struct error *err);

/**
 * overlay_exclude() - what goes to other hosts keeps its source: append "network", or the subnets of the peers, to @wish's
 *                     exclusions
 */
int overlay_exclude(struct attachment *wish, struct error *err);

/** overlay_read_peers_file(), overlay_read_subnet_file() - whoever hands out subnets says so there; @path for messages */
int overlay_read_peers_file(struct overlay *overlay, const char *path, struct error *err);
int overlay_read_subnet_file(struct overlay *overlay, const char *path, struct error *err);
