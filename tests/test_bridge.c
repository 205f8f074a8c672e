/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/bridge_config, conf/bridged, store/record_bridge: the keys of bridge mode, what follows from them, the record. */
#include "tests/broken_records.h"
#include "tests/requests.h"

#include "base/cleanup.h"
#include "conf/bridged.h"
#include "store/record.h"
#include "tests/tap.h"

#define BRIDGE "'mode':'bridge'"
#define IPAM ",'ipam':{'subnet':'10.77.0.0/16'}"

static const struct attachment *const want = &request.wish;

static void test_defaults(void)
{
	add("", BRIDGE IPAM);
	is_text(err.msg, "", "mode and subnet are a whole configuration");
	is_text(want->bridge.name, "cb-net", "a bridge of the network's own");
	is_text(want->bridge.segment, "cb-net", "without a VLAN");
	is_int(want->bridge.flags, BRIDGE_GATEWAY, "the host is the gateway, everything else is off");
	ok(want->default_routes, "and the default route");
	ok(attachment_is_routed(want), "the host routes");
	add("", BRIDGE);
	is_text(err.msg, "", "no ipam");
	is_int(want->bridge.flags, 0, "no gateway");
	ok(!want->default_routes && !want->pool && !attachment_is_routed(want), "pure layer 2");
	add("", BRIDGE ",'ipam':{'dataDir':'/run/x','subnet':''}");
	is_text(err.msg, "", "an ipam that says nothing is none");
	ask("cambric", "ADD", "", "{'cniVersion':'0.2.0','name':'net','type':'cambric','mode':'bridge'}");
	is_text(err.msg, "cannot convert: no valid IP addresses", "which versions before 0.3.0 have no result for");
}

static void test_gateway_keys(void)
{
	static const struct {
		const char *keys;
		bool gateway, default_routes;
	} cases[] = {
		{"'isGateway':false", false, false},	   {"'isGateway':true", true, true},
		{"'isDefaultGateway':false", true, false}, {"'isDefaultGateway':true,'isGateway':false", true, true},
		{"'isDefaultGateway':true", true, true},
	};
	char keys[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(keys, sizeof keys, BRIDGE IPAM ",%s", cases[i].keys);
		add("", keys);
		is_text(err.msg, "", cases[i].keys);
		is_int(bridge_has(want, BRIDGE_GATEWAY), cases[i].gateway, cases[i].keys);
		is_int(want->default_routes, cases[i].default_routes, cases[i].keys);
	}
	add("", BRIDGE ",'ipam':{'subnet':'10.77.0.0/16','routes':[{'dst':'192.0.2.0/24'}]}");
	ok(!want->default_routes, "routes that are listed are all there are");
	add("", BRIDGE ",'isDefaultGateway':true,'ipam':{'subnet':'10.77.0.0/16','routes':[{'dst':'192.0.2.0/24'}]}");
	ok(want->default_routes, "unless the key says otherwise");
	add("", BRIDGE ",'ipam':{'type':'dhcp'}");
	ok(!bridge_has(want, BRIDGE_GATEWAY) && want->default_routes,
	   "another IPAM names a gateway that is not this host");
}

static void test_flags(void)
{
	add("", BRIDGE IPAM
	    ",'bridge':'br0','forceAddress':true,'hairpinMode':true,'portIsolation':true,'macspoofchk':true,"
	    "'enabledad':true,'preserveDefaultVlan':true,'vlan':100");
	is_text(err.msg, "", "all of them");
	is_text(want->bridge.segment, "br0.100", "a VLAN is a segment of its own");
	is_int(want->bridge.flags,
	       BRIDGE_GATEWAY | BRIDGE_FORCE_ADDRESS | BRIDGE_HAIRPIN | BRIDGE_ISOLATED | BRIDGE_SPOOF_CHECK |
		       BRIDGE_DAD | BRIDGE_KEEP_VLAN,
	       "flags");
	add("", BRIDGE ",'promiscMode':true,'disableContainerInterface':true");
	is_int(want->bridge.flags, BRIDGE_PROMISCUOUS | BRIDGE_CONTAINER_DOWN, "the other two");
}

/** trunks() - of the last request, as text */
static const char *trunks(void)
{
	static char text[512];
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < want->bridge.trunk_count; i++)
		length += (size_t)snprintf(text + length, sizeof text - length, "%u-%u ", want->bridge.trunks[i].first,
					   want->bridge.trunks[i].last);
	return text;
}

