/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table: rows are things, columns are what can be done with them. Build order from top to bottom. */
#include "plugin/table.h"

#include "ipam/claims.h"
#include "ipam/delegate.h"
#include "ipam/lease.h"
#include "link/announce.h"
#include "link/announcement.h"
#include "link/apart.h"
#include "link/bridge.h"
#include "link/bridge_gateway.h"
#include "link/bridge_port.h"
#include "link/chained_side.h"
#include "link/container.h"
#include "link/device.h"
#include "link/gateway.h"
#include "link/host_device.h"
#include "link/host_end.h"
#include "link/host_side.h"
#include "link/known_mac.h"
#include "link/leftovers.h"
#include "link/loopback.h"
#include "link/mark_rules.h"
#include "link/moved_routes.h"
#include "link/plain_tap.h"
#include "link/settings.h"
#include "link/shaping.h"
#include "link/source_rules.h"
#include "link/tap.h"
#include "link/tuning.h"
#include "link/uplink.h"
#include "link/veth.h"
#include "link/vrf.h"
#include "nat/admitted.h"
#include "nat/firewall.h"
#include "nat/forwarding.h"
#include "nat/leftovers.h"
#include "nat/nat.h"
#include "nat/spoof.h"
#include "nat/tunnel_guard.h"
#include "overlay/applied.h"
#include "overlay/peer_routes.h"
#include "overlay/tunnel.h"

#include <string.h>

/* clang-format off */
static const struct resource ROUTED[] = {
	{ .name = "lease",       .ensure = lease_ensure,      .verify = lease_verify,
	                         .remove = lease_remove,      .probe = lease_probe },
	/* Made by the row above, in one piece with the choice of the addresses */
	{ .name = "reservations", .verify = claims_verify,    .remove = claims_remove,
	                         .probe = claims_probe,       .claim = true },
	/* What will be applied is written down before any of it is made, and is known until all of it is gone; MTUs follow from it */
	{ .name = "overlay",     .ensure = overlay_ensure,    .remove = overlay_remove,
	                         .probe = overlay_probe,      .shared = true, .claim = true },
	{ .name = "tunnel",      .ensure = tunnel_ensure,     .verify = tunnel_verify,
	                         .remove = tunnel_remove,     .probe = tunnel_probe, .shared = true },
	{ .name = "bridge",      .ensure = bridge_ensure,     .verify = bridge_verify,
	                         .remove = bridge_remove,     .probe = bridge_probe,
	                         .modes = MODE_BRIDGE,        .shared = true },
	{ .name = "veth",        .ensure = veth_ensure,       .verify = veth_verify,
	                         .remove = veth_remove,       .probe = veth_probe },
	/* Before the rows that need the host end up: it comes up here, where it is shaped */
	{ .name = "shaping",     .ensure = shaping_ensure,    .verify = shaping_verify,
	                         .remove = shaping_remove,    .probe = shaping_probe },
	{ .name = "bridge port", .ensure = bridge_port_ensure, .verify = bridge_port_verify, .modes = MODE_BRIDGE },
	{ .name = "delegate",    .ensure = delegate_ensure,   .verify = delegate_verify,
	                         .remove = delegate_remove,   .probe = delegate_probe },
	{ .name = "forwarding",  .ensure = forwarding_ensure, .verify = forwarding_verify,
	                         .probe = forwarding_probe },
	{ .name = "gateway",     .ensure = gateway_ensure,    .verify = gateway_verify,
	                         .remove = gateway_remove,    .probe = gateway_probe,
	                         .modes = MODE_ROUTED | MODE_TAP, .shared = true },
	{ .name = "bridge gateway", .ensure = bridge_gateway_ensure, .verify = bridge_gateway_verify,
	                         .remove = bridge_gateway_remove, .probe = bridge_gateway_probe, .modes = MODE_BRIDGE,
	                         .shared = true },
	/* Nothing comes out of a tunnel before it is known who may send through it */
	{ .name = "tunnel guard", .ensure = tunnel_guard_ensure, .verify = tunnel_guard_verify,
	                         .remove = tunnel_guard_remove, .shared = true },
	/* Behind the gateway, whose address is the source of these routes */
	{ .name = "peer routes", .ensure = peer_routes_ensure, .verify = peer_routes_verify,
	                         .remove = peer_routes_remove, .shared = true },
	{ .name = "tunnel guard settled", .ensure = tunnel_guard_settle },
	{ .name = "overlay settled", .ensure = overlay_settle },
	{ .name = "host side",   .ensure = host_side_ensure,  .verify = host_side_verify,
	                         .modes = MODE_ROUTED | MODE_TAP },
	{ .name = "uplink",      .ensure = uplink_ensure,     .remove = uplink_remove, .shared = true },
	{ .name = "mark rules",  .ensure = mark_rules_ensure, .verify = mark_rules_verify,
	                         .remove = mark_rules_remove, .shared = true },
	{ .name = "firewall network", .remove = firewall_network_remove, .shared = true },
	{ .name = "nat network", .remove = nat_network_remove, .shared = true },
	{ .name = "nat",         .ensure = nat_ensure,        .verify = nat_verify,
	                         .remove = nat_remove,        .probe = nat_probe },
	{ .name = "Docker's rules", .ensure = admitted_ensure, .verify = admitted_verify,
	                         .remove = admitted_remove,   .shared = true },
	{ .name = "announce",    .ensure = announce_ensure, .verify = announce_verify,
	                         .remove = announce_remove,    .probe = announce_probe },
	{ .name = "spoof table", .remove = spoof_table_remove, .modes = MODE_BRIDGE, .shared = true },
	{ .name = "spoof check", .ensure = spoof_ensure,      .verify = spoof_verify,
	                         .remove = spoof_remove,      .probe = spoof_probe, .modes = MODE_BRIDGE },
	{ .name = "container",   .ensure = container_ensure,  .verify = container_verify,
	                         .modes = MODE_ROUTED | MODE_BRIDGE },
	{ .name = "settings",    .verify = settings_verify,   .modes = MODE_ROUTED | MODE_BRIDGE },
	{ .name = "tap",         .ensure = tap_ensure,        .verify = tap_verify,
	                         .remove = tap_remove,        .probe = tap_probe, .modes = MODE_TAP },
	{ .name = "announcement", .ensure = announcement_ensure, .modes = MODE_BRIDGE },
	{ .name = "source rules", .ensure = source_rules_ensure, .verify = source_rules_verify,
	                          .remove = source_rules_remove },
};

