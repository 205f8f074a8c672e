/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/known_keys: what is misspelt is found wherever it stands, what belongs to others is left alone. */
#include "conf/known_keys.h"

#include "tests/tap.h"

static void test_known_keys(void)
{
	json_t *document =
		json_loads("{\"type\":\"cambric\",\"MTU\":1,\"foo\":{\"bar\":1},\"ipam\":{\"ranges\":[[{\"subnet\":"
			   "\"x\",\"rangestart\":1,\"end\":1}]]},\"args\":{\"x\":1},\"dns\":{\"servers\":[]}}",
			   0, NULL);
	struct field root = field_root(document, "");
	struct unknown_keys unknown;

	known_keys_find(&root, &unknown);
	is_int(unknown.count, 3, "unknown keys");
	is_text(unknown.paths[0], "foo", "at the top");
	is_text(unknown.paths[1], "ipam.ranges[0][0].end", "in lists of lists");
	is_text(unknown.paths[2], "dns.servers", "in an object");
	(void)json_object_set_new(json_object_get(document, "ipam"), "type", json_string("dhcp"));
	known_keys_find(&root, &unknown);
	is_int(unknown.count, 2, "a delegate's keys are its own");
	json_decref(document);
}

/** test_all() - every key of the README, and those that runtimes add: none is called unknown */
static void test_all(void)
{
	static const char *const keys[] = {
		"cniVersion",
		"name",
		"type",
		"capabilities",
		"args",
		"runtimeConfig",
		"prevResult",
		"dns",
		"ipam",
		"mode",
		"mtu",
		"mac",
		"ipMasq",
		"ipMasqExclude",
		"forwardGuard",
		"dockerUser",
		"nat",
		"firewall",
		"mark",
		"sysctl",
		"promisc",
		"allmulti",
		"txQLen",
		"sourceRouting",
		"ingressRate",
		"ingressBurst",
		"egressRate",
		"egressBurst",
		"bridge",
		"vlan",
		"vlanTrunk",
		"isGateway",
		"isDefaultGateway",
		"forceAddress",
		"hairpinMode",
		"promiscMode",
		"portIsolation",
		"macspoofchk",
		"preserveDefaultVlan",
		"enabledad",
		"disableContainerInterface",
		"overlay",
		/* refused, but with words of their own */
		"conditionsV4",
		"conditionsV6",
	};
	json_t *document = json_loads("{\"runtimeConfig\":{\"bandwidth\":{\"ingressRate\":1,\"ingressBurst\":1,"
				      "\"egressRate\":1,\"egressBurst\":1,\"rate\":1}}}",
				      0, NULL);
	struct field root = field_root(document, "");
	struct unknown_keys unknown;

	known_keys_find(&root, &unknown);
	is_int(unknown.count, 1, "in an object of runtimeConfig");
	is_text(unknown.paths[0], "runtimeConfig.bandwidth.rate", "by its path");
	(void)json_object_clear(document);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		(void)json_object_set_new(document, keys[i], json_true());
	known_keys_find(&root, &unknown);
	is_text(unknown.count ? unknown.paths[0] : "", "", "all keys that are served are known");
	json_decref(document);
}

int main(void)
{
	test_known_keys();
	test_all();
	return done();
}
