/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of bridge mode, which are those of the reference bridge. */
#pragma once

#include "conf/attachment.h"
#include "conf/field.h"

/**
 * struct bridge_defaults - what holds where the configuration says nothing
 * @name:            of the bridge; NULL: bridge_default_name()
 * @gateway:         "isGateway"
 * @default_gateway: "isDefaultGateway", where the bridge is a gateway or addresses are a delegate's
 */
struct bridge_defaults {
	const char *name;
	bool gateway, default_gateway;
};

/**
 * bridge_config_read() - read @wish->bridge, and what of the wish depends on it: default routes
 * @has_ipam: there are addresses, from us or from a delegate
 *
 * Everything but @defaults is off unless it is asked for, as the reference has it. ERROR_CONFIG in the reference's words
 * where it has any.
 */
int bridge_config_read(struct attachment *wish, const struct field *root, bool has_ipam,
		       const struct bridge_defaults *defaults, struct error *err);
