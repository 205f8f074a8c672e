/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part "device" of a record. */
#include "store/record_device.h"

#include "store/members.h"

#include <stddef.h>
#include <string.h>

enum { MAX_VLAN_NUMBER = 4094 };

static const struct name {
	const char *key;
	size_t offset;
} names[] = {
	{"master", offsetof(struct device, master)},
	{"bridge", offsetof(struct device, bridge)},
};

static const struct flag {
	const char *key;
	size_t offset;
} flags[] = {
	{"inside", offsetof(struct device, inside)},
	{"lent", offsetof(struct device, lent)},
	{"wasUp", offsetof(struct device, was_up)},
	{"userspace", offsetof(struct device, userspace)},
};

enum { NAME_COUNT = sizeof names / sizeof *names, FLAG_COUNT = sizeof flags / sizeof *flags };

int record_device_format(const struct attachment *attachment, json_t **value)
{
	const struct device *device = &attachment->device;
	int status = 0;

	if (attachment->mode != MODE_DEVICE)
		return 0;
	*value = json_object();
	for (size_t i = 0; i < NAME_COUNT; i++)
		status |= member_set(*value, names[i].key, json_string((const char *)device + names[i].offset));
	for (size_t i = 0; i < FLAG_COUNT; i++)
		status |= member_set(*value, flags[i].key,
				     json_boolean(*(const bool *)((const char *)device + flags[i].offset)));
	status |= member_set(*value, "variant", json_integer(device->variant)) |
		  member_set(*value, "vlan", json_integer(device->vlan)) |
		  member_set(*value, "queue", json_integer(device->queue));
	if (status != 0)
		json_decref(*value);
	return status;
}

static int read_names(const json_t *value, struct device *device, struct error *err)
{
	for (size_t i = 0; i < NAME_COUNT; i++) {
		const char *name = member_text(value, names[i].key, IFNAMSIZ - 1, err);
		if (!name)
			return -1;
		memcpy((char *)device + names[i].offset, name, strlen(name) + 1);
	}
	return 0;
}

static int read_flags(const json_t *value, struct device *device, struct error *err)
{
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const json_t *flag = json_object_get(value, flags[i].key);
		if (!json_is_boolean(flag))
			return member_refuse(err, flags[i].key, "is missing or neither true nor false");
		*(bool *)((char *)device + flags[i].offset) = json_is_true(flag);
	}
	return 0;
}

int record_device_parse(const json_t *value, struct attachment *into, struct error *err)
{
	struct device *device = &into->device;
	uint32_t variant, vlan;

	if (read_names(value, device, err) < 0 || read_flags(value, device, err) < 0 ||
	    member_number(value, "variant", UINT8_MAX, &variant, err) < 0 ||
	    member_number(value, "vlan", MAX_VLAN_NUMBER, &vlan, err) < 0 ||
	    member_number(value, "queue", UINT32_MAX, &device->queue, err) < 0)
		return -1;
	device->variant = (uint8_t)variant;
	device->vlan = (uint16_t)vlan;
	return 0;
}
