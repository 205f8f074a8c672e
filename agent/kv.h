/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of etcd's JSON gateway: keys and values in base64, numbers of 64 bits as text, zeros left out. */
#pragma once

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { KEY_SIZE = 320 };

/**
 * struct kv - a key with its value
 * @value: owned, zero-terminated, @length bytes; NULL in an event that deletes
 */
struct kv {
	char key[KEY_SIZE];
	char *value;
	size_t length;
	int64_t create_revision, mod_revision, lease;
};

/** kv_read() - of an answer or an event. ERROR_DECODE: no key, or one that is longer than any of ours. kv_clear() is due */
int kv_read(const json_t *object, struct kv *kv, struct error *err);
void kv_clear(struct kv *kv);

/** kv_number() - an int64 of an answer: text or number, absent is 0 */
int64_t kv_number(const json_t *object, const char *key);
/** kv_revision() - of the store, out of the header of an answer; 0: it has none */
int64_t kv_revision(const json_t *answer);

/** kv_bytes(), kv_text() - in base64. kv_int64() - a number as text. New references, NULL without memory */
json_t *kv_bytes(const char *bytes, size_t length);
json_t *kv_text(const char *text);
json_t *kv_int64(int64_t number);

/**
 * kv_range() - {"key", "range_end", "limit", "revision"}
 * @end:      first key that is not meant; NULL: @key alone
 * @limit, @revision: 0: none
 */
json_t *kv_range(const char *key, const char *end, int64_t limit, int64_t revision);

/** kv_put() - {"key", "value", "lease"} */
json_t *kv_put(const char *key, const char *value, int64_t lease);

/** kv_is_new() - compare: there is no such key. kv_is_unchanged() - its mod_revision is the one that was seen */
json_t *kv_is_new(const char *key);
json_t *kv_is_unchanged(const char *key, int64_t mod_revision);
/** kv_none_later() - compare: nothing from @key up to @end was made or changed after @revision */
json_t *kv_none_later(const char *key, const char *end, int64_t revision);
