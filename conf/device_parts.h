/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reference plugins that make or move a device have in common. */
#pragma once

#include "conf/wish_parts.h"

/**
 * device_begin() - a wish of MODE_DEVICE: @parts, addresses where IPAM gives any, MTU
 * @has_ipam: whether it does
 */
int device_begin(struct request *request, const struct field *root, struct parts *parts, bool *has_ipam,
		 struct error *err);

/** device_read_master() - "master" and "linkInContainer" */
int device_read_master(struct device *device, const struct field *root, struct error *err);

/** device_read_dns() - the configuration's alone */
int device_read_dns(struct attachment *wish, const struct parts *parts, struct error *err);

/** device_read_name() - the name of an interface, "" when absent; ERROR_CONFIG for text that cannot be one */
int device_read_name(const struct field *root, const char *key, char name[static IFNAMSIZ], struct error *err);
