/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part "bridge" of a record. */
#include "store/record_bridge.h"

#include "conf/bridged.h"
#include "conf/environment.h"
#include "store/members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANGE_SIZE = 16 };

static const struct {
	const char *word;
	enum bridge_flag flag;
} words[] = {
	{"gateway", BRIDGE_GATEWAY},
	{"forceAddress", BRIDGE_FORCE_ADDRESS},
	{"hairpin", BRIDGE_HAIRPIN},
	{"promiscuous", BRIDGE_PROMISCUOUS},
	{"isolated", BRIDGE_ISOLATED},
	{"spoofCheck", BRIDGE_SPOOF_CHECK},
	{"dad", BRIDGE_DAD},
	{"containerDown", BRIDGE_CONTAINER_DOWN},
	{"keepDefaultVlan", BRIDGE_KEEP_VLAN},
};

static int format_lists(const struct bridge *bridge, json_t *object)
{
	json_t *flags = json_array(), *trunks = json_array();
	char range[RANGE_SIZE];
	int status = 0;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (bridge->flags & words[i].flag)
			status |= json_array_append_new(flags, json_string(words[i].word));
	for (size_t i = 0; i < bridge->trunk_count; i++) {
		(void)snprintf(range, sizeof range, "%u-%u", bridge->trunks[i].first, bridge->trunks[i].last);
		status |= json_array_append_new(trunks, json_string(range));
	}
	status |= member_set(object, "flags", flags);
	return status | member_set(object, "trunks", trunks);
}

int record_bridge_format(const struct attachment *attachment, json_t **value)
{
	const struct bridge *bridge = &attachment->bridge;

	if (attachment->mode != MODE_BRIDGE)
		return 0;
	*value = json_object();
	int status = member_set(*value, "name", json_string(bridge->name));
	status |= member_set(*value, "vlan", json_integer(bridge->vlan));
	status |= member_set(*value, "madeGateways", json_integer(bridge->made));
	status |= format_lists(bridge, *value);
	if (status != 0)
		json_decref(*value);
	return status;
}

static int parse_flags(const json_t *value, struct bridge *bridge, struct error *err)
{
	const size_t known = sizeof words / sizeof *words;
	const json_t *list;
	int count = member_list(value, "flags", known, &list, err);

	for (int i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(list, (size_t)i));
		size_t word = 0;

		while (word < known && (!text || strcmp(text, words[word].word) != 0))
			word++;
		if (word == known)
			return member_refuse(err, "flags", "has a word that is none of ours");
		bridge->flags |= (uint16_t)words[word].flag;
	}
	return count < 0 ? -1 : 0;
}

/** parse_range() - "200-210": whatever would be written differently is refused */
static bool parse_range(const char *text, struct vlan_range *range)
{
	char *rest, again[RANGE_SIZE];
	unsigned long first = strtoul(text, &rest, 10);
	unsigned long last = *rest == '-' ? strtoul(rest + 1, NULL, 10) : 0;

	if (first < 1 || first > last || last > MAX_VLAN)
		return false;
	*range = (struct vlan_range){(uint16_t)first, (uint16_t)last};
	(void)snprintf(again, sizeof again, "%u-%u", range->first, range->last);
	return strcmp(again, text) == 0;
}

static int parse_trunks(const json_t *value, struct bridge *bridge, struct error *err)
{
	const json_t *list;
	int count = member_list(value, "trunks", MAX_VLAN_RANGES, &list, err);

	for (int i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(list, (size_t)i));

		if (!text || !parse_range(text, &bridge->trunks[i]))
			return member_refuse(err, "trunks", "holds something that is no range of VLANs");
	}
	bridge->trunk_count = (uint8_t)(count < 0 ? 0 : count);
	return count < 0 ? -1 : 0;
}

int record_bridge_parse(const json_t *value, struct attachment *into, struct error *err)
{
	struct bridge *bridge = &into->bridge;
	const char *name = member_text(value, "name", sizeof bridge->name - 1, err);
	uint32_t vlan = 0, made = 0;

	if (!name)
		return -1;
	if (name[0] == '\0' || ifname_fault(name))
		return member_refuse(err, "name", "is no interface name");
	if (member_number(value, "vlan", MAX_VLAN, &vlan, err) < 0 ||
	    member_number(value, "madeGateways", UINT16_MAX, &made, err) < 0 || parse_flags(value, bridge, err) < 0 ||
	    parse_trunks(value, bridge, err) < 0)
		return -1;
	memcpy(bridge->name, name, strlen(name) + 1);
	bridge->vlan = (uint16_t)vlan;
	bridge->made = (uint16_t)made;
	bridge_name_segment(bridge);
	return 0;
}
