/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host says about itself in etcd: keys and values in both layouts. */
#pragma once

#include "agent/config.h"
#include "agent/kv.h"
#include "base/error.h"
#include "conf/overlay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLAIM_ID_SIZE = 33, OWN_KEYS = OVERLAY_FAMILIES };

/**
 * struct record - one key below subnets, or the key of a node
 * @key:      ""; of a record that is in no store yet
 * @node_id:  who it is; of flannel's own daemons "flannel-" and the address
 * @claim_id: random, of one claim: whose writing this is, also when its acknowledgement was lost
 * @peer:     where it is, and what is behind it. Of a key below subnets: what its name says
 * @broken:   the value could not be read: nothing but @key, @peer.subnets and the revisions is known
 */
struct record {
	char key[KEY_SIZE], node_id[NODE_ID_SIZE], claim_id[CLAIM_ID_SIZE];
	struct overlay_peer peer;
	bool broken;
	int64_t create_revision, mod_revision, lease;
};

/** record_range() - first key of all hosts' subnets, and the first one behind them */
void record_range(const struct agent_config *config, char begin[static KEY_SIZE], char end[static KEY_SIZE]);

/** record_node_key() - of this host */
void record_node_key(const struct agent_config *config, char key[static KEY_SIZE]);

/** record_subnet_keys() - of these subnets: one per family, of flannel's one for both. Return: how many */
size_t record_subnet_keys(const struct agent_config *config, const struct prefix subnets[], size_t count,
			  char keys[static OWN_KEYS][KEY_SIZE]);

/** record_value() - text of a value, to be freed; NULL without memory */
char *record_value(const struct agent_config *config, const struct record *record);

/**
 * record_read_subnet() - of a key below subnets
 *
 * A name that is no subnet is ERROR_DECODE; a value that cannot be read is a record that is @broken, and @err says why.
 *
 * Return: 0, also when it is broken, or -1: there is no record
 */
int record_read_subnet(const struct agent_config *config, const struct kv *kv, struct record *record,
		       struct error *err);

/** record_read_node() - of the key of a node: subnets are those of the value */
int record_read_node(const struct kv *kv, struct record *record, struct error *err);
