/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of bandwidth: at the top level, or as a capability. */
#pragma once

#include "conf/bandwidth.h"
#include "conf/field.h"

/**
 * bandwidth_read() - "ingressRate", "ingressBurst", "egressRate", "egressBurst"
 * @root:    the configuration: any of the four there and "bandwidth" of the runtime is not looked at
 * @runtime: "runtimeConfig"
 *
 * ERROR_CONFIG in the reference's words where one of rate and burst is there without the other, or a burst is 4 GiB.
 */
int bandwidth_read(struct bandwidth *bandwidth, const struct field *root, const struct field *runtime,
		   struct error *err);
