/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of settings. */
#include "conf/settings_config.h"

#include "conf/sysctl_allowed.h"

#include <limits.h>
#include <string.h>

static int read_value(struct setting *setting, const struct field *object, const char *key, struct error *err)
{
	struct field member = field_get(object, key);

	if (field_as_copy(&member, setting->value, sizeof setting->value, err) < 0)
		return -1;
	return strchr(setting->value, '\n') ? error_set(err, ERROR_CONFIG, 0, "%s: more than one line", member.path)
					    : 0;
}

/** add_sysctl() - @known: those of another object, that this one may replace */
static int add_sysctl(struct container_settings *settings, size_t known, const struct field *object, const char *text,
		      struct error *err)
{
	char key[SYSCTL_KEY_SIZE];

	if (!setting_key_parse(text, key))
		return error_set(err, ERROR_CONFIG, 0, "invalid net sysctl key: \"%.128s\"", text);
	size_t at = settings_find(settings, key);
	if (at < settings->sysctl_count && at >= known)
		return error_set(err, ERROR_CONFIG, 0, "%s: duplicated sysctl keys are not allowed: %s", object->path,
				 key);
	if (at == MAX_SYSCTLS)
		return error_set(err, ERROR_CONFIG, 0, "%s: at most %d entries are served", object->path, MAX_SYSCTLS);
	memcpy(settings->sysctls[at].key, key, sizeof key);
	if (at == settings->sysctl_count)
		settings->sysctl_count++;
	return read_value(&settings->sysctls[at], object, text, err);
}

static int read_sysctls(struct container_settings *settings, const struct field *parent, struct error *err)
{
	size_t known = settings->sysctl_count;
	struct field object;
	const json_t *value;
	const char *key;

	if (field_object(parent, "sysctl", &object, err) < 0)
		return -1;
	json_object_foreach((json_t *)(uintptr_t)object.json, key, value)
	{
		if (add_sysctl(settings, known, &object, key, err) < 0)
			return -1;
	}
	return 0;
}

static int read_object(struct container_settings *settings, const struct field *parent, struct error *err)
{
	int64_t length = settings->tx_queue_length;

	if (field_boolean(parent, "promisc", &settings->promisc, err) < 0 ||
	    field_boolean(parent, "allmulti", &settings->allmulti, err) < 0 ||
	    field_integer(parent, "txQLen", 0, INT_MAX, &length, err) < 0)
		return -1;
	settings->tx_queue_length = (uint32_t)length;
	settings->sizes_queue = settings->sizes_queue || field_get(parent, "txQLen").json;
	return read_sysctls(settings, parent, err);
}

int settings_read_interface(struct container_settings *settings, const struct field *root, const struct field *args_cni,
			    struct error *err)
{
	return read_object(settings, root, err) < 0 ? -1 : read_object(settings, args_cni, err);
}

int settings_read(struct container_settings *settings, const struct field *root, const struct field *args_cni,
		  struct error *err)
{
	if (settings_read_interface(settings, root, args_cni, err) < 0)
		return -1;
	return field_boolean(root, "sourceRouting", &settings->source_routing, err);
}

int settings_check_allowed(const struct container_settings *settings, const struct field *root,
			   const struct field *args_cni, struct error *err)
{
	if (settings->sysctl_count == 0)
		return 0;
	if (sysctls_allowed(field_get(root, "sysctl").json, err) < 0)
		return -1;
	return sysctls_allowed(field_get(args_cni, "sysctl").json, err);
}
