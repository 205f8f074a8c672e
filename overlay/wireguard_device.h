/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WireGuard's own requests (linux/wireguard.h): what a device is told, and what it says of itself. */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "conf/overlay.h"
#include "kernel/rtnl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct wireguard - a way to one device; wireguard_close() */
struct wireguard {
	struct rtnl *generic;
	uint16_t family;
	int ifindex;
};

/**
 * struct wireguard_allowed - packets to and from @subnet go to and may come from the peer of that number, and no other one
 * @routed: for the caller
 */
struct wireguard_allowed {
	struct prefix subnet;
	size_t peer;
	bool routed;
};

/** struct wireguard_peer - @endpoint: where it was heard last, or is said to be; AF_UNSPEC for none */
struct wireguard_peer {
	uint8_t key[WIREGUARD_KEY_SIZE];
	struct ip endpoint;
	uint16_t port, keepalive;
	size_t allowed_count;
};

/**
 * struct wireguard_device - what the kernel says; owns its lists, wireguard_device_free()
 * @has_key: otherwise both keys are zero. @allowed: sorted by subnet
 */
struct wireguard_device {
	bool has_key;
	uint8_t private_key[WIREGUARD_KEY_SIZE], public_key[WIREGUARD_KEY_SIZE];
	uint16_t port;
	size_t peer_count, allowed_count;
	struct wireguard_peer *peers;
	struct wireguard_allowed *allowed;
};

/**
 * struct wireguard_change - what one peer is told
 * @flags:    WGPEER_F_*; with WGPEER_F_REMOVE_ME only @key counts
 * @endpoint: NULL: as it is, and so is the keepalive
 * @subnets:  become its own, whosever they were
 */
struct wireguard_change {
	const uint8_t *key;
	uint32_t flags;
	const struct ip *endpoint;
	uint16_t port, keepalive;
	const struct prefix *subnets;
	size_t subnet_count;
};

/** wireguard_open() - ERROR_NOT_AVAILABLE: there is no WireGuard in this kernel */
int wireguard_open(struct wireguard *wireguard, int ifindex, struct error *err);
void wireguard_close(struct wireguard *wireguard);

int wireguard_read(const struct wireguard *wireguard, struct wireguard_device *device, struct error *err);
void wireguard_device_free(struct wireguard_device *device);

/** wireguard_find() - who has exactly this subnet; NULL: nobody */
struct wireguard_allowed *wireguard_find(const struct wireguard_device *device, const struct prefix *subnet);

/** wireguard_set() - private key and port of the device; peers stay */
int wireguard_set(const struct wireguard *wireguard, const uint8_t key[static WIREGUARD_KEY_SIZE], uint16_t port,
		  struct error *err);

/** wireguard_change() - in this order, in messages of 64 changes each */
int wireguard_change(const struct wireguard *wireguard, const struct wireguard_change changes[], size_t count,
		     struct error *err);
