/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key "firewall" of the configuration, read, written and doubted. */
#pragma once

#include "conf/attachment.h"
#include "conf/field.h"
#include "conf/firewall.h"

/**
 * firewall_read() - read the object "firewall"; absent means open, without rules
 *
 * Unknown keys are refused here, other than elsewhere: a restriction that was misspelt would open what
 * it was meant to close.
 */
int firewall_read(struct firewall *firewall, const struct field *object, struct error *err);

/** firewall_write() - the object again, so that reading gives the same. NULL: no memory */
json_t *firewall_write(const struct firewall *firewall);

/**
 * firewall_warn() - warn of each rule, mark and static translation that can never match, and of fwmarks without a mask
 *
 * Because one before it takes all it would, or because the network has no such addresses or interfaces. What needs the network's
 * subnets is left out while nobody knows them (IPAM is delegated).
 */
void firewall_warn(const struct attachment *wish, struct error *err);
