/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of type "cambric" that concern the network as a whole. */
#include "conf/network.h"

#include <limits.h>
#include <string.h>

static const char DEFAULT_DATA_DIR[] = "/run/cambric", DEFAULT_RESERVATIONS[] = "/var/lib/cni/networks";
static const char HOST_LOCAL[] = "host-local", STATIC[] = "static";

/* RFC 791: every link carries 68 bytes; 65535 is the largest IP packet and what the kernel allows a veth */
enum { MIN_MTU = 68, MAX_MTU = 65535 };

static const char *const built_in_types[] = {"", "cambric", "host-local", "static"};

/* Keys of the design that this version does not serve */
static const char *const unserved[] = {
	"selinuxContext",
};

/* Keys that say something in one mode only: whoever writes them relies on it */
static const struct {
	const char *key;
	enum mode mode;
} of_one_mode[] = {
	{"bridge", MODE_BRIDGE},      {"vlan", MODE_BRIDGE},
	{"vlanTrunk", MODE_BRIDGE},   {"portIsolation", MODE_BRIDGE},
	{"macspoofchk", MODE_BRIDGE}, {"multiQueue", MODE_TAP},
	{"owner", MODE_TAP},	      {"group", MODE_TAP},
};

static bool has_parent_component(const char *path)
{
	for (const char *part = path; part; part = strchr(part, '/')) {
		part += strspn(part, "/");
		if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
			return true;
	}
	return false;
}

/** read_data_dir() - "ipam.dataDir" into @into, which holds the default */
static int read_data_dir(char *into, size_t size, const struct field *ipam, bool *given, struct error *err)
{
	const char *path = "";

	if (field_text(ipam, "dataDir", &path, err) < 0)
		return -1;
	*given = path[0] != '\0';
	if (!*given)
		return 0;
	if (path[0] != '/' || has_parent_component(path))
		return error_set(err, ERROR_CONFIG, 0, "ipam.dataDir: \"%.128s\" is no absolute path without \"..\"",
				 path);
	return field_copy(ipam, "dataDir", into, size, err);
}

/** read_directories() - to a reference plugin "dataDir" is where host-local keeps its files */
static int read_directories(struct network *network, const struct field *ipam, const char *type, bool reference,
			    struct error *err)
{
	struct reserved *reserved = &network->reserved;
	bool given;

	*reserved = (struct reserved){.mirrored = false};
	memcpy(network->data_dir, DEFAULT_DATA_DIR, sizeof DEFAULT_DATA_DIR);
	if (!reference)
		return read_data_dir(network->data_dir, sizeof network->data_dir, ipam, &given, err);
	if (strcmp(type, HOST_LOCAL) != 0)
		return 0;
	memcpy(reserved->dir, DEFAULT_RESERVATIONS, sizeof DEFAULT_RESERVATIONS);
	return read_data_dir(reserved->dir, sizeof reserved->dir, ipam, &reserved->mirrored, err);
}

static bool is_built_in(const char *type)
{
	for (size_t i = 0; i < sizeof built_in_types / sizeof *built_in_types; i++)
		if (strcmp(built_in_types[i], type) == 0)
			return true;
	return false;
}

int network_read_store(struct network *network, const struct field *root, bool reference, const char *ipam_type,
		       struct error *err)
{
	struct field ipam;
	const char *type = "";

	if (field_object(root, "ipam", &ipam, err) < 0 || field_text(&ipam, "type", &type, err) < 0)
		return -1;
	if (ipam_type)
		type = ipam_type;
	if (read_directories(network, &ipam, type, reference, err) < 0)
		return -1;
	network->has_ipam = ipam.json != NULL;
	network->ipam_type = is_built_in(type) ? "" : type;
	network->is_static = strcmp(type, STATIC) == 0;
	/* CVE-2021-20206: a name with slashes would run any program as root */
	if (strchr(type, '/') || strcmp(type, ".") == 0 || strcmp(type, "..") == 0 || strlen(type) > NAME_MAX)
		return error_set(err, ERROR_CONFIG, 0, "ipam.type: invalid plugin name: %.128s", type);
	return 0;
}

