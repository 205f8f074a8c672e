/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the plain members of a record, once for writing and reading. */
#pragma once

#include "conf/attachment.h"

#include <stddef.h>

enum { STATE_COUNT = 3, PORT_TEXT_SIZE = 128 };

static const char *const state_names[STATE_COUNT] = {
	[ATTACHMENT_PENDING] = "pending",
	[ATTACHMENT_READY] = "ready",
	[ATTACHMENT_REMOVING] = "removing",
};

#define TEXT_FIELD(json, member, least)                                                                                \
	{                                                                                                              \
		.key = (json), .offset = offsetof(struct attachment, member),                                          \
		.size = sizeof(((struct attachment *)NULL)->member), .minimum = (least)                                \
	}

/** text_fields - @size: of the array, bytes; @minimum: length below which it is no record */
static const struct text_field {
	const char *key;
	size_t offset, size, minimum;
} text_fields[] = {
	TEXT_FIELD("network", id.network, 1),  TEXT_FIELD("container", id.container, 1),
	TEXT_FIELD("interface", id.ifname, 1), TEXT_FIELD("kind", id.kind, 1),
	TEXT_FIELD("netns", netns, 0),	       TEXT_FIELD("hostInterface", host_ifname, 0),
};

static const struct flag_field {
	const char *key;
	size_t offset;
} flag_fields[] = {
	{"masqueradeIPv4", offsetof(struct attachment, masquerade_ipv4)},
	{"masqueradeIPv6", offsetof(struct attachment, masquerade_ipv6)},
	{"defaultRoutes", offsetof(struct attachment, default_routes)},
	{"forwardGuard", offsetof(struct attachment, forward_guard)},
	{"delegated", offsetof(struct attachment, delegated)},
};

static const struct mac_field {
	const char *key;
	size_t offset;
} mac_fields[] = {
	{"hostMac", offsetof(struct attachment, host_mac)},
	{"mac", offsetof(struct attachment, mac)},
	{"tunedMac", offsetof(struct attachment, tuned_mac)},
};

/** route_numbers - members of a route that are left out when they are 0 */
static const struct route_number {
	const char *key;
	size_t offset;
} route_numbers[] = {
	{"mtu", offsetof(struct route, mtu)},
	{"advmss", offsetof(struct route, advmss)},
	{"priority", offsetof(struct route, priority)},
};

/** dns_lists - @size: of one entry, bytes; @limit: entries; @count: offset of their number, a uint8_t */
static const struct dns_list {
	const char *key;
	size_t offset, size, limit, count;
} dns_lists[] = {
	{"nameservers", offsetof(struct dns, nameservers), 64, MAX_NAMESERVERS, offsetof(struct dns, nameserver_count)},
	{"search", offsetof(struct dns, search), 256, MAX_DNS_WORDS, offsetof(struct dns, search_count)},
	{"options", offsetof(struct dns, options), 64, MAX_DNS_WORDS, offsetof(struct dns, option_count)},
};

#define LENGTH_OF(table) (sizeof(table) / sizeof((table)[0]))

/** port_format() - "tcp any 8080-8089 to 80-89". Return: @text */
const char *port_format(const struct port_mapping *mapping, char text[static PORT_TEXT_SIZE]);
