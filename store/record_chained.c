/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part "chained" of a record. */
#include "store/record_chained.h"

#include "store/members.h"

#include <stdio.h>

int record_chained_format(const struct attachment *attachment, json_t **value)
{
	const struct chained *chained = &attachment->chained;

	if (attachment->mode != MODE_CHAINED)
		return 0;
	*value = json_object();
	int status = member_set(*value, "interface", json_string(chained->ifname)) |
		     member_set(*value, "hairpin", json_boolean(chained->hairpin)) |
		     member_set(*value, "masqueradeAll", json_boolean(chained->masquerade_all));
	if (status != 0)
		json_decref(*value);
	return status;
}

int record_chained_parse(const json_t *value, struct attachment *into, struct error *err)
{
	const json_t *hairpin = json_object_get(value, "hairpin"), *all = json_object_get(value, "masqueradeAll");
	const char *ifname = member_text(value, "interface", IFNAMSIZ - 1, err);

	if (!ifname)
		return -1;
	if (!json_is_boolean(hairpin) || !json_is_boolean(all))
		return member_refuse(err, "chained", "has no hairpin or no masqueradeAll");
	(void)snprintf(into->chained.ifname, sizeof into->chained.ifname, "%s", ifname);
	into->chained.hairpin = json_is_true(hairpin);
	into->chained.masquerade_all = json_is_true(all);
	return 0;
}
