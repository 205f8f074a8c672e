/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of bridge mode, which are those of the reference bridge. */
#pragma once

#include "conf/attachment.h"
#include "conf/field.h"

/**
 * bridge_config_read() - read @wish->bridge, and what of the wish depends on it: default routes
 * @has_ipam:   there are addresses, from us or from a delegate
 * @has_routes: the configuration lists routes
 *
 * isGateway and isDefaultGateway: true where we serve the addresses and nothing else is said; "isGateway": false takes the
 * default route along. "bridge": bridge_default_name(). Everything else is off unless it is asked for, as the reference has it.
 * ERROR_CONFIG in the reference's words where it has any.
 */
int bridge_config_read(struct attachment *wish, const struct field *root, bool has_ipam, bool has_routes,
		       struct error *err);
