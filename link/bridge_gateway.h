/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Row "bridge gateway": the host's addresses on the bridge, or on the interface of its VLAN. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * bridge_gateway_ensure() - gateway addresses with their subnet's length, and the settings of a bridge that is ours
 *
 * A bridge of somebody else keeps its settings, and loses no address unless "forceAddress" says so: one that overlaps is
 * ERROR_CONFIG in the reference's words. What we put there is recorded first. An address for the container that is this
 * host's is ERROR_ADDRESS_TAKEN with errnum EEXIST: the next one may do.
 */
int bridge_gateway_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int bridge_gateway_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** bridge_gateway_remove() - what nobody else needs; inside a section of the store */
int bridge_gateway_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** bridge_gateway_probe() - ERROR_NOT_AVAILABLE when the interface of a VLAN is needed and the kernel has none */
int bridge_gateway_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