/* What is done for an interface that another plugin of the chain has made */
static const struct resource PUBLISHED[] = {
	{ .name = "record",         .ensure = lease_ensure,        .verify = lease_verify,
	                            .remove = lease_remove,        .probe = lease_probe },
	{ .name = "host interface", .ensure = chained_side_ensure, .verify = chained_side_verify },
	{ .name = "nat",            .ensure = nat_ensure,          .verify = nat_verify,
	                            .remove = nat_remove,          .probe = nat_probe },
};

/* IPAM for an interface of another plugin */
static const struct resource ADDRESSES[] = {
	{ .name = "lease",        .ensure = lease_ensure,  .verify = lease_verify,
	                          .remove = lease_remove,  .probe = lease_probe },
	{ .name = "reservations", .verify = claims_verify, .remove = claims_remove,
	                         .probe = claims_probe,       .claim = true },
};

/* Settings of an interface that another plugin has made; who knows it by its MAC is told */
static const struct resource TUNED[] = {
	{ .name = "record",      .ensure = lease_ensure,      .verify = lease_verify,
	                         .remove = lease_remove,      .probe = lease_probe },
	{ .name = "known MAC",   .ensure = known_mac_ensure,  .remove = known_mac_remove },
	/* Before the MAC changes: the kernel announces it at once */
	{ .name = "spoof check", .ensure = spoof_let_tuned,   .remove = spoof_end_tuned },
	{ .name = "tuning",      .ensure = tuning_ensure,     .verify = tuning_verify,
	                         .remove = tuning_remove },
};

/* The host end of a veth that another plugin has made, as "cambric" shapes its own */
static const struct resource SHAPED[] = {
	{ .name = "record",      .ensure = lease_ensure,      .verify = lease_verify,
	                         .remove = lease_remove,      .probe = lease_probe },
	{ .name = "host end",    .ensure = shaping_end_ensure, .verify = host_end_verify },
	{ .name = "shaping",     .ensure = shaping_ensure,    .verify = shaping_verify,
	                         .remove = shaping_remove,    .probe = shaping_probe },
	{ .name = "disciplines of the host end", .remove = shaping_end_remove },
};

