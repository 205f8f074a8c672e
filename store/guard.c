/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forward guard's list of interfaces, kept so that a rebuilt ruleset has it again. */
#include "base/cleanup.h"
#include "base/file.h"
#include "store/inside.h"

#include <jansson.h>
#include <string.h>

enum { GUARD_LIMIT = 64 * 1024, GUARD_VERSION = 1 };

static const char GUARD[] = "guard";
static const char ASIDE[] = "guard.new";

/* A list that cannot be read is an error, not an empty one: that would open the host */
static int bad(const struct store *store, const char *why, struct error *err)
{
	return error_set(err, ERROR_STORE, 0, "%s/%s/%s: %s", store->data_dir, store->epoch, GUARD, why);
}

static int parse(const struct store *store, const char *text, size_t length, struct guard *guard, struct error *err)
{
	json_auto_t *document = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	const json_t *ipv4 = json_object_get(document, "ipv4"), *ipv6 = json_object_get(document, "ipv6");
	const json_t *list = json_object_get(document, "interfaces"), *item;
	size_t index;

	if (json_integer_value(json_object_get(document, "version")) != GUARD_VERSION)
		return bad(store, "not of version 1", err);
	if (!json_is_boolean(ipv4) || !json_is_boolean(ipv6) || !json_is_array(list))
		return bad(store, "\"ipv4\", \"ipv6\" or \"interfaces\" is missing", err);
	if (json_array_size(list) > MAX_GUARDED)
		return bad(store, "too many interfaces", err);
	json_array_foreach(list, index, item)
	{
		if (!json_is_string(item) || json_string_length(item) == 0 || json_string_length(item) >= IFNAMSIZ)
			return bad(store, "no interface name", err);
		memcpy(guard->ifnames[index], json_string_value(item), json_string_length(item) + 1);
	}
	guard->count = json_array_size(list);
	guard->ipv4 = json_is_true(ipv4);
	guard->ipv6 = json_is_true(ipv6);
	return 0;
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

int guard_save(struct store *store, const struct guard *guard, struct error *err)
{
	json_auto_t *document = json_object();
	int status = 0;

	if (store->root < 0)
		return bad(store, "there is no store", err);
	if (!guard->ipv4 && !guard->ipv6 && guard->count == 0)
		return file_remove(store->root, GUARD, err);
	json_t *list = json_array(); /* the document takes it below */
	for (size_t i = 0; i < guard->count; i++)
		status |= json_array_append_new(list, json_string(guard->ifnames[i]));
	status |= json_object_set_new(document, "version", json_integer(GUARD_VERSION));
	status |= json_object_set_new(document, "ipv4", json_boolean(guard->ipv4));
	status |= json_object_set_new(document, "ipv6", json_boolean(guard->ipv6));
	status |= json_object_set_new(document, "interfaces", list);
	AUTO_FREE char *text = status == 0 ? json_dumps(document, JSON_INDENT(2)) : NULL;
	if (!text)
		return bad(store, "an interface name is not UTF-8, or no memory", err);
	return file_replace(store->root, ASIDE, GUARD, text, strlen(text), err);
}
