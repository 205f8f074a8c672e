/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of a record's objects, written and read. A reader refuses with ERROR_STORE, EBADMSG and the member's name. */
#pragma once

#include "base/error.h"
#include "base/ip.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * member_set() - take over @value. Return: 0, -1 without memory, also when @value is NULL
 *
 * jansson takes NULL for a failure and frees the value when it fails, so statuses can be summed up and looked at once.
 */
int member_set(json_t *object, const char *key, json_t *value);
/** member_set_ip(), member_set_prefix() - as text; nothing for an address that is not set */
int member_set_ip(json_t *object, const char *key, const struct ip *ip);
int member_set_prefix(json_t *object, const char *key, const struct prefix *prefix);

/** member_refuse() - "record: KEY WHY". Return: -1 */
int member_refuse(struct error *err, const char *key, const char *why);

/** member_text() - borrowed; NULL with @err set when it is none or longer than @limit bytes */
const char *member_text(const json_t *object, const char *key, size_t limit, struct error *err);

/** member_number() - 0 to @most; member_optional_number() - absent leaves @number */
int member_number(const json_t *object, const char *key, json_int_t most, uint32_t *number, struct error *err);
int member_optional_number(const json_t *object, const char *key, uint32_t *number, struct error *err);

/** member_ip() - absent leaves @ip, unless it is @required */
int member_ip(const json_t *object, const char *key, bool required, struct ip *ip, struct error *err);

/** member_network() - a prefix without host bits; member_parse_network() the same of a text that is said to be @key's */
int member_network(const json_t *object, const char *key, struct prefix *prefix, struct error *err);
int member_parse_network(const char *text, const char *key, struct prefix *prefix, struct error *err);

/** member_list() - a list of at most @limit entries, borrowed. Return: entries, or -1 */
int member_list(const json_t *object, const char *key, size_t limit, const json_t **list, struct error *err);
