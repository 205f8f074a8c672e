/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the agent is told: one JSON document. */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "conf/overlay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MAX_ENDPOINTS = 16,
	AGENT_TEXT_SIZE = 128,
	AGENT_PATH_SIZE = 256,
	AGENT_CONFIG_LIMIT = 1 << 20,
	NODE_ID_SIZE = 64,
};

/** enum layout - names and values of the keys: ours, or those that flannel's daemons read */
enum layout { LAYOUT_CAMBRIC, LAYOUT_FLANNEL };

/**
 * struct etcd_config - where etcd is and who we are to it
 * @prefix:        of all keys, without a slash at the end
 * @password_file: read at each login, so that it may be changed
 * @allow_insecure: user and password may go over a connection that others can read
 */
struct etcd_config {
	size_t endpoint_count;
	char endpoints[MAX_ENDPOINTS][AGENT_PATH_SIZE];
	char prefix[AGENT_TEXT_SIZE];
	char ca_file[AGENT_PATH_SIZE], cert_file[AGENT_PATH_SIZE], key_file[AGENT_PATH_SIZE];
	char user[AGENT_TEXT_SIZE], password_file[AGENT_PATH_SIZE];
	bool allow_insecure;
};

/**
 * struct agent_config - the whole document
 * @overlay:        what the tunnels are to be; without peers
 * @subnet_lengths: prefix length of this host's share, per family as in @overlay.networks
 * @lease_ttl:      seconds after which a host that is silent is gone
 * @node_id:        of this host, whatever its addresses are
 * @public_ip:      AF_UNSPEC: find it out. @public_length: prefix length there, 0: unknown
 * @public_key:     of this host's wireguard tunnel. @has_key: there is one
 * @metrics:        ADDRESS:PORT, "": none
 * @cache_file:     what was known last, across restarts
 * @sync:           configuration for overlay_sync(), owned
 */
struct agent_config {
	char network[AGENT_TEXT_SIZE], data_dir[AGENT_PATH_SIZE];
	struct overlay *overlay;
	struct etcd_config etcd;
	uint8_t subnet_lengths[OVERLAY_FAMILIES];
	uint32_t lease_ttl;
	char node_id[NODE_ID_SIZE];
	struct ip public_ip;
	uint8_t public_length;
	bool has_key;
	uint8_t public_key[WIREGUARD_KEY_SIZE];
	enum layout layout;
	char metrics[AGENT_TEXT_SIZE], cache_file[AGENT_PATH_SIZE];
	char *sync;
};

/** agent_config_read() - ERROR_IO, ERROR_DECODE, ERROR_CONFIG; agent_config_clear() is due in any case */
int agent_config_read(struct agent_config *config, const char *path, struct error *err);
/** agent_config_parse() - the same of a text; @path for messages */
int agent_config_parse(struct agent_config *config, const char *text, size_t length, const char *path,
		       struct error *err);
void agent_config_clear(struct agent_config *config);
