/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference host-device. */
#include "conf/device_parts.h"
#include "conf/environment.h"
#include "conf/reference.h"

#include <string.h>

static const char DEVICES[] = "/sys/devices/";

static int check_name(const char *text, struct error *err)
{
	const char *fault = ifname_fault(text);

	return fault ? error_set(err, ERROR_CONFIG, 0, "device: \"%.64s\": %s", text, fault) : 0;
}

static int check_mac(const char *text, struct error *err)
{
	uint8_t mac[MAC_LENGTH];

	return mac_parse(text, mac) ? 0
				    : error_set(err, ERROR_CONFIG, 0, "failed to parse MAC address \"%.64s\"", text);
}

static int check_path(const char *text, struct error *err)
{
	if (strncmp(text, DEVICES, sizeof DEVICES - 1) == 0 && !strstr(text, "/../"))
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "kernel device path \"%.128s\" must be absolute and begin with %s", text,
			 DEVICES);
}

/** check_bus() - it becomes a component of a path */
static int check_bus(const char *text, struct error *err)
{
	if (!strchr(text, '/') && !strpbrk(text, "*?[") && strcmp(text, ".") != 0 && strcmp(text, "..") != 0)
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "pciBusID: \"%.64s\" is no address of a device", text);
}

/* The first that is given counts */
static const struct choice {
	const char *key;
	enum device_by by;
	int (*check)(const char *text, struct error *err);
} choices[] = {
	{"device", DEVICE_BY_NAME, check_name},
	{"hwaddr", DEVICE_BY_MAC, check_mac},
	{"kernelpath", DEVICE_BY_PATH, check_path},
	{"pciBusID", DEVICE_BY_BUS, check_bus},
};

static int choose(struct device *device, const struct field *root, const struct field *runtime, struct error *err)
{
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		const struct choice *choice = &choices[i];
		const char *text = "";

		if (field_text(root, choice->key, &text, err) < 0)
			return -1;
		if (choice->by == DEVICE_BY_BUS && field_text(runtime, "deviceID", &text, err) < 0)
			return -1;
		if (text[0] == '\0')
			continue;
		device->by = choice->by;
		device->wanted = text;
		return choice->check(text, err);
	}
	return error_set(err, ERROR_CONFIG, 0, "specify either \"device\", \"hwaddr\", \"kernelpath\" or \"pciBusID\"");
}

/** is_chosen_later() - by the runtime, which tells ADD, but not STATUS */
static bool is_chosen_later(const struct request *request, const struct field *root)
{
	const struct field capabilities = field_get(root, "capabilities");

	return request->command == COMMAND_STATUS && json_is_true(field_get(&capabilities, "deviceID").json);
}

int reference_host_device_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct parts parts;
	bool has_ipam;

	if (device_begin(request, root, &parts, &has_ipam, err) < 0)
		return -1;
	if (!is_chosen_later(request, root) && choose(&wish->device, root, &parts.runtime, err) < 0)
		return -1;
	return device_read_dns(wish, &parts, err);
}
