/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys that our readers look at, object by object. */
#include "conf/known_keys.h"

#include "conf/network.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_KEYS = 96, MAX_DEPTH = 8, PLACE_SIZE = 64 };

#define KEYS(...)                                                                                                      \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}

/** objects - @place: path without indices; what is not listed is not looked into */
static const struct object {
	const char *place;
	const char *const *keys;
} objects[] = {
	{"",
	 KEYS("cniVersion", "name", "type", "capabilities", "args", "runtimeConfig", "prevResult", "dns", "ipam",
	      "mode", "mtu", "mac", "ipMasq", "ipMasqExclude", "forwardGuard", "dockerUser", "firewall", "overlay",
	      "nat", "mark", "sysctl", "promisc", "allmulti", "txQLen", "sourceRouting", "ingressRate", "ingressBurst",
	      "egressRate", "egressBurst", "bridge", "vlan", "vlanTrunk", "portIsolation", "macspoofchk", "isGateway",
	      "isDefaultGateway", "forceAddress", "hairpinMode", "preserveDefaultVlan", "promiscMode", "enabledad",
	      "disableContainerInterface", "conditionsV4", "conditionsV6", "multiQueue", "owner", "group",
	      "selinuxContext", "backend", "snat", "masqAll", "markMasqBit", "externalSetMarkChain", "ingressPolicy",
	      "iptablesAdminChainName", "firewalldZone", "dataDir", "table", "gateways", "addSourceHints",
	      "shapedSubnets", "unshapedSubnets", "master", "linkInContainer", "bcqueuelen", "vlanId", "vrfname",
	      "table", "device", "hwaddr", "kernelpath", "pciBusID")},
	{"capabilities",
	 KEYS("portMappings", "bandwidth", "ips", "ipRanges", "mac", "dns", "aliases", "nat", "deviceID")},
	{"dns", KEYS("nameservers", "domain", "search", "options")},
	{"ipam", KEYS("type", "dataDir", "subnet", "rangeStart", "rangeEnd", "gateway", "ranges", "routes",
		      "resolvConf", "addresses", "dns")},
	{"ipam.ranges[][]", KEYS("subnet", "rangeStart", "rangeEnd", "gateway")},
	{"ipam.routes[]", KEYS("dst", "gw", "mtu", "advmss", "priority", "table", "scope")},
	{"ipam.addresses[]", KEYS("address", "gateway")},
	{"ipam.dns", KEYS("nameservers", "domain", "search", "options")},
	{"overlay", KEYS("kind", "local", "device", "network", "ttl", "mtu", "port", "peers", "vni", "keepalive",
			 "privateKeyFile", "peersFile", "subnetFile", "comment")},
	{"overlay.peers[]", KEYS("host", "subnets", "pointToPoint", "address", "peerAddress", "publicKey", "port")},
	{"nat", KEYS("static", "snat", "pool", "ports", "announce")},
	{"nat.static[]", KEYS("private", "public")},
	{"runtimeConfig",
	 KEYS("portMappings", "bandwidth", "ips", "ipRanges", "mac", "dns", "aliases", "nat", "deviceID")},
	{"runtimeConfig.bandwidth", KEYS("ingressRate", "ingressBurst", "egressRate", "egressBurst")},
	{"runtimeConfig.nat", KEYS("static", "snat", "pool", "ports", "announce")},
	{"runtimeConfig.nat.static[]", KEYS("private", "public")},
	{"vlanTrunk[]", KEYS("id", "minID", "maxID")},
};

static const struct object *find_object(const char *place)
{
	for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
		if (strcmp(objects[i].place, place) == 0)
			return &objects[i];
	return NULL;
}

static const char *find_key(const struct object *object, const char *key)
{
	for (size_t i = 0; object->keys[i]; i++)
		if (strcasecmp(object->keys[i], key) == 0)
			return object->keys[i];
	return NULL;
}

static void remember(struct unknown_keys *unknown, const struct field *field)
{
	if (unknown->count < MAX_UNKNOWN_KEYS)
		memcpy(unknown->paths[unknown->count], field->path, sizeof field->path);
	unknown->count++;
}

static void look_at(const struct field *field, const char *place, unsigned depth, struct unknown_keys *unknown);

static void look_into_object(const struct field *field, const char *place, unsigned depth, struct unknown_keys *unknown)
{
	const struct object *object = find_object(place);
	char below[PLACE_SIZE];
	const json_t *value;
	const char *key;

	if (!object)
		return;
	json_object_foreach((json_t *)(uintptr_t)field->json, key, value)
	{
		const char *known = find_key(object, key);
		const struct field member = field_get(field, key);
		(void)snprintf(below, sizeof below, "%s%s%s", place, place[0] ? "." : "", known ? known : "");
		if (known)
			look_at(&member, below, depth - 1, unknown);
		else
			remember(unknown, &member);
	}
}

static void look_at(const struct field *field, const char *place, unsigned depth, struct unknown_keys *unknown)
{
	char below[PLACE_SIZE];

	if (depth == 0)
		return;
	if (json_is_object(field->json))
		look_into_object(field, place, depth, unknown);
	(void)snprintf(below, sizeof below, "%s[]", place);
	for (size_t i = 0; i < field_count(field); i++) {
		const struct field item = field_item(field, i);
		look_at(&item, below, depth - 1, unknown);
	}
}

void known_keys_find(const struct field *plugin, struct unknown_keys *unknown)
{
	struct network network = {.mtu = 0};
	struct error ignored = ERROR_INIT;
	struct field root = *plugin;
	json_auto_t *without = NULL;

	unknown->count = 0;
	/* a delegate's keys are its own; what is wrong with the name is somebody else's to say */
	if (network_read_store(&network, plugin, false, NULL, &ignored) == 0 && network.ipam_type[0]) {
		without = json_copy((json_t *)(uintptr_t)plugin->json);
		(void)json_object_del(without, "ipam");
		root.json = without;
	}
	look_at(&root, "", MAX_DEPTH, unknown);
}
