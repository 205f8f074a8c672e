/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "nat" of the configuration, and what a runtime or args.cni adds to it for one container. */
#pragma once

#include "conf/field.h"
#include "conf/request.h"

/**
 * nat_config_read() - fill in @request->wish.nat
 * @root:     the configuration: ports, static, pool, snat, announce
 * @args_cni, @runtime: objects whose "nat" may say static and snat; those of a later one replace those of an earlier one
 *
 * To be called when subnets and masquerading of the wish are known. ERROR_CONFIG: a range or address that is none, pool
 * and snat together, either with "ipMasq": false, a public address twice, in the pool, or in a subnet of the network, a
 * private one outside of all of them. A pool or snat of a family that the network has no address of is left out with a
 * warning.
 */
int nat_config_read(struct request *request, const struct field *root, const struct field *args_cni,
		    const struct field *runtime, struct error *err);
