/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every plugin object of every example, as a runtime would send it, through the real parser. */
#include "tests/requests.h"

#include "base/cleanup.h"
#include "conf/known_keys.h"
#include "tests/tap.h"

#include <glob.h>

/* What a runtime would fill in for each capability that an example declares */
static const struct {
	const char *capability, *value;
} samples[] = {
	{"portMappings", "[{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\"}]"},
	{"ips", "[\"10.77.1.30/16\"]"},
	{"ipRanges", "[[{\"subnet\":\"10.78.0.0/24\"}]]"},
	{"deviceID", "\"0000:03:02.0\""},
	{"mac", "\"02:00:00:00:00:07\""},
	{"nat", "{\"static\":[{\"public\":\"198.51.100.99\"}]}"},
	{"bandwidth", "{\"ingressRate\":8000000,\"ingressBurst\":4294967295}"},
	{"dns", "{\"servers\":[\"192.0.2.53\"]}"},
};

/** struct expected - what comes out of an example without any capability's data */
static const struct expected {
	const char *name;
	size_t addresses, routes, exclusions, rules;
	uint32_t mtu;
} expected[] = {
	{.name = "minimal", .addresses = 1},
	{.name = "routed", .addresses = 1},
	{.name = "dual-stack", .addresses = 2},
	{.name = "ranges", .addresses = 2, .routes = 3},
	{.name = "static-address", .addresses = 2},
	{.name = "port-mappings", .addresses = 2},
	{.name = "exclusions", .addresses = 1, .exclusions = 2},
	{.name = "mtu", .addresses = 1, .mtu = 1400},
	{.name = "internal", .addresses = 1},
	{.name = "dhcp", .addresses = 0},
	{.name = "static-nat", .addresses = 2},
	{.name = "dynamic-nat", .addresses = 2},
	{.name = "snat", .addresses = 2},
	{.name = "pat-ports", .addresses = 2, .exclusions = 1},
	{.name = "dnat-ranges", .addresses = 2},
	{.name = "router", .addresses = 2, .routes = 2},
	{.name = "bridged", .addresses = 2},
	{.name = "bridge-guarded", .addresses = 1},
	{.name = "bridge-existing", .addresses = 1, .routes = 1},
	{.name = "bridge-vlan", .addresses = 1},
	{.name = "bridge-layer2", .addresses = 0},
	{.name = "mark-dscp", .addresses = 2},
	{.name = "mark-policy-routing", .addresses = 2},
	{.name = "tap", .addresses = 2},
	{.name = "firewall-published", .addresses = 2},
	{.name = "firewall-isolated", .addresses = 2},
	{.name = "firewall-rules", .addresses = 2, .rules = 8},
	{.name = "bandwidth", .addresses = 1},
	{.name = "sysctl", .addresses = 1},
	{.name = "source-routing", .addresses = 2},
	{.name = "chained", .addresses = 2, .routes = 2, .mtu = 1500},
	{.name = "macvlan", .addresses = 1, .routes = 1},
	{.name = "host-device", .addresses = 1},
	{.name = "ipvlan", .addresses = 2, .routes = 2},
	{.name = "vlan", .addresses = 1},
	{.name = "dummy", .addresses = 1},
	{.name = "vrf", .addresses = 1, .routes = 1},
	{.name = "overlay-ipip", .addresses = 1, .exclusions = 1},
	{.name = "overlay-auto", .addresses = 1, .exclusions = 1},
	{.name = "overlay-direct", .addresses = 1, .exclusions = 1},
	{.name = "overlay-gre", .addresses = 2, .exclusions = 2},
	{.name = "overlay-sit", .addresses = 2, .exclusions = 2},
	{.name = "overlay-vxlan", .addresses = 2, .exclusions = 2},
	{.name = "overlay-wireguard", .addresses = 2, .exclusions = 2},
	{.name = "overlay-point-to-point", .addresses = 1, .exclusions = 1},
	{.name = "tap-plain", .addresses = 1, .mtu = 1400},
};

/** newest_version() - what a runtime of today negotiates; one that does not know "cniVersions" takes "cniVersion" */
static const char *newest_version(const json_t *list)
{
	const json_t *versions = json_object_get(list, "cniVersions");
	size_t count = json_array_size(versions);

	return json_string_value(count ? json_array_get(versions, count - 1) : json_object_get(list, "cniVersion"));
}

