/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attachment has whose interface is a device of its own, without an end on this host. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/** enum device_by - how an interface of the host is told apart from the others */
enum device_by { DEVICE_BY_NAME, DEVICE_BY_MAC, DEVICE_BY_PATH, DEVICE_BY_BUS };

/**
 * struct device - of MODE_DEVICE; the kind says which device it is, and so which fields mean anything
 * @master:   interface that it hangs on; "" until known: that of the default route. Of host-device: the name that it has
 *            on this host
 * @inside:   @master is in the container's namespace
 * @variant:  macvlan, ipvlan: its mode, in the kernel's numbers (MACVLAN_MODE_*, IPVLAN_MODE_*)
 * @vlan:     of vlan, 0 to 4094
 * @queue:    of macvlan: packets to many that may wait, 0: as many as the kernel likes
 * @lent:     addresses are those of the result so far: whoever gave them out frees them
 * @was_up:   of host-device: it was, before it was taken
 * @userspace: of host-device: a program drives it, there is no interface to take
 * @by, @wanted: of host-device: which interface is asked for; borrowed from the request, never recorded
 * @bridge:   of tap: bridge in the container that it is a port of, "" for none
 */
struct device {
	char master[IFNAMSIZ];
	char bridge[IFNAMSIZ];
	bool inside, lent, was_up, userspace;
	uint8_t variant;
	uint16_t vlan;
	uint32_t queue;
	enum device_by by;
	const char *wanted;
};
