/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed reads of a JSON document by Go's rules. */
#include "conf/field.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/** set_path() - put a path together; one that is too long keeps its end, where the field's own name is */
static void set_path(struct field *field, const char *parent, const char *separator, const char *key)
{
	char whole[2 * FIELD_PATH_SIZE + 8] = "", *end = stpcpy(stpcpy(whole, parent), separator);

	/* Not by snprintf(): there is a path for every field that may be there, and few are ever read */
	end = stpncpy(end, key, FIELD_PATH_SIZE);
	*end = '\0';
	if (end < whole + sizeof field->path)
		memcpy(field->path, whole, (size_t)(end - whole) + 1);
	else
		(void)snprintf(field->path, sizeof field->path, "...%s", end - (sizeof field->path - 4));
}

static const json_t *not_null(const json_t *json)
{
	return json_is_null(json) ? NULL : json;
}

struct field field_root(const json_t *document, const char *path)
{
	struct field root = {.json = not_null(document)};

	set_path(&root, "", "", path);
	return root;
}

static const json_t *find_member(const json_t *object, const char *wanted)
{
	const json_t *found = json_object_get(object, wanted), *value;
	const char *key;

	if (found)
		return found;
	/* jansson's iterator takes a non-const object but does not change it */
	json_object_foreach((json_t *)(uintptr_t)object, key, value) if (strcasecmp(key, wanted) == 0) found = value;
	return found;
}

struct field field_get(const struct field *object, const char *key)
{
	struct field member = {.json = NULL};

	if (json_is_object(object->json))
		member.json = not_null(find_member(object->json, key));
	set_path(&member, object->path, object->path[0] ? "." : "", key);
	return member;
}

struct field field_item(const struct field *array, size_t index)
{
	struct field item = {.json = not_null(json_array_get(array->json, index))};
	char position[32];

	(void)snprintf(position, sizeof position, "[%zu]", index);
	set_path(&item, array->path, "", position);
	return item;
}

size_t field_count(const struct field *array)
{
	return json_array_size(array->json);
}

const char *field_value(const struct field *field, char text[static FIELD_VALUE_SIZE])
{
	AUTO_FREE char *whole = NULL;

	if (field->json)
		whole = json_dumps(field->json, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
	if (whole && strlen(whole) >= FIELD_VALUE_SIZE)
		(void)snprintf(text, FIELD_VALUE_SIZE, "%.*s...", FIELD_VALUE_SIZE - 4, whole);
	else
		(void)snprintf(text, FIELD_VALUE_SIZE, "%s", whole ? whole : "nothing");
	return text;
}

/** field_refuse() - ERROR_DECODE "PATH: expected WANTED, got VALUE"; -1 */
static int field_refuse(const struct field *field, const char *wanted, struct error *err)
{
	char value[FIELD_VALUE_SIZE];

	return error_set(err, ERROR_DECODE, 0, "%s: expected %s, got %s",
			 field->path[0] ? field->path : "configuration", wanted, field_value(field, value));
}

int field_as_object(const struct field *field, struct error *err)
{
	return json_is_object(field->json) ? 0 : field_refuse(field, "an object", err);
}

int field_as_array(const struct field *field, struct error *err)
{
	return json_is_array(field->json) ? 0 : field_refuse(field, "a list", err);
}

int field_as_text(const struct field *field, const char **value, struct error *err)
{
	if (!json_is_string(field->json))
		return field_refuse(field, "a string", err);
	*value = json_string_value(field->json);
	return 0;
}

int field_as_prefix(const struct field *field, struct prefix *value, struct error *err)
{
	const char *text = "";

	if (field_as_text(field, &text, err) < 0)
		return -1;
	if (!prefix_parse(text, value))
		return error_set(err, ERROR_CONFIG, 0, "%s: invalid CIDR address: %.64s", field->path, text);
	return 0;
}

int field_as_copy(const struct field *field, char *into, size_t size, struct error *err)
{
	const char *text = "";

	if (field_as_text(field, &text, err) < 0)
		return -1;
	if (strlen(text) >= size)
		return error_set(err, ERROR_CONFIG, 0, "%s: longer than %zu bytes: %.64s", field->path, size - 1, text);
	memcpy(into, text, strlen(text) + 1);
	return 0;
}

int field_object(const struct field *object, const char *key, struct field *value, struct error *err)
{
	*value = field_get(object, key);
	return value->json ? field_as_object(value, err) : 0;
}

int field_array(const struct field *object, const char *key, struct field *value, struct error *err)
{
	*value = field_get(object, key);
	return value->json ? field_as_array(value, err) : 0;
}

int field_text(const struct field *object, const char *key, const char **value, struct error *err)
{
	struct field member = field_get(object, key);

	return member.json ? field_as_text(&member, value, err) : 0;
}

int field_boolean(const struct field *object, const char *key, bool *value, struct error *err)
{
	struct field member = field_get(object, key);

	if (!member.json)
		return 0;
	if (!json_is_boolean(member.json))
		return field_refuse(&member, "true or false", err);
	*value = json_is_true(member.json);
	return 0;
}

int field_integer(const struct field *object, const char *key, int64_t low, int64_t high, int64_t *value,
		  struct error *err)
{
	struct field member = field_get(object, key);
	int64_t number;

	if (!member.json)
		return 0;
	if (!json_is_integer(member.json))
		return field_refuse(&member, "an integer", err);
	number = json_integer_value(member.json);
	if (number < low || number > high)
		return error_set(err, ERROR_CONFIG, 0, "%s: %" PRId64 " is not between %" PRId64 " and %" PRId64,
				 member.path, number, low, high);
	*value = number;
	return 0;
}

int field_uint32(const struct field *object, const char *key, uint32_t *value, struct error *err)
{
	int64_t number = *value;

	if (field_integer(object, key, 0, UINT32_MAX, &number, err) < 0)
		return -1;
	*value = (uint32_t)number;
	return 0;
}

int field_ip(const struct field *object, const char *key, struct ip *value, struct error *err)
{
	struct field member = field_get(object, key);
	const char *text = "";

	if (member.json && field_as_text(&member, &text, err) < 0)
		return -1;
	if (text[0] == '\0' || ip_parse(text, value))
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "%s: invalid IP address: %.64s", member.path, text);
}

int field_prefix(const struct field *object, const char *key, struct prefix *value, struct error *err)
{
	struct field member = field_get(object, key);
	const char *text = "";

	if (member.json && field_as_text(&member, &text, err) < 0)
		return -1;
	return text[0] == '\0' ? 0 : field_as_prefix(&member, value, err);
}

int field_copy(const struct field *object, const char *key, char *into, size_t size, struct error *err)
{
	struct field member = field_get(object, key);

	return member.json ? field_as_copy(&member, into, size, err) : 0;
}

static bool is_among(const char *key, const char *const keys[])
{
	while (*keys && strcasecmp(*keys, key) != 0)
		keys++;
	return *keys != NULL;
}

int field_only(const struct field *object, const char *const keys[], struct error *err)
{
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)object->json, key, value) if (!is_among(key, keys)) return error_set(
		err, ERROR_CONFIG, 0, "%s.%.64s: there is no such key", object->path, key);
	return 0;
}

int field_limit(const struct field *array, size_t limit, struct error *err)
{
	if (field_count(array) <= limit)
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "%s: %zu entries, at most %zu are served", array->path,
			 field_count(array), limit);
}
