/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attachment in bridge mode has beside the others: its bridge, its port, its VLANs. */
#pragma once

#include <net/if.h>
#include <stdint.h>

enum { MAX_VLAN = 4094, MAX_VLAN_RANGES = 32 };
enum { SEGMENT_SIZE = IFNAMSIZ + sizeof ".4094" };

/**
 * enum bridge_flag - what was chosen, one bit each
 * @BRIDGE_GATEWAY:        the bridge (or its VLAN interface) holds the gateway addresses, the host routes
 * @BRIDGE_FORCE_ADDRESS:  addresses of the bridge that overlap with a gateway's subnet give way
 * @BRIDGE_HAIRPIN:        the port may send frames back to where they came from
 * @BRIDGE_PROMISCUOUS:    the bridge takes all frames
 * @BRIDGE_ISOLATED:       the port talks to ports that are not isolated and to the host, not to its kind
 * @BRIDGE_SPOOF_CHECK:    MAC and addresses are bound to the port
 * @BRIDGE_DAD:            IPv6 addresses are checked for duplicates
 * @BRIDGE_CONTAINER_DOWN: the container's end stays down
 * @BRIDGE_KEEP_VLAN:      the port stays in the default VLAN of the bridge, too
 */
enum bridge_flag {
	BRIDGE_GATEWAY = 1 << 0,
	BRIDGE_FORCE_ADDRESS = 1 << 1,
	BRIDGE_HAIRPIN = 1 << 2,
	BRIDGE_PROMISCUOUS = 1 << 3,
	BRIDGE_ISOLATED = 1 << 4,
	BRIDGE_SPOOF_CHECK = 1 << 5,
	BRIDGE_DAD = 1 << 6,
	BRIDGE_CONTAINER_DOWN = 1 << 7,
	BRIDGE_KEEP_VLAN = 1 << 8,
};

/** struct vlan_range - consecutive VLANs, both ends included */
struct vlan_range {
	uint16_t first, last;
};

/**
 * struct bridge - @name is "" for attachments of other modes
 * @segment: the broadcast domain: "NAME", or "NAME.VLAN" for an access VLAN. Where the host is the gateway, the interface
 *           that holds its addresses is called so. Derived, not recorded
 * @flags:   enum bridge_flag
 * @made:    bit i: the gateway of address i is on a bridge that is not ours, and we put it there
 * @vlan:    the access (native) VLAN of the port, 0 for none
 * @trunks:  VLANs whose frames are tagged on the port; ascending, apart from each other
 * @ifindex, @mac, @mtu: known while a verb runs, never recorded; 0 before
 */
struct bridge {
	char name[IFNAMSIZ];
	char segment[SEGMENT_SIZE];
	uint16_t flags, made, vlan;
	uint8_t trunk_count;
	struct vlan_range trunks[MAX_VLAN_RANGES];
	int ifindex;
	uint8_t mac[6];
	uint32_t mtu;
};
