/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other hosts of a network, and how their containers are reached: plain data. */
#pragma once

#include "base/error.h"
#include "base/ip.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MAX_PEERS = 8192,
	MAX_APPLIED_PEERS = 4 * MAX_PEERS, /* with those who are leaving */
	MAX_PEER_SUBNETS = 8,
	OVERLAY_FAMILIES = 2,
	OVERLAY_OLD = 8, /* changes that were begun and not finished */
	WIREGUARD_KEY_SIZE = 32,
	OVERLAY_REASON_SIZE = 160,
	OVERLAY_PATH_SIZE = 256,
	OVERLAY_VXLAN_PORT = 4789 /* where none is given (RFC 7348) */
};

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
 * @direct:         decided: reached through the link that both are on, in nothing; what is not of the host's family
 *                  goes through the tunnel all the same
 * @leaving:        of what is applied: no longer wished for; what it had has yet to go. @tunnel: the device of its own that it had
 */
struct overlay_peer {
	struct ip host;
	uint8_t host_length;
	bool point_to_point, has_key, direct, leaving;
	char tunnel[IFNAMSIZ];
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
 * @private_key_file: of wireguard; "": /var/lib/cambric/wireguard/<local>.key
 * @masquerades: whoever made the tunnels masquerades for all hosts (FLANNEL_IPMASQ)
 * @ready:    whoever hands out the subnets has done so; @reason: why not
 * @hash:     of all that is wished for; overlay_hash()
 * @tunnel:   decided: name of the device that all but the point-to-point peers are behind; "" when there is none
 * @egress:   decided: bytes that a packet to the first peer behind the tunnel may have on the underlay; 0: nobody is
 * @old_tunnels, @old_networks: of what is applied: they have been replaced and have yet to go. Names with a space behind each
 * @settled:  of what is applied: all of it stands, and nothing is left of what was before. Of a wish: that is what is applied
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
	uint32_t mtu, egress, vni;
	uint16_t keepalive;
	char private_key_file[OVERLAY_PATH_SIZE];
	bool masquerades, ready;
	char reason[OVERLAY_REASON_SIZE];
	uint64_t hash;
	char tunnel[IFNAMSIZ], old_tunnels[OVERLAY_OLD * IFNAMSIZ];
	struct prefix old_networks[OVERLAY_OLD];
	bool settled;
	size_t peer_count;
	struct overlay_peer *peers;
};

/** overlay_new() - kind none, nothing known, no peers; NULL without memory */
struct overlay *overlay_new(struct error *err);
/** overlay_clear() - release the peers of one that is embedded somewhere; overlay_free() - all; accepts NULL, leaves NULL */
void overlay_clear(struct overlay *overlay);
void overlay_free(struct overlay **overlay);

/** overlay_kind_name() - "none", "ipip" and so on. overlay_kind_number() is its inverse. Return: whether there is such a word */
const char *overlay_kind_name(enum overlay_kind kind);
bool overlay_kind_number(const char *name, enum overlay_kind *kind);

/** overlay_hash() - of what is wished for, not of what is decided about it */
uint64_t overlay_hash(const struct overlay *overlay);

/** overlay_network() - the supernet of a family; NULL when none was named */
const struct prefix *overlay_network(const struct overlay *overlay, sa_family_t family);

/** overlay_is_tunnelled() - whether what is behind a peer in this subnet is reached through a tunnel */
bool overlay_is_tunnelled(const struct overlay *overlay, const struct overlay_peer *peer, const struct prefix *subnet);

/**
 * overlay_tunnel_name() - the kind's word (cut to 7) and 8 hexadecimal digits
 * @peer: of a point-to-point device; NULL: of the one that all networks of one local address (and port, and VNI) share
 */
void overlay_tunnel_name(const struct overlay *overlay, const struct overlay_peer *peer, char name[static IFNAMSIZ]);

/** overlay_old_tunnel() - the next of @old_tunnels, as which *@at begins. Return: false behind the last */
bool overlay_old_tunnel(const char **at, char name[static IFNAMSIZ]);
