/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference plugins, one reader for each: for conf/dialect.c. */
#pragma once

#include "conf/field.h"
#include "conf/request.h"

/*
 * All fill @request->wish for ADD, CHECK and STATUS. Keys that the reference plugin of the name does not have are not
 * looked at, whatever they mean to type "cambric".
 */

/** reference_bridge_read() - defaults of its own: bridge cni0, no gateway, no masquerading, no default route, MTU 1500 */
int reference_bridge_read(struct request *request, const struct field *root, struct error *err);

/** reference_ptp_read() - routed, but an address has its subnet's length, and the gateway is IPAM's in both families */
int reference_ptp_read(struct request *request, const struct field *root, struct error *err);

/** reference_ipam_read() - host-local and static: routes and dns are reported as configured, and those of IPAM alone */
int reference_ipam_read(struct request *request, const struct field *root, struct error *err);

/**
 * reference_portmap_read() - idle without port mappings
 *
 * Every backend is served by nftables. Conditions, which are rules in some program's language, are
 * ERROR_UNSUPPORTED_FIELD.
 */
int reference_portmap_read(struct request *request, const struct field *root, struct error *err);

/** reference_bandwidth_read() - idle without limits */
int reference_bandwidth_read(struct request *request, const struct field *root, struct error *err);

/** reference_firewall_read() - idle with the policy "open", unless "dockerUser" asks for something. Every backend is served by nftables */
int reference_firewall_read(struct request *request, const struct field *root, struct error *err);

/** reference_sbr_read() - idle without addresses */
int reference_sbr_read(struct request *request, const struct field *root, struct error *err);

/** reference_tuning_read() - idle without anything to set; who changes a MAC is told by "args.cni" last */
int reference_tuning_read(struct request *request, const struct field *root, struct error *err);
/**
 * reference_macvlan_read(), reference_ipvlan_read(), reference_vlan_read(), reference_dummy_read() - devices on an
 * interface, or on none; without "routes" there are none. What depends on that interface is looked at by link/device.c
 *
 * Of dns only the configuration's counts, of dummy only IPAM's. ipvlan without IPAM takes the addresses of the result so far.
 */
int reference_macvlan_read(struct request *request, const struct field *root, struct error *err);
int reference_ipvlan_read(struct request *request, const struct field *root, struct error *err);
int reference_vlan_read(struct request *request, const struct field *root, struct error *err);
int reference_dummy_read(struct request *request, const struct field *root, struct error *err);

/** reference_host_device_read() - which interface; it is looked for by link/host_device.c */
int reference_host_device_read(struct request *request, const struct field *root, struct error *err);

/** reference_tap_read() - a tap that has the addresses itself; a context of SELinux is ERROR_UNSUPPORTED_FIELD */
int reference_tap_read(struct request *request, const struct field *root, struct error *err);

/** reference_vrf_read() - a link of a chain: which VRF, and perhaps which table */
int reference_vrf_read(struct request *request, const struct field *root, struct error *err);
