/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of dialects. */
#include "conf/dialect.h"

#include "conf/reference.h"
#include "conf/wish.h"

#include <string.h>

/* clang-format off */
static const struct dialect dialects[] = {
	{ .name = "cambric",  .read = wish_read },
	{ .name = "loopback", .bare = true },
	{ .name = "bridge",   .read = reference_bridge_read,  .reference = true },
	{ .name = "ptp",      .read = reference_ptp_read,     .reference = true },
	{ .name = "host-local", .read = reference_ipam_read,  .reference = true, .ipam = "host-local" },
	{ .name = "static",   .read = reference_ipam_read,    .reference = true, .ipam = "static" },
	{ .name = "portmap",  .read = reference_portmap_read, .reference = true },
	{ .name = "bandwidth", .read = reference_bandwidth_read, .reference = true },
	{ .name = "firewall", .read = reference_firewall_read, .reference = true },
	{ .name = "sbr",      .read = reference_sbr_read,     .reference = true },
	{ .name = "tuning",   .read = reference_tuning_read,  .reference = true },
	{ .name = "macvlan",  .read = reference_macvlan_read, .reference = true },
	{ .name = "ipvlan",   .read = reference_ipvlan_read,  .reference = true },
	{ .name = "vlan",     .read = reference_vlan_read,    .reference = true },
	{ .name = "dummy",    .read = reference_dummy_read,   .reference = true },
	{ .name = "tap",      .read = reference_tap_read,     .reference = true },
	{ .name = "vrf",      .read = reference_vrf_read,     .reference = true },
	{ .name = OVERLAY_KIND, .read = wish_read_overlay },
	{ .name = "host-device", .read = reference_host_device_read, .reference = true },
};
/* clang-format on */

const struct dialect *dialect_find(const char *kind)
{
	for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
		if (strcmp(dialects[i].name, kind) == 0)
			return &dialects[i];
	return NULL;
}
