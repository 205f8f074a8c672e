/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys that several kinds of devices have. */
#include "conf/device_parts.h"

#include "conf/dns.h"
#include "conf/environment.h"
#include "conf/network.h"

#include <string.h>

int device_begin(struct request *request, const struct field *root, struct parts *parts, bool *has_ipam,
		 struct error *err)
{
	struct attachment *wish = &request->wish;

	request->network.mode = wish->mode = MODE_DEVICE;
	if (parts_read(parts, request, root, err) < 0)
		return -1;
	*has_ipam = !parts_have_no_ipam(request, parts);
	if (parts_read_addresses(request, parts, *has_ipam, err) < 0 ||
	    network_read_mtu(&request->network, root, err) < 0)
		return -1;
	wish->mtu = request->network.mtu;
	wish->default_routes = false;
	return 0;
}

int device_read_name(const struct field *root, const char *key, char name[static IFNAMSIZ], struct error *err)
{
	const char *text = "", *fault;

	name[0] = '\0';
	if (field_text(root, key, &text, err) < 0)
		return -1;
	if (text[0] == '\0')
		return 0;
	fault = ifname_fault(text);
	if (fault)
		return error_set(err, ERROR_CONFIG, 0, "%s: \"%.64s\": %s", key, text, fault);
	memcpy(name, text, strlen(text) + 1);
	return 0;
}

int device_read_master(struct device *device, const struct field *root, struct error *err)
{
	return device_read_name(root, "master", device->master, err) < 0
		       ? -1
		       : field_boolean(root, "linkInContainer", &device->inside, err);
}

int device_read_dns(struct attachment *wish, const struct parts *parts, struct error *err)
{
	wish->delegate.without_dns = true;
	return dns_read(&wish->dns, &parts->dns, err);
}
