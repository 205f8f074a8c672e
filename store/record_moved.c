/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "sourceRouting" of a record: which table its rules lead to, and whose the routes there are. */
#include "store/record_moved.h"

#include "store/members.h"

static const char *const gateway_keys[MOVED_FAMILIES] = {"gatewayIPv4", "gatewayIPv6"};

int record_moved_format(const struct attachment *attachment, json_t **value)
{
	const struct moved_routes *moved = &attachment->moved;
	int status;

	if (!moved->table)
		return 0;
	*value = json_object();
	status = member_set(*value, "table", json_integer(moved->table)) |
		 member_set(*value, "rulesOnly", json_boolean(moved->rules_only)) |
		 member_set(*value, "keepsLink", json_boolean(moved->keeps_link));
	for (size_t i = 0; i < MOVED_FAMILIES; i++)
		status |= member_set_ip(*value, gateway_keys[i], &moved->gateways[i]);
	if (status != 0)
		json_decref(*value);
	return status;
}

int record_moved_parse(const json_t *value, struct attachment *into, struct error *err)
{
	const json_t *only = json_object_get(value, "rulesOnly"), *keeps = json_object_get(value, "keepsLink");
	struct moved_routes *moved = &into->moved;

	if (!json_is_boolean(only) || !json_is_boolean(keeps))
		return member_refuse(err, "sourceRouting", "has no rulesOnly or no keepsLink");
	moved->rules_only = json_is_true(only);
	moved->keeps_link = json_is_true(keeps);
	if (member_number(value, "table", UINT32_MAX, &moved->table, err) < 0)
		return -1;
	for (size_t i = 0; i < MOVED_FAMILIES; i++)
		if (member_ip(value, gateway_keys[i], false, &moved->gateways[i], err) < 0)
			return -1;
	return moved->table ? 0 : member_refuse(err, "table", "is 0");
}
