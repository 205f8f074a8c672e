/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, types and meanings of the reference bridge; what it takes in silence and cannot do is refused. */
#include "conf/bridge_config.h"

#include "conf/bridged.h"
#include "conf/environment.h"
#include "conf/marks.h"

#include <string.h>

static const struct {
	const char *key;
	enum bridge_flag flag;
} switches[] = {
	{"forceAddress", BRIDGE_FORCE_ADDRESS},
	{"hairpinMode", BRIDGE_HAIRPIN},
	{"promiscMode", BRIDGE_PROMISCUOUS},
	{"portIsolation", BRIDGE_ISOLATED},
	{"macspoofchk", BRIDGE_SPOOF_CHECK},
	{"enabledad", BRIDGE_DAD},
	{"disableContainerInterface", BRIDGE_CONTAINER_DOWN},
	{"preserveDefaultVlan", BRIDGE_KEEP_VLAN},
};

static int read_switches(struct bridge *bridge, const struct field *root, struct error *err)
{
	for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
		bool on = false;
		if (field_boolean(root, switches[i].key, &on, err) < 0)
			return -1;
		if (on)
			bridge->flags |= (uint16_t)switches[i].flag;
	}
	return 0;
}

static int read_name(struct attachment *wish, const struct field *root, const char *name, struct error *err)
{
	struct bridge *bridge = &wish->bridge;
	const char *given = "", *fault;

	if (field_text(root, "bridge", &given, err) < 0)
		return -1;
	if (given[0] != '\0')
		name = given;
	if (!name) {
		bridge_default_name(wish->id.network, bridge->vlan, bridge->name);
		return 0;
	}
	fault = ifname_fault(name);
	if (fault)
		return error_set(err, ERROR_CONFIG, 0, "bridge: \"%.64s\": %s", name, fault);
	if (strcmp(name, GATEWAY_BRIDGE) == 0)
		return error_set(err, ERROR_CONFIG, 0, "bridge: %s holds the gateways of routed networks", name);
	memcpy(bridge->name, name, strlen(name) + 1);
	return 0;
}

/** read_gateway() - who is the gateway, and whether there is a default route */
static int read_gateway(struct attachment *wish, const struct field *root, bool has_ipam,
			const struct bridge_defaults *defaults, struct error *err)
{
	bool gateway = defaults->gateway, default_gateway = false;
	const bool said = field_get(root, "isDefaultGateway").json != NULL;

	if (field_boolean(root, "isDefaultGateway", &default_gateway, err) < 0 ||
	    field_boolean(root, "isGateway", &gateway, err) < 0)
		return -1;
	if (!said)
		default_gateway = defaults->default_gateway && (gateway || wish->delegated);
	wish->default_routes = default_gateway;
	if (has_ipam && (gateway || (said && default_gateway)))
		wish->bridge.flags |= BRIDGE_GATEWAY;
	return 0;
}

static int read_vlan_id(const struct field *object, const char *key, int64_t *id, struct error *err)
{
	*id = -1;
	if (field_integer(object, key, INT32_MIN, INT32_MAX, id, err) < 0)
		return -1;
	if (field_get(object, key).json && (*id < 1 || *id > MAX_VLAN))
		return error_set(err, ERROR_CONFIG, 0, "incorrect trunk %s parameter: %s.%s is not between 1 and %d",
				 key, object->path, key, MAX_VLAN);
	return 0;
}

/** read_trunk() - {"id": 101} or {"minID": 200, "maxID": 210}, or both */
static int read_trunk(const struct field *item, struct vlan_range ranges[static 2], size_t *count, struct error *err)
{
	int64_t id, first, last;

	*count = 0;
	if (field_as_object(item, err) < 0 || read_vlan_id(item, "minID", &first, err) < 0 ||
	    read_vlan_id(item, "maxID", &last, err) < 0 || read_vlan_id(item, "id", &id, err) < 0)
		return -1;
	if ((first < 0) != (last < 0))
		return error_set(err, ERROR_CONFIG, 0,
				 "minID and maxID should be configured simultaneously, %s is missing: %s",
				 first < 0 ? "minID" : "maxID", item->path);
	if (first > last)
		return error_set(err, ERROR_CONFIG, 0, "minID is greater than maxID in trunk parameter: %s",
				 item->path);
	if (first > 0)
		ranges[(*count)++] = (struct vlan_range){(uint16_t)first, (uint16_t)last};
	if (id > 0)
		ranges[(*count)++] = (struct vlan_range){(uint16_t)id, (uint16_t)id};
	return *count ? 0 : error_set(err, ERROR_CONFIG, 0, "%s: neither id nor minID and maxID", item->path);
}

