/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fwmark means to the routes is a matter of the host: it has one table, whoever asks. */
#include "conf/bridged.h"
#include "store/inside.h"

#include <stdio.h>
#include <string.h>

/** struct rule - of a mark that @attachment asks for: its name is "...-VALUE_MASK-TABLE" */
struct rule {
	const struct attachment *attachment;
	const char *name;
};

/** compare() - whether @name is a living rule for the same fwmark, with another table */
static int compare(struct store *store, const char *name, const void *argument, struct error *err)
{
	const struct rule *rule = argument;
	const char *dash = strrchr(rule->name, '-'), *fwmark = strchr(rule->name, '-') + 1;
	const int length = (int)strcspn(fwmark, "_");
	char user[FILE_NAME_SIZE], own[FILE_NAME_SIZE];

	if (strncmp(name, rule->name, (size_t)(dash + 1 - rule->name)) != 0 || strcmp(name, rule->name) == 0)
		return 0;
	if (use_other_user(store, name, use_link_name(&rule->attachment->id, own), user, err) < 0)
		return -1;
	if (user[0] == '\0')
		return 0;
	return error_set(err, ERROR_CONFIG, 0,
			 "mark: fwmark %.*s/%.*s with table %s: network \"%.*s\" has it with table %s", length, fwmark,
			 (int)(dash - fwmark) - length - 1, fwmark + length + 1, dash + 1, (int)strcspn(user, "@"),
			 user, name + (dash + 1 - rule->name));
}

static int check(struct store *store, const struct attachment *attachment, const struct mark *mark, sa_family_t family,
		 struct error *err)
{
	char name[USE_NAME_SIZE], user[FILE_NAME_SIZE];
	const struct rule rule = {attachment, name};

	if (!mark_has_table(mark) || !attachment_has_family(attachment, family))
		return 0;
	/* one that is in use has been through this */
	if (use_other_user(store, use_name_mark(mark, family, name), NULL, user, err) < 0)
		return -1;
	return user[0] != '\0' ? 0 : room_walk(store, "use", compare, &rule, err);
}

int marks_check_tables(struct store *store, const struct attachment *attachment, struct error *err)
{
	for (size_t i = 0; attachment_is_routed(attachment) && i < attachment->mark_count; i++)
		if (check(store, attachment, &attachment->marks[i], AF_INET, err) < 0 ||
		    check(store, attachment, &attachment->marks[i], AF_INET6, err) < 0)
			return -1;
	return 0;
}