static void test_trunks(void)
{
	static const char *const cases[][2] = {
		{"[{'id':101}]", "101-101 "},
		{"[{'minID':200,'maxID':210},{'id':101}]", "101-101 200-210 "},
		{"[{'id':5},{'id':4},{'id':6},{'id':4}]", "4-6 "},
		{"[{'minID':10,'maxID':20},{'minID':30,'maxID':40},{'minID':15,'maxID':35}]", "10-40 "},
		{"[{'minID':1,'maxID':4094}]", "1-4094 "},
		{"[{'id':7,'minID':1,'maxID':2}]", "1-2 7-7 "},
		{"[]", ""},
	};
	char keys[512], many[2048] = "";

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(keys, sizeof keys, BRIDGE ",'vlanTrunk':%s", cases[i][0]);
		add("", keys);
		is_text(err.msg, "", cases[i][0]);
		is_text(trunks(), cases[i][1], cases[i][0]);
	}
	for (unsigned i = 0; i <= MAX_VLAN_RANGES; i++)
		(void)snprintf(many + strlen(many), sizeof many - strlen(many), "%s{'id':%u}", i ? "," : "", 2 * i + 1);
	char *long_keys = NULL;
	if (asprintf(&long_keys, BRIDGE ",'vlanTrunk':[%s]", many) > 0)
		add("", long_keys);
	is_text(err.msg, "vlanTrunk: more than 32 ranges", "a limit");
	free(long_keys);
}

static void test_refused(void)
{
	static const struct {
		const char *keys, *msg;
		enum error_code code;
	} cases[] = {
		{"'vlan':-100", "invalid VLAN ID -100 (must be between 0 and 4094)", ERROR_CONFIG},
		{"'vlan':5000", "invalid VLAN ID 5000 (must be between 0 and 4094)", ERROR_CONFIG},
		{"'vlan':'1'", "vlan: expected an integer, got \"1\"", ERROR_DECODE},
		{"'vlanTrunk':[{'minID':0,'maxID':5}]",
		 "incorrect trunk minID parameter: vlanTrunk[0].minID is not between 1 and 4094", ERROR_CONFIG},
		{"'vlanTrunk':[{'minID':1,'maxID':4095}]",
		 "incorrect trunk maxID parameter: vlanTrunk[0].maxID is not between 1 and 4094", ERROR_CONFIG},
		{"'vlanTrunk':[{'id':4096}]", "incorrect trunk id parameter: vlanTrunk[0].id is not between 1 and 4094",
		 ERROR_CONFIG},
		{"'vlanTrunk':[{'maxID':5}]",
		 "minID and maxID should be configured simultaneously, minID is missing: vlanTrunk[0]", ERROR_CONFIG},
		{"'vlanTrunk':[{'minID':5}]",
		 "minID and maxID should be configured simultaneously, maxID is missing: vlanTrunk[0]", ERROR_CONFIG},
		{"'vlanTrunk':[{'minID':5,'maxID':4}]", "minID is greater than maxID in trunk parameter: vlanTrunk[0]",
		 ERROR_CONFIG},
		{"'vlanTrunk':[{}]", "vlanTrunk[0]: neither id nor minID and maxID", ERROR_CONFIG},
		{"'vlanTrunk':[7]", "vlanTrunk[0]: expected an object, got 7", ERROR_DECODE},
		{"'vlanTrunk':{}", "vlanTrunk: expected a list, got {}", ERROR_DECODE},
		{"'hairpinMode':true,'promiscMode':true",
		 "cannot set hairpin mode and promiscuous mode at the same time", ERROR_CONFIG},
		{"'disableContainerInterface':true,'ipam':{'subnet':'10.77.0.0/16'}",
		 "cannot use IPAM when DisableContainerInterface flag is set", ERROR_CONFIG},
		{"'disableContainerInterface':true,'ipam':{'type':'dhcp'}",
		 "cannot use IPAM when DisableContainerInterface flag is set", ERROR_CONFIG},
		{"'bridge':'a/b'", "bridge: \"a/b\": interface name contains / or :", ERROR_CONFIG},
		{"'bridge':'sixteen-letters-'", "bridge: \"sixteen-letters-\": interface name is too long",
		 ERROR_CONFIG},
		{"'bridge':'cambric0'", "bridge: cambric0 holds the gateways of routed networks", ERROR_CONFIG},
		{"'bridge':7", "bridge: expected a string, got 7", ERROR_DECODE},
		{"'bridge':'fifteen-letters','vlan':10,'ipam':{'subnet':'10.77.0.0/16'}",
		 "bridge: the gateway's interface fifteen-letters.10 would have too long a name", ERROR_CONFIG},
		{"'macspoofchk':'yes'", "macspoofchk: expected true or false, got \"yes\"", ERROR_DECODE},
		{"'ipam':{'type':'host-local'}", "no IP ranges specified", ERROR_CONFIG},
		{"'ipam':{'ranges':[]}", "no IP ranges specified", ERROR_CONFIG},
	};
	char keys[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(keys, sizeof keys, BRIDGE ",%s", cases[i].keys);
		add("", keys);
		is_text(err.msg, cases[i].msg, cases[i].keys);
		is_int(err.code, cases[i].code, cases[i].keys);
	}
}

