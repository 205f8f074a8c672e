/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other hosts of a network, and how their containers are reached: plain data. */
#pragma once

#include "base/error.h"
#include "base/ip.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_PEERS = 8192, MAX_PEER_SUBNETS = 8, OVERLAY_FAMILIES = 2, WIREGUARD_KEY_SIZE = 32 };

/**
 * enum overlay_kind - how packets get to another host; the numbers are recorded by name only
 * @OVERLAY_NONE:   this network ends at this host
 * @OVERLAY_DIRECT: through the link that both hosts are on, in nothing
 */
enum overlay_kind {
	OVERLAY_NONE,
	OVERLAY_IPIP,
	OVERLAY_GRE,
	OVERLAY_SIT,
	OVERLAY_VXLAN,
	OVERLAY_WIREGUARD,
	OVERLAY_DIRECT,
};

/**
 * struct overlay_peer - another host
 * @host:           its address on the underlay. @host_length: prefix length there, as it says itself; 0: unknown
 * @subnets:        what is behind it; host bits zero
 * @point_to_point: it has a tunnel device of its own, with @address on this side and @peer_address on the other
 * @public_key, @port: of wireguard. @has_key: @public_key is known
 */
struct overlay_peer {
	struct ip host;
	uint8_t host_length;
	bool point_to_point, has_key;
	struct ip address, peer_address;
	uint8_t public_key[WIREGUARD_KEY_SIZE];
	uint16_t port;
	uint8_t subnet_count;
	struct prefix subnets[MAX_PEER_SUBNETS];
};

/**
 * struct overlay - what the configuration or the peers' file says, and what follows from it
 * @direct:   peers on the same link are reached without a tunnel ("auto")
 * @local:    this host's address on the underlay; AF_UNSPEC until the kernel is asked
 * @local_length: prefix length of it there
 * @device:   underlay interface; "" until the kernel is asked
 * @networks: all hosts' subnets together, one per family; AF_UNSPEC where there is none
 * @subnets:  this host's own share, from the peers' file or subnet.env; else those of IPAM count
 * @ttl:      of outer packets. @mtu: bytes, 0: find out. @port: UDP, of vxlan and wireguard, 0: the usual one of each
 * @vni:      of vxlan, the same on all hosts; 0: 1
 * @keepalive: of wireguard: seconds after which a silent peer is written to, 0: never
 * @private_key_file: of wireguard; borrowed. NULL: /var/lib/cambric/wireguard/<local>.key
 * @peers:    owned; overlay_free()
 */
struct overlay {
	enum overlay_kind kind;
	bool direct;
	struct ip local;
	uint8_t local_length;
	char device[IFNAMSIZ];
	struct prefix networks[OVERLAY_FAMILIES];
	uint8_t subnet_count;
	struct prefix subnets[MAX_PEER_SUBNETS];
	uint8_t ttl;
	uint16_t port;
	uint32_t mtu, vni;
	uint16_t keepalive;
	const char *private_key_file;
	size_t peer_count;
	struct overlay_peer *peers;
};
