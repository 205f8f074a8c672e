/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows for an attachment from its bridge: names, gateways, who routes. */
#pragma once

#include "conf/attachment.h"

/** bridge_has() - whether an attachment is in bridge mode and has this flag */
bool bridge_has(const struct attachment *attachment, enum bridge_flag flag);

/** bridge_filters_vlans() - whether its bridge has to know VLANs */
bool bridge_filters_vlans(const struct bridge *bridge);

/** bridge_default_name() - "cb-NETWORK", or "cb-" and a hash where that (with @has_vlan, and ".VLAN") is too long */
void bridge_default_name(const char *network, bool has_vlan, char name[static IFNAMSIZ]);

/** bridge_name_segment() - fill in @segment */
void bridge_name_segment(struct bridge *bridge);

/** bridge_mac() - of a bridge that we make: follows from its name, so that every verb knows it */
void bridge_mac(const char *name, uint8_t mac[static MAC_LENGTH]);

/** bridge_complete() - once the addresses are known: a gateway for each that has none, if the host is the gateway */
void bridge_complete(struct attachment *attachment);

/**
 * attachment_is_routed() - whether this host is its router: all but those of a bridge without gateway addresses
 *
 * Only then subnet and gateway are a matter of the host as a whole.
 */
bool attachment_is_routed(const struct attachment *attachment);

/**
 * attachment_prefix() - an address as the container's interface has it: alone when routed, with its subnet on a bridge
 *
 * A guest behind a tap gets the subnet of IPv4, where the host answers for everybody else in it: "ip=" of the kernel's
 * command line takes only a gateway that is in the subnet. Nobody could answer for a subnet of IPv6 (proxy entries are
 * single addresses), and nobody needs to: fe80::1 is on every link.
 */
struct prefix attachment_prefix(const struct attachment *attachment, const struct address *address);
