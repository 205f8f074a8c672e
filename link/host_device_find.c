/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysfs shows the interfaces of a device in its folder "net". */
#include "link/host_device_find.h"

#include "link/inside.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char PCI_DEVICES[] = "/sys/bus/pci/devices";

/* Where a device has that folder; virtio has a device of its own in between */
static const char *const bus_places[] = {
	"/sys/bus/pci/devices/%s/net",
	"/sys/bus/pci/devices/%s/virtio*/net",
	"/sys/bus/auxiliary/devices/%s/net",
};

static const char *const userspace_drivers[] = {"vfio-pci", "uio_pci_generic", "igb_uio"};

static bool has_mac(const struct attachment *want, const struct link_state *link)
{
	uint8_t mac[MAC_LENGTH];

	return mac_parse(want->device.wanted, mac) && memcmp(mac, link->mac, MAC_LENGTH) == 0;
}

/** find_in() - the first interface of a folder "net" */
static int find_in(const char *folder, struct rtnl *host, struct link_state *found, bool *exists, struct error *err)
{
	DIR *entries = opendir(folder);
	const struct dirent *entry;
	int status = 0;

	*exists = false;
	if (!entries)
		return 0;
	while (status == 0 && !*exists && (entry = readdir(entries)))
		if (entry->d_name[0] != '.')
			status = link_query(host, entry->d_name, found, exists, err);
	(void)closedir(entries);
	return status;
}

static int find_by_path(const char *path, struct rtnl *host, struct link_state *found, bool *exists, struct error *err)
{
	char folder[PATH_MAX];

	*exists = false;
	if (snprintf(folder, sizeof folder, "%s/net", path) >= (int)sizeof folder)
		return 0;
	return find_in(folder, host, found, exists, err);
}

static int find_on_bus(const char *address, struct rtnl *host, struct link_state *found, bool *exists,
		       struct error *err)
{
	char pattern[PATH_MAX];
	int status = 0;

	*exists = false;
	for (size_t i = 0; i < sizeof bus_places / sizeof *bus_places && status == 0 && !*exists; i++) {
		int gap = (int)(strchr(bus_places[i], '%') - bus_places[i]);
		glob_t places;

		(void)snprintf(pattern, sizeof pattern, "%.*s%.255s%s", gap, bus_places[i], address,
			       bus_places[i] + gap + 2);
		if (glob(pattern, 0, NULL, &places) != 0)
			continue;
		for (size_t j = 0; j < places.gl_pathc && status == 0 && !*exists; j++)
			status = find_in(places.gl_pathv[j], host, found, exists, err);
		globfree(&places);
	}
	return status;
}

static int find(const struct attachment *want, struct rtnl *host, struct link_state *found, bool *exists,
		struct error *err)
{
	const struct device *device = &want->device;

	switch (device->by) {
	case DEVICE_BY_NAME:
		return link_query(host, device->wanted, found, exists, err);
	case DEVICE_BY_MAC:
		return links_find(host, want, has_mac, found, exists, err);
	case DEVICE_BY_PATH:
		return find_by_path(device->wanted, host, found, exists, err);
	case DEVICE_BY_BUS:
		return find_on_bus(device->wanted, host, found, exists, err);
	}
	return error_set(err, ERROR_INTERNAL, 0, "device by %d", (int)device->by);
}

int host_device_find(const struct attachment *want, struct rtnl *host, struct link_state *found, struct error *err)
{
	bool exists;

	if (find(want, host, found, &exists, err) < 0)
		return -1;
	return exists ? 0
		      : error_set(err, ERROR_CONFIG, 0, "failed to find host device: no interface \"%.128s\"",
				  want->device.wanted);
}

int host_device_is_userspace(const struct attachment *want, bool *userspace, struct error *err)
{
	char path[PATH_MAX], driver[PATH_MAX];

	*userspace = false;
	if (want->device.by != DEVICE_BY_BUS)
		return 0;
	(void)snprintf(path, sizeof path, "%s/%.255s", PCI_DEVICES, want->device.wanted);
	if (access(path, F_OK) < 0)
		return 0; /* perhaps of another bus: whoever looks for its interface will tell */
	(void)snprintf(path, sizeof path, "%s/%.255s/driver", PCI_DEVICES, want->device.wanted);
	ssize_t length = readlink(path, driver, sizeof driver - 1);
	if (length < 0)
		return error_set(err, ERROR_CONFIG, errno, "error with host device: %s", path);
	driver[length] = '\0';
	const char *name = strrchr(driver, '/') ? strrchr(driver, '/') + 1 : driver;
	for (size_t i = 0; i < sizeof userspace_drivers / sizeof *userspace_drivers; i++)
		*userspace = *userspace || strcmp(name, userspace_drivers[i]) == 0;
	return 0;
}
