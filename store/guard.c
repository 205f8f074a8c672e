/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forward guard's lists of interfaces, kept so that a rebuilt ruleset has it again. */
#include "base/cleanup.h"
#include "base/file.h"
#include "conf/json_text.h"
#include "store/inside.h"
#include "store/members.h"

#include <jansson.h>
#include <string.h>

/* Twice the interfaces of a list, each at most 15 bytes that JSON may write as six */
enum { GUARD_LIMIT = 256 * 1024, GUARD_VERSION = 2 };

static const char GUARD[] = "guard";
static const char ASIDE[] = "guard.new";

/* A list that cannot be read is an error, not an empty one: that would open the host */
static int bad(const struct store *store, const char *why, struct error *err)
{
	return error_set(err, ERROR_STORE, 0, "%s/%s/%s: %s", store->data_dir, store->epoch, GUARD, why);
}

static int parse_names(const struct store *store, const json_t *names, struct guard_list *list, struct error *err)
{
	const json_t *item;
	size_t index;

	if (json_array_size(names) > MAX_GUARDED)
		return bad(store, "too many interfaces", err);
	json_array_foreach(names, index, item)
	{
		if (!json_is_string(item) || json_string_length(item) == 0 || json_string_length(item) >= IFNAMSIZ)
			return bad(store, "no interface name", err);
		memcpy(list->ifnames[index], json_string_value(item), json_string_length(item) + 1);
	}
	list->count = json_array_size(names);
	return 0;
}

/** parse_list() - of one family; null: there is none */
static int parse_list(const struct store *store, const json_t *family, struct guard_list *list, struct error *err)
{
	const json_t *armed = json_object_get(family, "armed"), *names = json_object_get(family, "interfaces");

	if (json_is_null(family))
		return 0;
	if (!json_is_boolean(armed) || !json_is_array(names))
		return bad(store, "\"armed\" or \"interfaces\" of a family is missing", err);
	list->set = true;
	list->armed = json_is_true(armed);
	return parse_names(store, names, list, err);
}

static int parse(const struct store *store, const char *text, size_t length, struct guard *guard, struct error *err)
{
	json_error_t fault;
	json_auto_t *document = json_decode(text, length, JSON_REJECT_DUPLICATES, &fault);

	if (!document && json_error_code(&fault) == json_error_out_of_memory)
		return error_set(err, ERROR_STORE, ENOMEM, "read %s", GUARD);
	if (json_integer_value(json_object_get(document, "version")) != GUARD_VERSION)
		return bad(store, "not of version 2", err);
	if (parse_list(store, json_object_get(document, "ipv4"), &guard->ipv4, err) < 0)
		return -1;
	return parse_list(store, json_object_get(document, "ipv6"), &guard->ipv6, err);
}

int guard_load(struct store *store, struct guard *guard, struct error *err)
{
	struct error problem = ERROR_INIT;
	AUTO_FREE char *text = NULL;
	size_t length;

	memset(guard, 0, sizeof *guard);
	if (store->root < 0)
		return 0;
	if (file_read(store->root, GUARD, GUARD_LIMIT, &text, &length, &problem) == 0)
		return parse(store, text, length, guard, err);
	if (problem.errnum == ENOENT)
		return 0;
	error_merge(err, &problem);
	return -1;
}

/** format_list() - a new reference; NULL: no memory, or a name that is not UTF-8 */
static json_t *format_list(const struct guard_list *list)
{
	if (!list->set)
		return json_null();
	json_auto_t *family = json_object();
	json_t *interfaces = json_array();
	if (member_set(family, "armed", json_boolean(list->armed)) < 0 ||
	    member_set(family, "interfaces", interfaces) < 0)
		return NULL;
	for (size_t i = 0; i < list->count; i++)
		if (json_array_append_new(interfaces, json_string(list->ifnames[i])) < 0)
			return NULL;
	return json_incref(family);
}

int guard_save(struct store *store, const struct guard *guard, struct error *err)
{
	json_auto_t *document = NULL;

	if (store->root < 0)
		return bad(store, "there is no store", err);
	if (!guard->ipv4.set && !guard->ipv6.set)
		return file_remove(store->root, GUARD, err);
	document = json_object();
	const int status = member_set(document, "version", json_integer(GUARD_VERSION)) |
			   member_set(document, "ipv4", format_list(&guard->ipv4)) |
			   member_set(document, "ipv6", format_list(&guard->ipv6));
	AUTO_FREE char *text = status == 0 ? json_text(document, JSON_INDENT(2)) : NULL;
	if (!text)
		return bad(store, "an interface name is not UTF-8, or no memory", err);
	return file_replace(store->root, ASIDE, GUARD, text, strlen(text), err);
}
