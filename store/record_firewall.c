/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "firewall" of a record: in the words of the configuration, in one form only. */
#include "store/record_firewall.h"

#include "conf/firewall_config.h"
#include "store/members.h"

#include <errno.h>

static const char KEY[] = "firewall";

int record_firewall_format(const struct attachment *attachment, json_t **value)
{
	const struct firewall *firewall = &attachment->firewall;

	if (firewall->ingress == INGRESS_OPEN && firewall->rule_count == 0)
		return 0;
	*value = firewall_write(firewall);
	return *value ? 0 : -1;
}

int record_firewall_parse(const json_t *value, struct attachment *into, struct error *err)
{
	const struct field object = field_root(value, KEY);
	struct error problem = ERROR_INIT;

	if (firewall_read(&into->firewall, &object, &problem) < 0)
		return member_refuse(err, KEY, problem.msg);
	json_auto_t *again = firewall_write(&into->firewall);
	if (!again)
		return error_set(err, ERROR_STORE, ENOMEM, "read a record");
	if (!json_equal(again, value) || (into->firewall.ingress == INGRESS_OPEN && into->firewall.rule_count == 0))
		return member_refuse(err, KEY, "is not as it is written");
	return 0;
}