static void test_names(void)
{
	char name[IFNAMSIZ], other[IFNAMSIZ];
	uint8_t mac[MAC_LENGTH], second[MAC_LENGTH];

	bridge_default_name("twelve-chars", false, name);
	is_text(name, "cb-twelve-chars", "fifteen letters fit");
	bridge_default_name("thirteen-char", false, name);
	bridge_default_name("thirteen-chas", false, other);
	is_int(strlen(name), IFNAMSIZ - 1, "more become a hash");
	ok(strcmp(name, other) != 0 && strncmp(name, "cb-", 3) == 0, "of its own");
	bridge_default_name("sevench", true, name);
	is_text(name, "cb-sevench", "with a VLAN, there is less room");
	bridge_default_name("eightchr", true, name);
	is_int(strlen(name), IFNAMSIZ - sizeof ".4094", "also for the hash");
	bridge_mac("a", mac);
	bridge_mac("b", second);
	ok(memcmp(mac, second, sizeof mac) != 0, "two bridges, two MACs");
	is_int(mac[0] & 3, 2, "locally administered, of one station");
}

static void test_completion(void)
{
	struct attachment attachment;

	attachment_init(&attachment);
	attachment.mode = MODE_BRIDGE;
	attachment.bridge.flags = BRIDGE_GATEWAY;
	attachment.default_routes = attachment.masquerade_by_subnet = true;
	attachment.address_count = 1;
	attachment.addresses[0] = (struct address){.ip = {.family = AF_INET, .bytes = {10, 77, 0, 9}},
						   .subnet = {{.family = AF_INET, .bytes = {10, 77}}, 24}};
	attachment_complete(&attachment);
	is_int(attachment.addresses[0].gateway.bytes[3], 1,
	       "a static address without gateway gets the first of its subnet");
	is_int(attachment.routes[0].gateway.bytes[3], 1, "and routes through it");
	ok(attachment.masquerade_ipv4, "masqueraded");
	is_int(attachment_prefix(&attachment, &attachment.addresses[0]).length, 24, "with its subnet's length");
	attachment.bridge.flags = 0;
	attachment.addresses[0].gateway = (struct ip){0};
	attachment_complete(&attachment);
	ok(!ip_is_set(&attachment.addresses[0].next_hop) && !attachment.masquerade_ipv4, "no gateway, no next hop");
}

static void test_record(void)
{
	static const struct broken_record broken[] = {
		{"\"name\": \"br0\"", "\"name\": \"\""}, {"\"name\": \"br0\"", "\"name\": \"a/b\""},
		{"\"vlan\": 100", "\"vlan\": 4095"},	 {"\"hairpin\"", "\"harpin\""},
		{"\"200-210\"", "\"210-200\""},		 {"\"200-210\"", "\"200-4095\""},
		{"\"200-210\"", "\"200-210x\""},	 {"\"bridge\": {", "\"bridgf\": {"},
	};
	AUTO_FREE char *text = NULL;
	struct attachment found;
	size_t length;

	add("", BRIDGE IPAM
	    ",'bridge':'br0','hairpinMode':true,'vlan':100,'vlanTrunk':[{'id':7},{'minID':200,'maxID':210}]");
	request.wish.address_count = 0;
	request.wish.bridge.made = 5;
	ok(record_format(want, &text, &length, &err) == 0, "written");
	ok(record_parse(&found, text, length, &err) == 0, "read");
	ok(found.mode == MODE_BRIDGE && memcmp(&found.bridge, &want->bridge, sizeof found.bridge) == 0, "the same");
	refuse_broken(text, broken, sizeof broken / sizeof *broken);
}

int main(void)
{
	test_defaults();
	test_gateway_keys();
	test_flags();
	test_trunks();
	test_refused();
	test_names();
	test_completion();
	test_record();
	request_free(&request);
	return done();
}
