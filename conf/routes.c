/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "routes" into struct route. */
#include "conf/routes.h"

/** check_configured() - what the kernel would refuse with no more than EINVAL */
static int check_configured(const struct route *route, const struct field *object, struct error *err)
{
	struct prefix network = prefix_network(&route->destination);
	char text[PREFIX_TEXT_SIZE], gateway[IP_TEXT_SIZE];

	if (!prefix_equal(&network, &route->destination))
		return error_set(err, ERROR_CONFIG, 0, "%s.dst: %s has host bits set", object->path,
				 prefix_format(&route->destination, text));
	if (ip_is_set(&route->gateway) && route->gateway.family != network.ip.family)
		return error_set(err, ERROR_CONFIG, 0, "%s.gw: %s is of another address family than %s", object->path,
				 ip_format(&route->gateway, gateway), prefix_format(&network, text));
	return 0;
}

static int read_optional(struct route *route, const struct field *object, struct error *err)
{
	int64_t scope = -1, table = -1;

	if (field_integer(object, "table", 0, UINT32_MAX, &table, err) < 0 ||
	    field_integer(object, "scope", 0, UINT8_MAX, &scope, err) < 0)
		return -1;
	if (table >= 0) {
		route->table = (uint32_t)table;
		route->fields |= ROUTE_HAS_TABLE;
	}
	if (scope >= 0) {
		route->scope = (uint8_t)scope;
		route->fields |= ROUTE_HAS_SCOPE;
	}
	return 0;
}

static int read_route(struct route *route, const struct field *object, struct error *err)
{
	*route = (struct route){.priority = 0};
	if (field_as_object(object, err) < 0 || field_prefix(object, "dst", &route->destination, err) < 0 ||
	    field_ip(object, "gw", &route->gateway, err) < 0 || field_uint32(object, "mtu", &route->mtu, err) < 0 ||
	    field_uint32(object, "advmss", &route->advmss, err) < 0 ||
	    field_uint32(object, "priority", &route->priority, err) < 0 || read_optional(route, object, err) < 0)
		return -1;
	if (!ip_is_set(&route->destination.ip))
		return error_set(err, ERROR_CONFIG, 0, "%s.dst is missing", object->path);
	return 0;
}

int routes_read(struct route routes[static MAX_ROUTES], size_t *count, const struct field *list,
		enum route_source source, struct error *err)
{
	if (field_limit(list, MAX_ROUTES - *count, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(list); i++) {
		struct field object = field_item(list, i);
		struct route *route = &routes[*count];

		if (read_route(route, &object, err) < 0 ||
		    (source == ROUTES_CONFIGURED && check_configured(route, &object, err) < 0))
			return -1;
		route->destination = prefix_network(&route->destination);
		(*count)++;
	}
	return 0;
}
