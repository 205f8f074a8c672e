/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference sbr. */
#include "conf/chained_config.h"
#include "conf/cni_result.h"
#include "conf/reference.h"

/** gateway_of() - where that of a family is kept */
static struct ip *gateway_of(struct moved_routes *moved, sa_family_t family)
{
	return &moved->gateways[family == AF_INET ? 0 : 1];
}

static int read_gateways(struct moved_routes *moved, const struct field *root, struct error *err)
{
	struct field list;

	if (field_array(root, "gateways", &list, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&list); i++) {
		const struct field item = field_item(&list, i);
		const char *text = "";
		struct ip ip;
		if (field_as_text(&item, &text, err) < 0)
			return -1;
		if (!ip_parse(text, &ip))
			return error_set(err, ERROR_CONFIG, 0, "%s: invalid IP address: %.64s", item.path, text);
		if (ip_is_set(gateway_of(moved, ip.family)))
			return error_set(err, ERROR_CONFIG, 0, "%s: more than one gateway of this family", item.path);
		*gateway_of(moved, ip.family) = ip;
	}
	return 0;
}

/** take_gateways() - those of the result, where none is configured; the first of each family */
static void take_gateways(struct moved_routes *moved, const struct request *request)
{
	const struct cni_result *result = request->so_far;

	for (size_t i = 0; result && i < result->address_count; i++) {
		const struct ip *given = &result->addresses[i].next_hop;
		if (ip_is_set(given) && chained_is_own(result, i, request->wish.id.ifname) &&
		    !ip_is_set(gateway_of(moved, given->family)))
			*gateway_of(moved, given->family) = *given;
	}
}

int reference_sbr_read(struct request *request, const struct field *root, struct error *err)
{
	struct moved_routes *moved = &request->wish.moved;
	const bool has_table = field_get(root, "table").json != NULL;
	int64_t table = 1;

	if (chained_read(request, "This plugin must be called as chained plugin", err) < 0 ||
	    field_integer(root, "table", 1, UINT32_MAX, &table, err) < 0 ||
	    field_boolean(root, "addSourceHints", &moved->keeps_link, err) < 0 || read_gateways(moved, root, err) < 0)
		return -1;
	moved->rules_only = has_table;
	moved->table = has_table ? (uint32_t)table : 0;
	take_gateways(moved, request);
	request->idle = request->wish.address_count == 0 && request->command != COMMAND_STATUS;
	return 0;
}
