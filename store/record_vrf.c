/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part "vrf" of a record. */
#include "store/record_vrf.h"

#include "store/members.h"

#include <string.h>

static const char JOINED[] = "joined";

int record_vrf_format(const struct attachment *attachment, json_t **value)
{
	const struct vrf *vrf = &attachment->vrf;

	if (vrf->name[0] == '\0')
		return 0;
	*value = json_object();
	int status = member_set(*value, "name", json_string(vrf->name)) |
		     member_set(*value, "table", json_integer(vrf->table)) |
		     member_set(*value, JOINED, json_boolean(vrf->joined));
	if (status != 0)
		json_decref(*value);
	return status;
}

int record_vrf_parse(const json_t *value, struct attachment *into, struct error *err)
{
	const char *name = member_text(value, "name", IFNAMSIZ - 1, err);

	const json_t *joined = json_object_get(value, JOINED);

	if (!name)
		return -1;
	if (name[0] == '\0')
		return member_refuse(err, "vrf", "has no name");
	if (joined && !json_is_boolean(joined))
		return member_refuse(err, JOINED, "is neither true nor false");
	memcpy(into->vrf.name, name, strlen(name) + 1);
	into->vrf.joined = !joined || json_is_true(joined); /* older records do not say */
	return member_number(value, "table", UINT32_MAX, &into->vrf.table, err);
}
