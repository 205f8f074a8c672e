/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "settings" of a record: what CHECK compares the container with. */
#include "store/record_settings.h"

#include "store/members.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A key is written with the "net/" that all have */
enum { KEY_TEXT_SIZE = SYSCTL_KEY_SIZE + 4 };

static bool has_any(const struct container_settings *settings)
{
	return settings->promisc || settings->allmulti || settings->sizes_queue || settings->sysctl_count;
}

static json_t *sysctls_of(const struct container_settings *settings)
{
	json_t *object = json_object();
	char key[KEY_TEXT_SIZE];

	for (size_t i = 0; i < settings->sysctl_count; i++) {
		(void)snprintf(key, sizeof key, "net/%s", settings->sysctls[i].key);
		if (member_set(object, key, json_string(settings->sysctls[i].value)) == 0)
			continue;
		json_decref(object);
		return NULL;
	}
	return object;
}

int record_settings_format(const struct attachment *attachment, json_t **value)
{
	const struct container_settings *settings = &attachment->settings;
	int status;

	if (!has_any(settings))
		return 0;
	*value = json_object();
	status = member_set(*value, "promisc", json_boolean(settings->promisc));
	status |= member_set(*value, "allmulti", json_boolean(settings->allmulti));
	if (settings->sizes_queue)
		status |= member_set(*value, "txQLen", json_integer(settings->tx_queue_length));
	status |= member_set(*value, "sysctl", sysctls_of(settings));
	if (status != 0)
		json_decref(*value);
	return status;
}

static int parse_sysctl(struct setting *setting, const char *key, const json_t *value, struct error *err)
{
	if (!setting_key_parse(key, setting->key))
		return member_refuse(err, "sysctl", "has a key that is no path below net");
	if (!json_is_string(value) || json_string_length(value) >= sizeof setting->value)
		return member_refuse(err, "sysctl", "holds something that is no text or too long");
	memcpy(setting->value, json_string_value(value), json_string_length(value) + 1);
	return 0;
}

int record_settings_parse(const json_t *value, struct attachment *into, struct error *err)
{
	struct container_settings *settings = &into->settings;
	const json_t *promisc = json_object_get(value, "promisc"), *allmulti = json_object_get(value, "allmulti");
	const json_t *sysctls = json_object_get(value, "sysctl"), *item;
	const char *key;

	if (!json_is_boolean(promisc) || !json_is_boolean(allmulti))
		return member_refuse(err, "settings", "has no promisc or allmulti that is true or false");
	if (!json_is_object(sysctls) || json_object_size(sysctls) > MAX_SYSCTLS)
		return member_refuse(err, "sysctl", "is missing, no object or too large");
	settings->promisc = json_is_true(promisc);
	settings->allmulti = json_is_true(allmulti);
	settings->sysctl_count = 0;
	json_object_foreach((json_t *)(uintptr_t)sysctls, key, item)
	{
		if (parse_sysctl(&settings->sysctls[settings->sysctl_count++], key, item, err) < 0)
			return -1;
	}
	settings->sizes_queue = json_object_get(value, "txQLen") != NULL;
	return settings->sizes_queue ? member_number(value, "txQLen", INT_MAX, &settings->tx_queue_length, err) : 0;
}
