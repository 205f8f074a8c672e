/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a record's parts, and the two walks over it. */
#include "store/record_parts.h"

#include "store/members.h"
#include "store/record_bandwidth.h"
#include "store/record_bridge.h"
#include "store/record_chained.h"
#include "store/record_device.h"
#include "store/record_firewall.h"
#include "store/record_mark.h"
#include "store/record_moved.h"
#include "store/record_nat.h"
#include "store/record_reserved.h"
#include "store/record_settings.h"
#include "store/record_tap.h"
#include "store/record_tuning.h"
#include "store/record_vrf.h"

/** record_overlay_format() - the overlay itself is the network's, not the attachment's */
static int record_overlay_format(const struct attachment *attachment, json_t **value)
{
	if (attachment->in_overlay)
		*value = json_true();
	return 0;
}

static int record_overlay_parse(const json_t *value, struct attachment *into, struct error *err)
{
	into->in_overlay = json_is_true(value);
	return into->in_overlay ? 0 : member_refuse(err, "overlay", "is not true");
}

static const struct record_part parts[] = {
	{.key = "bandwidth", .format = record_bandwidth_format, .parse = record_bandwidth_parse},
	{.key = "bridge", .format = record_bridge_format, .parse = record_bridge_parse},
	{.key = "chained", .format = record_chained_format, .parse = record_chained_parse},
	{.key = "device", .format = record_device_format, .parse = record_device_parse},
	{.key = "firewall", .format = record_firewall_format, .parse = record_firewall_parse},
	{.key = "mark", .format = record_mark_format, .parse = record_mark_parse},
	{.key = "nat", .format = record_nat_format, .parse = record_nat_parse},
	{.key = "overlay", .format = record_overlay_format, .parse = record_overlay_parse},
	{.key = "reservations", .format = record_reserved_format, .parse = record_reserved_parse},
	{.key = "settings", .format = record_settings_format, .parse = record_settings_parse},
	{.key = "sourceRouting", .format = record_moved_format, .parse = record_moved_parse},
	{.key = "tap", .format = record_tap_format, .parse = record_tap_parse},
	{.key = "tuning", .format = record_tuning_format, .parse = record_tuning_parse},
	{.key = "vrf", .format = record_vrf_format, .parse = record_vrf_parse},
	{.key = NULL},
};

int record_parts_format(json_t *record, const struct attachment *attachment)
{
	for (const struct record_part *part = parts; part->key; part++) {
		json_t *value = NULL;
		if (part->format(attachment, &value) < 0 || (value && member_set(record, part->key, value) < 0))
			return -1;
	}
	return 0;
}

int record_parts_parse(const json_t *record, struct attachment *into, struct error *err)
{
	for (const struct record_part *part = parts; part->key; part++) {
		const json_t *value = json_object_get(record, part->key);
		if (value && part->parse(value, into, err) < 0)
			return -1;
	}
	return 0;
}
