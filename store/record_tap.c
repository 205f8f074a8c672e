/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part "tap" of a record. */
#include "store/record_tap.h"

#include "store/members.h"

#include <string.h>

int record_tap_format(const struct attachment *attachment, json_t **value)
{
	const struct tap *tap = &attachment->tap;

	if (attachment->mode != MODE_TAP &&
	    !(attachment->mode == MODE_DEVICE && strcmp(attachment->id.kind, "tap") == 0))
		return 0;
	*value = json_object();
	int status = member_set(*value, "multiQueue", json_boolean(tap->multi_queue));
	if (tap->owner != TAP_ANYBODY)
		status |= member_set(*value, "owner", json_integer(tap->owner));
	if (tap->group != TAP_ANYBODY)
		status |= member_set(*value, "group", json_integer(tap->group));
	if (status != 0)
		json_decref(*value);
	return status;
}

int record_tap_parse(const json_t *value, struct attachment *into, struct error *err)
{
	const json_t *multi_queue = json_object_get(value, "multiQueue");
	struct tap *tap = &into->tap;

	*tap = (struct tap){.owner = TAP_ANYBODY, .group = TAP_ANYBODY, .multi_queue = json_is_true(multi_queue)};
	if (!json_is_boolean(multi_queue))
		return member_refuse(err, "multiQueue", "is missing or no boolean");
	return member_optional_number(value, "owner", &tap->owner, err) < 0
		       ? -1
		       : member_optional_number(value, "group", &tap->group, err);
}
