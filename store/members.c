/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of a record's objects, written and read. */
#include "store/members.h"

#include <errno.h>
#include <string.h>

/* jansson takes NULL for a value as a failure and frees the value when it fails: all can be summed up */
int member_set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

int member_set_ip(json_t *object, const char *key, const struct ip *ip)
{
	char text[IP_TEXT_SIZE];

	return ip_is_set(ip) ? member_set(object, key, json_string(ip_format(ip, text))) : 0;
}

int member_set_prefix(json_t *object, const char *key, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_SIZE];

	return ip_is_set(&prefix->ip) ? member_set(object, key, json_string(prefix_format(prefix, text))) : 0;
}

int member_refuse(struct error *err, const char *key, const char *why)
{
	return error_set(err, ERROR_STORE, EBADMSG, "record: \"%s\" %s", key, why);
}

const char *member_text(const json_t *object, const char *key, size_t limit, struct error *err)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value)) {
		(void)member_refuse(err, key, "is missing or no text");
		return NULL;
	}
	if (json_string_length(value) > limit) {
		(void)member_refuse(err, key, "is too long");
		return NULL;
	}
	return json_string_value(value);
}

int member_number(const json_t *object, const char *key, json_int_t most, uint32_t *number, struct error *err)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value))
		return member_refuse(err, key, "is missing or no integer");
	if (json_integer_value(value) < 0 || json_integer_value(value) > most)
		return member_refuse(err, key, "is out of range");
	*number = (uint32_t)json_integer_value(value);
	return 0;
}

int member_optional_number(const json_t *object, const char *key, uint32_t *number, struct error *err)
{
	if (!json_object_get(object, key))
		return 0;
	return member_number(object, key, UINT32_MAX, number, err);
}

int member_ip(const json_t *object, const char *key, bool required, struct ip *ip, struct error *err)
{
	if (!required && !json_object_get(object, key))
		return 0;
	const char *text = member_text(object, key, IP_TEXT_SIZE, err);
	if (!text)
		return -1;
	return ip_parse(text, ip) ? 0 : member_refuse(err, key, "is no address");
}

int member_parse_network(const char *text, const char *key, struct prefix *prefix, struct error *err)
{
	if (!prefix_parse(text, prefix))
		return member_refuse(err, key, "is no prefix");
	struct prefix network = prefix_network(prefix);
	return prefix_equal(&network, prefix) ? 0 : member_refuse(err, key, "has host bits set");
}

int member_network(const json_t *object, const char *key, struct prefix *prefix, struct error *err)
{
	const char *text = member_text(object, key, PREFIX_TEXT_SIZE, err);

	return text ? member_parse_network(text, key, prefix, err) : -1;
}

int member_list(const json_t *object, const char *key, size_t limit, const json_t **list, struct error *err)
{
	*list = json_object_get(object, key);
	if (!json_is_array(*list))
		return member_refuse(err, key, "is missing or no list");
	if (json_array_size(*list) > limit)
		return member_refuse(err, key, "has too many entries");
	return (int)json_array_size(*list);
}
