/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON as etcd's gateway (api/etcdserverpb/rpc.proto by grpc-gateway) reads and writes it. */
#include "agent/kv.h"

#include "base/base64.h"
#include "base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/** decoded_length() - bytes that a text in base64 stands for, if it is well-formed */
static size_t decoded_length(const char *text, size_t size)
{
	size_t length = size / 4 * 3;

	for (size_t i = 1; i <= 2 && length > 0 && text[size - i] == '='; i++)
		length--;
	return length;
}

/** decode() - a zero follows the bytes. Return: NULL: no base64, or no memory */
static char *decode(const json_t *json, size_t *length)
{
	const char *text = json_is_string(json) ? json_string_value(json) : "";

	/* Too short for its own padding: what follows would count below zero */
	if (strlen(text) % 4 != 0)
		return NULL;
	*length = decoded_length(text, strlen(text));
	char *bytes = malloc(*length + 1);
	if (!bytes || !base64_decode(text, bytes, *length)) {
		free(bytes);
		return NULL;
	}
	bytes[*length] = '\0';
	return bytes;
}

int kv_read(const json_t *object, struct kv *kv, struct error *err)
{
	const json_t *value = json_object_get(object, "value");
	size_t length;
	AUTO_FREE char *key = decode(json_object_get(object, "key"), &length);

	memset(kv, 0, sizeof *kv);
	if (!key || length == 0 || length >= sizeof kv->key || strlen(key) != length)
		return error_set(err, ERROR_DECODE, 0, "etcd: an answer with a key that is none of ours");
	memcpy(kv->key, key, length + 1);
	kv->create_revision = kv_number(object, "create_revision");
	kv->mod_revision = kv_number(object, "mod_revision");
	kv->lease = kv_number(object, "lease");
	if (!value)
		return 0;
	kv->value = decode(value, &kv->length);
	return kv->value ? 0 : error_set(err, ERROR_DECODE, 0, "etcd: the value of %s is no base64", kv->key);
}

void kv_clear(struct kv *kv)
{
	free(kv->value);
	kv->value = NULL;
}

int64_t kv_number(const json_t *object, const char *key)
{
	const json_t *json = json_object_get(object, key);

	if (json_is_integer(json))
		return json_integer_value(json);
	return json_is_string(json) ? strtoll(json_string_value(json), NULL, 10) : 0;
}

int64_t kv_revision(const json_t *answer)
{
	return kv_number(json_object_get(answer, "header"), "revision");
}

json_t *kv_bytes(const char *bytes, size_t length)
{
	AUTO_FREE char *encoded = malloc(BASE64_SIZE(length));

	return encoded ? json_string(base64_encode(bytes, length, encoded)) : NULL;
}

json_t *kv_text(const char *text)
{
	return kv_bytes(text, strlen(text));
}

json_t *kv_int64(int64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%" PRId64, number);
	return json_string(text);
}

json_t *kv_range(const char *key, const char *end, int64_t limit, int64_t revision)
{
	json_t *range = json_pack("{s:o}", "key", kv_text(key));
	int status = range ? 0 : -1;

	if (end)
		status |= json_object_set_new(range, "range_end", kv_text(end));
	if (limit)
		status |= json_object_set_new(range, "limit", kv_int64(limit));
	if (revision)
		status |= json_object_set_new(range, "revision", kv_int64(revision));
	if (status == 0)
		return range;
	json_decref(range);
	return NULL;
}

json_t *kv_put(const char *key, const char *value, int64_t lease)
{
	return json_pack("{s:o, s:o, s:o}", "key", kv_text(key), "value", kv_text(value), "lease", kv_int64(lease));
}

json_t *kv_is_new(const char *key)
{
	return json_pack("{s:s, s:s, s:o, s:s}", "target", "CREATE", "result", "EQUAL", "key", kv_text(key),
			 "create_revision", "0");
}

json_t *kv_is_unchanged(const char *key, int64_t mod_revision)
{
	return json_pack("{s:s, s:s, s:o, s:o}", "target", "MOD", "result", "EQUAL", "key", kv_text(key),
			 "mod_revision", kv_int64(mod_revision));
}

json_t *kv_none_later(const char *key, const char *end, int64_t revision)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "target", "MOD", "result", "LESS", "key", kv_text(key),
			 "range_end", kv_text(end), "mod_revision", kv_int64(revision + 1));
}
