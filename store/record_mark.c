/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "mark" of a record: in the words of the configuration, in one form only. */
#include "store/record_mark.h"

#include "conf/mark_config.h"
#include "store/members.h"

#include <errno.h>

static const char KEY[] = "mark";

int record_mark_format(const struct attachment *attachment, json_t **value)
{
	if (attachment->mark_count == 0)
		return 0;
	*value = marks_write(attachment->marks, attachment->mark_count);
	return *value ? 0 : -1;
}

int record_mark_parse(const json_t *value, struct attachment *into, struct error *err)
{
	const struct field list = field_root(value, KEY);
	struct error problem = ERROR_INIT;

	if (marks_read(into->marks, &into->mark_count, &list, &problem) < 0)
		return member_refuse(err, KEY, problem.msg);
	json_auto_t *again = marks_write(into->marks, into->mark_count);
	if (!again)
		return error_set(err, ERROR_STORE, ENOMEM, "read a record");
	return json_equal(again, value) ? 0 : member_refuse(err, KEY, "is not as it is written");
}
