/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "routes" of a configuration or a result into struct route. */
#pragma once

#include "conf/attachment.h"
#include "conf/field.h"

/**
 * enum route_source - who wrote the routes
 * @ROUTES_CONFIGURED: by us to be added: a destination with host bits, or a gateway of another family, is refused
 * @ROUTES_REPORTED:   in a result, perhaps by another plugin: host bits are cleared, gateways taken as they are
 */
enum route_source { ROUTES_CONFIGURED, ROUTES_REPORTED };

/**
 * routes_read() - append a list of {dst, gw, mtu, advmss, priority, table, scope}, or nothing when it is absent
 *
 * "dst" must be there. At most MAX_ROUTES in all.
 */
int routes_read(struct route routes[static MAX_ROUTES], size_t *count, const struct field *list,
		enum route_source source, struct error *err);
