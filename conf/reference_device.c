/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference macvlan. */
#include "conf/device_parts.h"
#include "conf/reference.h"

#include <linux/if_link.h>
#include <string.h>

/** struct mode_name - a word and the kernel's number for it; the first is the default */
struct mode_name {
	const char *name;
	uint8_t number;
};

static const struct mode_name macvlan_modes[] = {
	{"bridge", MACVLAN_MODE_BRIDGE},
	{"private", MACVLAN_MODE_PRIVATE},
	{"vepa", MACVLAN_MODE_VEPA},
	{"passthru", MACVLAN_MODE_PASSTHRU},
	{NULL, 0},
};

/** read_mode() - "mode" out of a list that ends without a name */
static int read_mode(struct device *device, const struct field *root, const char *kind, const struct mode_name *modes,
		     struct error *err)
{
	const char *name = modes->name;

	if (field_text(root, "mode", &name, err) < 0)
		return -1;
	if (name[0] == '\0')
		name = modes->name;
	for (const struct mode_name *mode = modes; mode->name; mode++)
		if (strcmp(mode->name, name) == 0) {
			device->variant = mode->number;
			return 0;
		}
	return error_set(err, ERROR_CONFIG, 0, "unknown %s mode: \"%.64s\"", kind, name);
}

int reference_macvlan_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct device *device = &wish->device;
	struct parts parts;
	bool has_ipam;

	if (device_begin(request, root, &parts, &has_ipam, err) < 0 || device_read_master(device, root, err) < 0 ||
	    read_mode(device, root, "macvlan", macvlan_modes, err) < 0 ||
	    field_uint32(root, "bcqueuelen", &device->queue, err) < 0)
		return -1;
	return parts_read_mac(wish, &parts, err) < 0 ? -1 : device_read_dns(wish, &parts, err);
}