/** says_nothing() - null, false, 0, "", or a list or object of nothing else */
static bool says_nothing(const json_t *json)
{
	const json_t *value;
	const char *key;
	size_t i;

	if (json_is_object(json)) {
		json_object_foreach((json_t *)(uintptr_t)json, key, value) if (!says_nothing(value)) return false;
		return true;
	}
	json_array_foreach(json, i, value) if (!says_nothing(value)) return false;
	return json_is_array(json) || json_is_null(json) || json_is_false(json) ||
	       (json_is_number(json) && !(json_number_value(json) < 0) && !(json_number_value(json) > 0)) ||
	       (json_is_string(json) && json_string_length(json) == 0);
}

int network_refuse_key(const struct field *object, const char *key, struct error *err)
{
	struct field member = field_get(object, key);
	char value[FIELD_VALUE_SIZE];

	if (!member.json || says_nothing(member.json))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED_FIELD, 0, "unsupported field %s: %s", member.path,
			 field_value(&member, value));
}

int network_refuse_conditions(const struct field *root, struct error *err)
{
	static const char *const keys[] = {"conditionsV4", "conditionsV6"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct field member = field_get(root, keys[i]);
		char value[FIELD_VALUE_SIZE];

		if (member.json && !says_nothing(member.json))
			return error_set(err, ERROR_UNSUPPORTED_FIELD, 0,
					 "unsupported field %s: %s; who may reach a published port is said in "
					 "firewall.rules",
					 member.path, field_value(&member, value));
	}
	return 0;
}

static int check_unserved(const struct field *root, struct error *err)
{
	if (network_refuse_conditions(root, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof unserved / sizeof *unserved; i++)
		if (network_refuse_key(root, unserved[i], err) < 0)
			return -1;
	return 0;
}

static int read_mode(struct network *network, const struct field *root, struct error *err)
{
	const char *mode = "";

	network->mode = MODE_ROUTED;
	if (field_text(root, "mode", &mode, err) < 0)
		return -1;
	if (mode[0] == '\0')
		return 0;
	network->mode = mode_number(mode);
	return network->mode ? 0 : network_refuse_key(root, "mode", err);
}

static int check_mode(const struct network *network, const struct field *root, struct error *err)
{
	for (size_t i = 0; i < sizeof of_one_mode / sizeof *of_one_mode; i++)
		if (of_one_mode[i].mode != network->mode && network_refuse_key(root, of_one_mode[i].key, err) < 0)
			return -1;
	return 0;
}

int network_mtu(uint32_t *mtu, const struct field *object, struct error *err)
{
	int64_t value = *mtu;

	if (field_integer(object, "mtu", 0, MAX_MTU, &value, err) < 0)
		return -1;
	if (value > 0 && value < MIN_MTU)
		return error_set(err, ERROR_CONFIG, 0, "%s: %d is less than the %d of every IP link",
				 field_get(object, "mtu").path, (int)value, MIN_MTU);
	*mtu = (uint32_t)value;
	return 0;
}

int network_read_mtu(struct network *network, const struct field *root, struct error *err)
{
	network->mtu = 0;
	return network_mtu(&network->mtu, root, err);
}

int network_read(struct network *network, const struct field *root, struct error *err)
{
	struct field masquerade = field_get(root, "ipMasq");
	bool yes = false;

	network->forward_guard = true;
	if (check_unserved(root, err) < 0 || read_mode(network, root, err) < 0 || check_mode(network, root, err) < 0 ||
	    network_read_mtu(network, root, err) < 0 || field_boolean(root, "ipMasq", &yes, err) < 0 ||
	    field_boolean(root, "forwardGuard", &network->forward_guard, err) < 0)
		return -1;
	network->masquerade = masquerade.json ? yes : -1;
	return 0;
}
