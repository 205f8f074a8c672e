/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed reads of a JSON document by Go's rules; every refusal names the whole path of the field and its value. */
#pragma once

#include "base/error.h"
#include "base/ip.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FIELD_PATH_SIZE = 128, FIELD_VALUE_SIZE = 96 };

/**
 * struct field - a value and where in the document it stands
 * @json: borrowed from the document; NULL when absent or null, which are the same (Go's rule)
 * @path: "ipam.ranges[0][1].subnet"; "" for the document itself
 */
struct field {
	const json_t *json;
	char path[FIELD_PATH_SIZE];
};

/** field_root() - the document itself; @path is a prefix for messages, "" for the configuration */
struct field field_root(const json_t *document, const char *path);

/**
 * field_get() - a member of an object
 *
 * Keys match exactly or else, the last one wins, without regard to case (ASCII). When @object is absent or
 * no object, so is the member: whoever cares about the type asks field_object() first.
 */
struct field field_get(const struct field *object, const char *key);
/** field_item() - one element of an array, absent when @array is absent or shorter */
struct field field_item(const struct field *array, size_t index);
/** field_count() - number of elements of an array; 0 when absent */
size_t field_count(const struct field *array);

/** field_value() - the value as compact JSON, cut to the room. Return: @text */
const char *field_value(const struct field *field, char text[static FIELD_VALUE_SIZE]);

/*
 * The readers below take a member of @object. Absent leaves @value as it is (its default) and succeeds;
 * field_object() and field_array() then return an absent field. Wrong types are ERROR_DECODE.
 */
int field_object(const struct field *object, const char *key, struct field *value, struct error *err);
int field_array(const struct field *object, const char *key, struct field *value, struct error *err);
int field_text(const struct field *object, const char *key, const char **value, struct error *err);
int field_boolean(const struct field *object, const char *key, bool *value, struct error *err);
/** field_integer() - out of [@low, @high] is ERROR_CONFIG; numbers with a fraction or exponent are no integers */
int field_integer(const struct field *object, const char *key, int64_t low, int64_t high, int64_t *value,
		  struct error *err);
int field_uint32(const struct field *object, const char *key, uint32_t *value, struct error *err);
/** field_ip() - "" counts as absent; text that is no address is ERROR_CONFIG "PATH: invalid IP address: X" */
int field_ip(const struct field *object, const char *key, struct ip *value, struct error *err);
/** field_prefix() - as field_ip(), with a prefix length; host bits are kept. "PATH: invalid CIDR address: X" */
int field_prefix(const struct field *object, const char *key, struct prefix *value, struct error *err);

/** field_as_object(), field_as_array(), field_as_text() - the value itself (of a list) must be there and of this type */
int field_as_object(const struct field *field, struct error *err);
int field_as_array(const struct field *field, struct error *err);
int field_as_text(const struct field *field, const char **value, struct error *err);
int field_as_prefix(const struct field *field, struct prefix *value, struct error *err);

/** field_copy() - read text into a fixed array; ERROR_CONFIG names the limit when it does not fit */
int field_copy(const struct field *object, const char *key, char *into, size_t size, struct error *err);
int field_as_copy(const struct field *field, char *into, size_t size, struct error *err);
/**
 * field_only() - ERROR_CONFIG names a member of an object that has none of these keys
 * @keys: up to NULL; compared without regard to case, as field_get() does
 */
int field_only(const struct field *object, const char *const keys[], struct error *err);
/** field_limit() - ERROR_CONFIG when the list is longer than @limit */
int field_limit(const struct field *array, size_t limit, struct error *err);
