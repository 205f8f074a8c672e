/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the hosts become peers: nothing that another host writes may harm more than itself. */
#pragma once

#include "agent/claim.h"
#include "agent/hosts.h"
#include "conf/overlay.h"

#include <stdint.h>

/**
 * peers_choose() - the peers that @hosts lead to, in @overlay's place of those that are there
 * @own:     this host, which is none of them
 * @refused: how many subnets and hosts were left out
 *
 * Left out, with a line in the log: what is outside of the network or of a kind that the tunnel does not carry, what
 * overlaps with this host's own subnets or link or holds an endpoint of etcd, and of two that overlap the one that was
 * made later.
 */
int peers_choose(struct overlay *overlay, const struct hosts *hosts, const struct record *own,
		 const struct agent_config *config, size_t *refused, struct error *err);
