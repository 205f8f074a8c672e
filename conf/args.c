/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CNI_ARGS. */
#include "conf/args.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { UNKNOWN_LIST_SIZE = 384 };

/** struct pair - "key=value", both parts inside CNI_ARGS */
struct pair {
	const char *text;
	size_t length, key_length;
};

/** struct reading - the pairs seen so far */
struct reading {
	struct pair pairs[MAX_ARGS_PAIRS];
	size_t count;
	bool ignore_unknown;
	char unknown[UNKNOWN_LIST_SIZE];
};

static bool key_is(const struct pair *pair, const char *key)
{
	return pair->key_length == strlen(key) && memcmp(pair->text, key, pair->key_length) == 0;
}

static int add_pair(struct reading *reading, const struct pair *pair, struct error *err)
{
	if (reading->count == MAX_ARGS_PAIRS)
		return error_set(err, ERROR_ENVIRONMENT, 0, "ARGS: more than %d pairs", MAX_ARGS_PAIRS);
	for (size_t i = 0; i < reading->count; i++)
		if (reading->pairs[i].key_length == pair->key_length &&
		    memcmp(reading->pairs[i].text, pair->text, pair->key_length) == 0)
			return error_set(err, ERROR_ENVIRONMENT, 0, "ARGS: duplicate key \"%.*s\"",
					 (int)pair->key_length, pair->text);
	reading->pairs[reading->count++] = *pair;
	return 0;
}

/** split() - one piece between two semicolons; exactly one "=" must be in it */
static int split(struct pair *pair, struct error *err)
{
	const char *equals = memchr(pair->text, '=', pair->length);

	if (!equals || memchr(equals + 1, '=', pair->length - (size_t)(equals + 1 - pair->text)))
		return error_set(err, ERROR_ENVIRONMENT, 0, "ARGS: invalid pair \"%.*s\"", (int)pair->length,
				 pair->text);
	pair->key_length = (size_t)(equals - pair->text);
	return 0;
}

static int take_boolean(const struct pair *pair, bool *value, struct error *err)
{
	static const char *const words[] = {"0", "false", "1", "true"};
	char text[8];

	(void)snprintf(text, sizeof text, "%.*s", (int)(pair->length - pair->key_length - 1),
		       pair->text + pair->key_length + 1);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcasecmp(words[i], text) != 0)
			continue;
		*value = i >= 2;
		return 0;
	}
	return error_set(err, ERROR_ENVIRONMENT, 0,
			 "ARGS: error parsing value of pair \"%.*s\": boolean unmarshal error: invalid input %s",
			 (int)pair->length, pair->text, text);
}

static void remember_unknown(struct reading *reading, const struct pair *pair)
{
	size_t used = strlen(reading->unknown);

	(void)snprintf(reading->unknown + used, sizeof reading->unknown - used, "%s\"%.*s\"", used ? " " : "",
		       (int)pair->length, pair->text);
}

static int take(struct reading *reading, struct args *args, const struct pair *pair, struct error *err)
{
	const struct {
		const char *key;
		char *into;
	} known[] = {{"IP", args->ip},
		     {"MAC", args->mac},
		     {"GATEWAY", args->gateway},
		     {"TC_REDIRECT_TAP_UID", args->owner},
		     {"TC_REDIRECT_TAP_GID", args->group}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (!key_is(pair, known[i].key))
			continue;
		(void)snprintf(known[i].into, MAX_ARGS_TEXT + 1, "%.*s", (int)(pair->length - pair->key_length - 1),
			       pair->text + pair->key_length + 1);
		return 0;
	}
	if (key_is(pair, "IgnoreUnknown"))
		return take_boolean(pair, &reading->ignore_unknown, err);
	if (strncmp(pair->text, "K8S_", 4) != 0)
		remember_unknown(reading, pair);
	return 0;
}

int args_read(struct args *args, const char *text, struct error *err)
{
	struct reading reading = {.count = 0};

	args->ip[0] = args->mac[0] = args->gateway[0] = args->owner[0] = args->group[0] = '\0';
	if (strlen(text) > MAX_ARGS_TEXT)
		return error_set(err, ERROR_ENVIRONMENT, 0, "CNI_ARGS is longer than %d bytes", MAX_ARGS_TEXT);
	while (*text) {
		struct pair pair = {.text = text, .length = strcspn(text, ";")};

		if (split(&pair, err) < 0 || add_pair(&reading, &pair, err) < 0 || take(&reading, args, &pair, err) < 0)
			return -1;
		text += pair.length;
		if (*text == ';' && *++text == '\0')
			return error_set(err, ERROR_ENVIRONMENT, 0, "ARGS: invalid pair \"\"");
	}
	if (reading.unknown[0] && !reading.ignore_unknown)
		return error_set(err, ERROR_ENVIRONMENT, 0, "ARGS: unknown args [%s]", reading.unknown);
	return 0;
}
