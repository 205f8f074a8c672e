/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bridge mode: what the kernel and the store are told follows from here. */
#include "conf/bridged.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

static const char PREFIX[] = "cb-";

enum { SALT_NAME = 1, SALT_MAC, HASH_DIGITS = 16 };

bool bridge_has(const struct attachment *attachment, enum bridge_flag flag)
{
	return attachment->mode == MODE_BRIDGE && attachment->bridge.flags & flag;
}

bool bridge_filters_vlans(const struct bridge *bridge)
{
	return bridge->vlan || bridge->trunk_count;
}

void bridge_default_name(const char *network, bool has_vlan, char name[static IFNAMSIZ])
{
	const size_t room = IFNAMSIZ - sizeof PREFIX - (has_vlan ? strlen(".4094") : 0);
	const uint64_t hash = hash_finish(hash_text(hash_begin(), network), SALT_NAME);
	char digits[HASH_DIGITS + 1];

	(void)snprintf(digits, sizeof digits, "%016llx", (unsigned long long)hash);
	(void)snprintf(name, IFNAMSIZ, "%s%.*s", PREFIX, (int)room, strlen(network) <= room ? network : digits);
}

void bridge_name_segment(struct bridge *bridge)
{
	if (bridge->vlan)
		(void)snprintf(bridge->segment, sizeof bridge->segment, "%s.%u", bridge->name, bridge->vlan);
	else
		(void)snprintf(bridge->segment, sizeof bridge->segment, "%s", bridge->name);
}

void bridge_mac(const char *name, uint8_t mac[static MAC_LENGTH])
{
	uint64_t hash = hash_finish(hash_text(hash_begin(), name), SALT_MAC);

	for (size_t i = 0; i < MAC_LENGTH; i++, hash >>= 8)
		mac[i] = (uint8_t)hash;
	/* locally administered (bit 1), no group address (bit 0): IEEE 802, section 8 */
	mac[0] = (uint8_t)((mac[0] | 2) & ~1);
}

void bridge_complete(struct attachment *attachment)
{
	if (!bridge_has(attachment, BRIDGE_GATEWAY))
		return;
	for (size_t i = 0; i < attachment->address_count; i++) {
		struct address *address = &attachment->addresses[i];
		if (!ip_is_set(&address->gateway) && address->subnet.length < ip_bits(address->subnet.ip.family))
			address->gateway = ip_add(&address->subnet.ip, 1);
	}
}

bool attachment_is_routed(const struct attachment *attachment)
{
	return (attachment->mode & (MODE_ROUTED | MODE_TAP)) || bridge_has(attachment, BRIDGE_GATEWAY);
}

struct prefix attachment_prefix(const struct attachment *attachment, const struct address *address)
{
	const bool host_only = attachment->mode == MODE_TAP
				       ? address->ip.family == AF_INET6
				       : attachment->mode == MODE_ROUTED && !attachment->point_to_point;

	if (host_only)
		return prefix_of_host(&address->ip);
	return (struct prefix){.ip = address->ip, .length = address->subnet.length};
}