/* Networks that other plugins have made, kept apart from each other */
static const struct resource KEPT_APART[] = {
	{ .name = "record",         .ensure = lease_ensure,      .verify = lease_verify,
	                            .remove = lease_remove,      .probe = lease_probe },
	{ .name = "host interface", .ensure = apart_side_ensure, .verify = apart_side_verify },
	{ .name = "port isolation", .ensure = apart_port_ensure, .verify = apart_port_verify,
	                            .remove = apart_port_remove },
	{ .name = "nat network",    .remove = nat_network_remove, .shared = true },
	{ .name = "nat",            .ensure = nat_ensure,        .verify = nat_verify,
	                            .remove = nat_remove,        .probe = nat_probe },
	{ .name = "Docker's rules", .ensure = admitted_ensure, .verify = admitted_verify,
	                         .remove = admitted_remove,   .shared = true },
};
/* What the reference plugin of the name has made for a container that it attached: for kinds under the name of one */
static const struct resource LEFT_BY_BRIDGE[] = {
	{ .name = "veth of the reference",         .remove = leftover_veth_remove },
	{ .name = "masquerading of the reference", .remove = leftover_masquerade_remove },
	{ .name = "spoof check of the reference",  .remove = leftover_spoof_remove },
};
static const struct resource LEFT_BY_PTP[] = {
	{ .name = "veth of the reference",         .remove = leftover_veth_remove },
	{ .name = "masquerading of the reference", .remove = leftover_masquerade_remove },
};
static const struct resource LEFT_BY_PORTMAP[] = {{ .name = "host ports of the reference", .remove = leftover_portmap_remove }};
static const struct resource LEFT_BY_BANDWIDTH[] = {
	{ .name = "ifb of the reference",      .remove = leftover_ifb_remove },
	/* and what is ours, of a record that was lost */
	{ .name = "shaping",                   .remove = shaping_remove },
	{ .name = "disciplines of the host end", .remove = shaping_end_remove },
};
static const struct resource LEFT_BY_FIREWALL[] = {{ .name = "accepting rules of the reference", .remove = leftover_firewall_remove }};
static const struct resource LEFT_BY_TUNING[] = {{ .name = "settings of the reference", .remove = leftover_settings_return }};

/* An interface in the container, of which nothing is on the host */
static const struct resource DEVICE[] = {
	{ .name = "lease",        .ensure = lease_ensure,        .verify = lease_verify,
	                          .remove = lease_remove,        .probe = lease_probe },
	{ .name = "reservations", .verify = claims_verify,       .remove = claims_remove,
	                         .probe = claims_probe,       .claim = true },
	{ .name = "device",       .ensure = device_ensure,       .verify = device_verify,
	                          .remove = device_remove,       .probe = device_probe },
	{ .name = "delegate",     .ensure = delegate_ensure,     .verify = delegate_verify,
	                          .remove = delegate_remove,     .probe = delegate_probe },
	{ .name = "container",    .ensure = container_ensure,    .verify = container_verify },
	{ .name = "source rules", .ensure = source_rules_ensure, .verify = source_rules_verify,
	                          .remove = source_rules_remove },
};

/* An interface that the host lends; where it is comes first, so that what was done to it there goes before */
static const struct resource HOST_DEVICE[] = {
	{ .name = "lease",        .ensure = lease_ensure,        .verify = lease_verify,
	                          .remove = lease_remove,        .probe = lease_probe },
	{ .name = "reservations", .verify = claims_verify,       .remove = claims_remove,
	                         .probe = claims_probe,       .claim = true },
	{ .name = "host device",  .ensure = host_device_ensure,  .verify = host_device_verify,
	                          .remove = host_device_remove,  .probe = host_device_probe },
	{ .name = "delegate",     .ensure = delegate_ensure,     .verify = delegate_verify,
	                          .remove = delegate_remove,     .probe = delegate_probe },
	{ .name = "container",    .ensure = container_ensure,    .verify = container_verify },
	{ .name = "source rules", .ensure = source_rules_ensure, .verify = source_rules_verify,
	                          .remove = source_rules_remove },
};

/* Routes of an interface that another plugin has made, for its own addresses alone */
static const struct resource ROUTED_BY_SOURCE[] = {
	{ .name = "record",       .ensure = lease_ensure,        .verify = lease_verify,
	                          .remove = lease_remove,        .probe = lease_probe },
	{ .name = "moved routes", .ensure = moved_routes_ensure, .verify = moved_routes_verify,
	                          .remove = moved_routes_remove },
};

/* A tap that has the addresses itself, unlike the one of mode "tap" */
static const struct resource TAP[] = {
	{ .name = "lease",        .ensure = lease_ensure,        .verify = lease_verify,
	                          .remove = lease_remove,        .probe = lease_probe },
	{ .name = "reservations", .verify = claims_verify,       .remove = claims_remove,
	                         .probe = claims_probe,       .claim = true },
	{ .name = "tap",          .ensure = plain_tap_ensure,    .verify = plain_tap_verify,
	                          .remove = plain_tap_remove,    .probe = tap_probe },
	{ .name = "delegate",     .ensure = delegate_ensure,     .verify = delegate_verify,
	                          .remove = delegate_remove,     .probe = delegate_probe },
	{ .name = "container",    .ensure = container_ensure,    .verify = container_verify },
	{ .name = "source rules", .ensure = source_rules_ensure, .verify = source_rules_verify,
	                          .remove = source_rules_remove },
};

