/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part "reservations" of a record: the directory in which the reference's plugins see our addresses. */
#include "store/record_reserved.h"

#include "store/members.h"

#include <string.h>

int record_reserved_format(const struct attachment *attachment, json_t **value)
{
	if (!attachment->reserved.mirrored || attachment->delegated)
		return 0;
	*value = json_string(attachment->reserved.dir);
	return *value ? 0 : -1;
}

int record_reserved_parse(const json_t *value, struct attachment *into, struct error *err)
{
	struct reserved *reserved = &into->reserved;

	if (!json_is_string(value) || json_string_length(value) >= sizeof reserved->dir ||
	    json_string_value(value)[0] != '/')
		return member_refuse(err, "reservations", "is no absolute path");
	memcpy(reserved->dir, json_string_value(value), json_string_length(value) + 1);
	reserved->mirrored = true;
	return 0;
}
