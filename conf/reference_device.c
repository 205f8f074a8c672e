/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference macvlan, ipvlan, vlan and dummy. */
#include "conf/chained_config.h"
#include "conf/cni_result.h"
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

static const struct mode_name ipvlan_modes[] = {
	{"l2", IPVLAN_MODE_L2},
	{"l3", IPVLAN_MODE_L3},
	{"l3s", IPVLAN_MODE_L3S},
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

/** borrow_master() - what the plugin before has made, if it is one thing */
static int borrow_master(struct device *device, const struct cni_result *result, struct error *err)
{
	const char *name = result->interface_count == 1 ? result->interfaces[0].name : "";

	if (name[0] == '\0' || strlen(name) >= IFNAMSIZ)
		return error_set(err, ERROR_CONFIG, 0,
				 "chained master failure. PrevResult lacks a single named interface");
	memcpy(device->master, name, strlen(name) + 1);
	return 0;
}

/** borrow_addresses() - with their routes, to be put on an interface of ours */
static int borrow_addresses(struct attachment *wish, const struct cni_result *result, struct error *err)
{
	if (result->address_count == 0)
		return error_set(err, ERROR_CONFIG, 0, "IPAM plugin returned missing IP config");
	for (size_t i = 0; i < result->address_count; i++)
		wish->addresses[i] = (struct address){.ip = result->addresses[i].ip,
						      .subnet = result->addresses[i].subnet,
						      .gateway = result->addresses[i].next_hop};
	wish->address_count = result->address_count;
	memcpy(wish->routes, result->routes, result->route_count * sizeof *result->routes);
	wish->route_count = result->route_count;
	wish->device.lent = true;
	return 0;
}

/** borrow() - what an ipvlan behind another plugin does not say itself */
static int borrow(struct request *request, bool has_ipam, struct error *err)
{
	struct attachment *wish = &request->wish;

	if (chained_read_result(request, err) < 0)
		return -1;
	if (wish->device.master[0] == '\0' && borrow_master(&wish->device, request->so_far, err) < 0)
		return -1;
	return has_ipam ? 0 : borrow_addresses(wish, request->so_far, err);
}

int reference_ipvlan_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct parts parts;
	bool has_ipam;

	if (device_begin(request, root, &parts, &has_ipam, err) < 0 ||
	    device_read_master(&wish->device, root, err) < 0 ||
	    read_mode(&wish->device, root, "ipvlan", ipvlan_modes, err) < 0 || device_read_dns(wish, &parts, err) < 0)
		return -1;
	/* the result that CHECK is given is of the whole chain, and the record knows what was before */
	if (request->prev_result && request->command == COMMAND_ADD)
		return borrow(request, has_ipam, err);
	return has_ipam || request->command != COMMAND_ADD
		       ? 0
		       : error_set(err, ERROR_CONFIG, 0, "IPAM config missing 'ipam' key");
}

int reference_vlan_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct parts parts;
	int64_t vlan = 0;
	bool has_ipam;

	if (device_begin(request, root, &parts, &has_ipam, err) < 0 ||
	    device_read_master(&wish->device, root, err) < 0 ||
	    field_integer(root, "vlanId", INT32_MIN, INT32_MAX, &vlan, err) < 0)
		return -1;
	if (wish->device.master[0] == '\0')
		return error_set(
			err, ERROR_CONFIG, 0,
			"\"master\" field is required. It specifies the host interface name to create the VLAN for");
	if (vlan < 0 || vlan > MAX_VLAN)
		return error_set(err, ERROR_CONFIG, 0, "invalid VLAN ID %d (must be between 0 and 4095 inclusive)",
				 (int)vlan);
	if (!has_ipam)
		return error_set(err, ERROR_CONFIG, 0, "IPAM config missing 'ipam' key");
	wish->device.vlan = (uint16_t)vlan;
	return device_read_dns(wish, &parts, err);
}

int reference_dummy_read(struct request *request, const struct field *root, struct error *err)
{
	struct parts parts;
	bool has_ipam;

	if (device_begin(request, root, &parts, &has_ipam, err) < 0)
		return -1;
	if (!has_ipam)
		return error_set(err, ERROR_CONFIG, 0, "dummy interface requires an IPAM configuration");
	/* it has no other */
	parts.dns.json = NULL;
	return parts_read_dns(request, &parts, err);
}