static const struct resource VRF[] = {
	{ .name = "record",       .ensure = lease_ensure,        .verify = lease_verify,
	                          .remove = lease_remove,        .probe = lease_probe },
	{ .name = "vrf",          .ensure = vrf_ensure,          .verify = vrf_verify,
	                          .remove = vrf_remove,          .probe = vrf_probe },
};

static const struct resource LOOPBACK[] = {
	{ .name = "loopback",    .ensure = loopback_ensure,   .verify = loopback_verify,
	                         .remove = loopback_remove },
};

/* What a host has of a network without any container */
static const struct resource OVERLAY[] = {
	{ .name = "record",      .ensure = lease_ensure,      .remove = lease_remove },
	{ .name = "overlay",     .ensure = overlay_ensure,    .remove = overlay_remove, .shared = true, .claim = true },
	{ .name = "tunnel",      .ensure = tunnel_ensure,     .remove = tunnel_remove, .shared = true },
	{ .name = "bridge",      .ensure = bridge_ensure,     .remove = bridge_remove,
	                         .modes = MODE_BRIDGE,        .shared = true },
	{ .name = "forwarding",  .ensure = forwarding_ensure },
	{ .name = "gateway",     .ensure = gateway_ensure,    .remove = gateway_remove,
	                         .modes = MODE_ROUTED | MODE_TAP, .shared = true },
	{ .name = "bridge gateway", .ensure = bridge_gateway_ensure, .remove = bridge_gateway_remove,
	                         .modes = MODE_BRIDGE,        .shared = true },
	{ .name = "nat network", .remove = nat_network_remove, .shared = true },
	{ .name = "tunnel guard", .ensure = tunnel_guard_ensure, .remove = tunnel_guard_remove, .shared = true },
	{ .name = "peer routes", .ensure = peer_routes_ensure, .remove = peer_routes_remove, .shared = true },
	{ .name = "tunnel guard settled", .ensure = tunnel_guard_settle },
	{ .name = "overlay settled", .ensure = overlay_settle },
};

#define ROWS(table) .rows = (table), .row_count = sizeof(table) / sizeof *(table)
#define LEFT(table) .leftovers = (table), .leftover_count = sizeof(table) / sizeof *(table)

/* What each name's configuration says is in conf/dialect.c */
static const struct kind KINDS[] = {
	{ .name = "cambric",  ROWS(ROUTED),    .recorded = true },
	{ .name = "bridge",   ROWS(ROUTED),    LEFT(LEFT_BY_BRIDGE), .recorded = true },
	{ .name = "ptp",      ROWS(ROUTED),    LEFT(LEFT_BY_PTP), .recorded = true },
	{ .name = "host-local", ROWS(ADDRESSES), .recorded = true, .no_container = true },
	{ .name = "static",   ROWS(ADDRESSES), .recorded = true, .no_container = true },
	{ .name = "portmap",  ROWS(PUBLISHED), LEFT(LEFT_BY_PORTMAP), .recorded = true, .chained = true },
	{ .name = "bandwidth", ROWS(SHAPED),   LEFT(LEFT_BY_BANDWIDTH), .recorded = true, .chained = true },
	{ .name = "firewall", ROWS(KEPT_APART), LEFT(LEFT_BY_FIREWALL), .recorded = true, .chained = true },
	{ .name = "sbr",      ROWS(ROUTED_BY_SOURCE), .recorded = true, .chained = true },
	{ .name = "tuning",   ROWS(TUNED),     LEFT(LEFT_BY_TUNING), .recorded = true, .chained = true },
	{ .name = "macvlan",  ROWS(DEVICE),    .recorded = true },
	{ .name = "ipvlan",   ROWS(DEVICE),    .recorded = true },
	{ .name = "vlan",     ROWS(DEVICE),    .recorded = true },
	{ .name = "dummy",    ROWS(DEVICE),    .recorded = true },
	{ .name = "tap",      ROWS(TAP),       .recorded = true },
	{ .name = "vrf",      ROWS(VRF),       .recorded = true, .chained = true },
	{ .name = "host-device", ROWS(HOST_DEVICE), .recorded = true },
	{ .name = "loopback", ROWS(LOOPBACK),  .needs_container = true },
};
static const struct kind OVERLAYS = { .name = OVERLAY_KIND, ROWS(OVERLAY), .recorded = true, .no_container = true };
/* clang-format on */

const struct kind *kind_of_overlays(void)
{
	return &OVERLAYS;
}

const struct kind *kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
		if (strcmp(KINDS[i].name, name) == 0)
			return &KINDS[i];
	return NULL;
}

const char *kind_name(size_t index)
{
	return index < sizeof KINDS / sizeof *KINDS ? KINDS[index].name : NULL;
}
