/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The marks by which kernel objects of ours are recognised. */
#pragma once

enum {
	HOST_END_GROUP = 0xca3b,   /* IFLA_GROUP of every host end, and of nothing else */
	BRIDGE_GROUP = 0xca3c,	   /* of every bridge that we make, of their VLAN interfaces, and of tunnels */
	IFB_GROUP = 0xca3d,	   /* of every interface that shapes what a container sends */
	ROUTE_PROTOCOL = 200,	   /* rtm_protocol of routes of attachments */
	PEER_ROUTE_PROTOCOL = 201, /* of routes to the containers of other hosts */
};

/* The portless bridge that holds the gateway addresses of all routed networks */
#define GATEWAY_BRIDGE "cambric0"

/* IPv6 next hop of every container: link-local address of its host end */
#define IPV6_NEXT_HOP "fe80::1"
/* IPv4 next hop where the network has no gateway of its own (RFC 3927 range, as a point-to-point peer) */
#define IPV4_NEXT_HOP "169.254.1.1"

/* Root of the store where ipam.dataDir does not say otherwise */
#define DEFAULT_DATA_DIR "/run/cambric"