/* What the first plugin of a list may have said to those behind it */
static const char so_far[] =
	"{\"interfaces\": [{\"name\": \"br0\"}, {\"name\": \"eth0\", \"sandbox\": \"/run/netns/a\"}], "
	"\"ips\": [{\"interface\": 1, \"address\": \"10.88.0.2/16\", \"gateway\": \"10.88.0.1\"}]}";

/** run_verb() - the plugin's object with the list's name and version, and @runtime, through request_read() */
static void run_verb(const char *verb, const json_t *list, const json_t *plugin, json_t *runtime)
{
	json_t *config = json_copy((json_t *)(uintptr_t)plugin);
	AUTO_FREE char *text = NULL;

	json_object_set(config, "name", json_object_get(list, "name"));
	json_object_set_new(config, "cniVersion", json_string(newest_version(list)));
	if (plugin != json_array_get(json_object_get(list, "plugins"), 0))
		json_object_set_new(config, "prevResult", json_loads(so_far, 0, NULL));
	if (runtime)
		json_object_set(config, "runtimeConfig", runtime);
	text = json_dumps(config, 0);
	ask(json_string_value(json_object_get(plugin, "type")), verb, "", text ? text : "");
	json_decref(config);
}

static void check_verbs(const char *path, const json_t *list, const json_t *plugin)
{
	static const char *const verbs[] = {"GC", "STATUS", "DEL", "ADD"};
	const char *version = newest_version(list);
	size_t first = strcmp(version, "1.1.0") == 0 ? 0 : 2; /* GC and STATUS came with 1.1.0 */

	for (size_t i = first; i < sizeof verbs / sizeof *verbs; i++) {
		run_verb(verbs[i], list, plugin, NULL);
		is_text(err.msg, "", path);
		is_text(err.warning, "", path);
	}
}

static void check_capabilities(const json_t *list, const json_t *plugin)
{
	const json_t *capabilities = json_object_get(plugin, "capabilities");

	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		json_t *runtime;

		if (!json_is_true(json_object_get(capabilities, samples[i].capability)))
			continue;
		runtime =
			json_pack("{s:o}", samples[i].capability, json_loads(samples[i].value, JSON_DECODE_ANY, NULL));
		run_verb("ADD", list, plugin, runtime);
		is_text(err.msg, "", samples[i].capability);
		json_decref(runtime);
	}
}

static void check_expected(const char *name)
{
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		if (strcmp(expected[i].name, name) != 0)
			continue;
		is_int(request.wish.address_count, expected[i].addresses, name);
		is_int(request.wish.route_count, expected[i].routes, name);
		is_int(request.wish.exclusion_count, expected[i].exclusions, name);
		is_int(request.wish.mtu, expected[i].mtu, name);
		is_int(request.wish.firewall.rule_count, expected[i].rules, name);
		return;
	}
	ok(false, "an example nobody expects");
}

static void check_keys(const json_t *plugin)
{
	const struct field root = field_root(plugin, "");
	struct unknown_keys unknown;

	known_keys_find(&root, &unknown);
	is_int(unknown.count, 0, "every key is one that is read (conf/known_keys.c)");
	if (unknown.count)
		printf("# %s\n", unknown.paths[0]);
}

static void check_example(const char *path)
{
	json_error_t fault;
	json_t *list = json_load_file(path, JSON_REJECT_DUPLICATES, &fault);
	const json_t *plugin;
	size_t i;
	char stem[64];

	if (!ok(list != NULL, path))
		return;
	(void)snprintf(stem, sizeof stem, "%s.conflist", json_string_value(json_object_get(list, "name")));
	is_text(strrchr(path, '/') + 1, stem, "the file is called as the network");
	ok(json_array_size(json_object_get(list, "plugins")) > 0, "there are plugins");
	json_array_foreach(json_object_get(list, "plugins"), i, plugin)
	{
		check_keys(plugin);
		check_verbs(path, list, plugin);
		if (i == 0)
			check_expected(json_string_value(json_object_get(list, "name")));
		check_capabilities(list, plugin);
	}
	json_decref(list);
}

int main(void)
{
	glob_t found;

	if (!ok(glob("conf/examples/*.conflist", 0, NULL, &found) == 0, "examples, seen from the top of the tree"))
		return done();
	is_int(found.gl_pathc, sizeof expected / sizeof *expected, "all of them are expected");
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_example(found.gl_pathv[i]);
	globfree(&found);
	request_free(&request);
	return done();
}
