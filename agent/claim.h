/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This host's share of the network: taken in one transaction, kept by a lease. */
#pragma once

#include "agent/etcd.h"
#include "agent/hosts.h"
#include "agent/record.h"

/** enum claim_state - CLAIM_LOST: containers have addresses of a subnet that is another host's now */
enum claim_state { CLAIM_NONE, CLAIM_HELD, CLAIM_LOST };

/**
 * struct claim - what this host has, or had and wants again
 * @own:        node_id and peer.host are to be set, peer.subnets is what it had last (none: any will do);
 *              claim_id tells its own writing from that of a second host with the same node_id
 * @insists:    containers may use @own's subnets: no others will do
 * @lease:      0: none, or a reservation, which needs none
 * @node_revision, @key_revisions: mod_revision of the own keys
 * @renewed_ms: clock_ms() when the lease was last known to be alive
 * @reason:     why there is no claim, for people
 * @races:      how many claims were lost to others and tried again
 */
struct claim {
	enum claim_state state;
	struct record own;
	bool insists;
	int64_t lease, renewed_ms, node_revision, key_revisions[OWN_KEYS];
	char reason[OVERLAY_REASON_SIZE];
	uint64_t races, losses;
};

/**
 * claim_take() - adopt what etcd has for this node, or lease a subnet
 *
 * One pass, races included: ERROR_TRY_AGAIN when another may help. A subnet that somebody else has and that
 * containers of this host use is CLAIM_LOST and ERROR_TRY_AGAIN, too.
 */
int claim_take(struct claim *claim, struct etcd *etcd, const struct agent_config *config, struct error *err);

/** claim_keep() - keep the lease alive. Return: 1: it is, 0: it is gone (@state is CLAIM_NONE), -1: unknown */
int claim_keep(struct claim *claim, struct etcd *etcd, struct error *err);

/**
 * claim_update() - write @own anew, with the same lease, when nobody else has written it
 *
 * ERROR_TRY_AGAIN when somebody has: @state is CLAIM_NONE, claim_take() finds out.
 */
int claim_update(struct claim *claim, struct etcd *etcd, const struct agent_config *config, struct error *err);

/** claim_leave() - give everything back; what is not there is success */
int claim_leave(struct claim *claim, struct etcd *etcd, const struct agent_config *config, struct error *err);