/** add_range() - keep the list ascending, and ranges that touch or overlap one. false: it is full */
static bool add_range(struct bridge *bridge, struct vlan_range range)
{
	size_t first = 0, last;

	while (first < bridge->trunk_count && bridge->trunks[first].last + 1 < range.first)
		first++;
	for (last = first; last < bridge->trunk_count && bridge->trunks[last].first <= range.last + 1; last++) {
		if (bridge->trunks[last].first < range.first)
			range.first = bridge->trunks[last].first;
		if (bridge->trunks[last].last > range.last)
			range.last = bridge->trunks[last].last;
	}
	if (first == last && bridge->trunk_count == MAX_VLAN_RANGES)
		return false;
	memmove(&bridge->trunks[first + 1], &bridge->trunks[last],
		(bridge->trunk_count - last) * sizeof bridge->trunks[0]);
	bridge->trunks[first] = range;
	bridge->trunk_count = (uint8_t)(bridge->trunk_count + 1 - (last - first));
	return true;
}

static int read_trunks(struct bridge *bridge, const struct field *root, struct error *err)
{
	struct field list;

	if (field_array(root, "vlanTrunk", &list, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&list); i++) {
		struct field item = field_item(&list, i);
		struct vlan_range ranges[2];
		size_t count;

		if (read_trunk(&item, ranges, &count, err) < 0)
			return -1;
		for (size_t j = 0; j < count; j++)
			if (!add_range(bridge, ranges[j]))
				return error_set(err, ERROR_CONFIG, 0, "vlanTrunk: more than %d ranges",
						 MAX_VLAN_RANGES);
	}
	return 0;
}

static int read_vlans(struct bridge *bridge, const struct field *root, struct error *err)
{
	int64_t vlan = 0;

	if (field_integer(root, "vlan", INT32_MIN, INT32_MAX, &vlan, err) < 0)
		return -1;
	if (vlan < 0 || vlan > MAX_VLAN)
		return error_set(err, ERROR_CONFIG, 0, "invalid VLAN ID %d (must be between 0 and %d)", (int)vlan,
				 MAX_VLAN);
	bridge->vlan = (uint16_t)vlan;
	return read_trunks(bridge, root, err);
}

/** check() - what contradicts itself */
static int check(const struct attachment *wish, bool has_ipam, struct error *err)
{
	const struct bridge *bridge = &wish->bridge;

	if (bridge_has(wish, BRIDGE_HAIRPIN) && bridge_has(wish, BRIDGE_PROMISCUOUS))
		return error_set(err, ERROR_CONFIG, 0, "cannot set hairpin mode and promiscuous mode at the same time");
	if (bridge_has(wish, BRIDGE_CONTAINER_DOWN) && has_ipam)
		return error_set(err, ERROR_CONFIG, 0, "cannot use IPAM when DisableContainerInterface flag is set");
	if (bridge_has(wish, BRIDGE_GATEWAY) && strlen(bridge->segment) >= IFNAMSIZ)
		return error_set(err, ERROR_CONFIG, 0, "bridge: the gateway's interface %s would have too long a name",
				 bridge->segment);
	return 0;
}

int bridge_config_read(struct attachment *wish, const struct field *root, bool has_ipam,
		       const struct bridge_defaults *defaults, struct error *err)
{
	if (read_vlans(&wish->bridge, root, err) < 0 || read_name(wish, root, defaults->name, err) < 0 ||
	    read_switches(&wish->bridge, root, err) < 0 || read_gateway(wish, root, has_ipam, defaults, err) < 0)
		return -1;
	bridge_name_segment(&wish->bridge);
	return check(wish, has_ipam, err);
}
