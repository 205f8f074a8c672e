/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/reference_device, store/record_device: the keys of kinds that give a container a device of its own, and its record. */
#include "tests/broken_records.h"
#include "tests/requests.h"

#include "base/cleanup.h"
#include "store/record.h"
#include "tests/tap.h"

#include <linux/if_link.h>

#define IPAM "'ipam':{'type':'host-local','subnet':'192.0.2.0/24'}"

static const struct attachment *const want = &request.wish;

/** read_as() - an ADD of a kind with these keys */
static void read_as(const char *kind, const char *args, const char *keys)
{
	char config[4096];

	(void)snprintf(config, sizeof config, "{'cniVersion':'1.1.0','name':'net','type':'%s'%s%s}", kind,
		       *keys ? "," : "", keys);
	ask(kind, "ADD", args, config);
}

static const char *mac_text(void)
{
	static char text[MAC_TEXT_SIZE];

	return mac_format(want->mac, text);
}

static void test_macvlan(void)
{
	read_as("macvlan", "", "");
	is_text(err.msg, "", "macvlan: needs no keys");
	ok(want->mode == MODE_DEVICE && want->address_count == 0 && !want->default_routes,
	   "neither addresses nor routes");
	is_text(want->device.master, "", "on what has the default route");
	is_int(want->device.variant, MACVLAN_MODE_BRIDGE, "mode bridge");
	is_int(want->mtu, 0, "and with its MTU");
	ok(want->delegate.without_dns, "dns of IPAM is not asked for");
	read_as("macvlan", "MAC=02:00:00:00:00:08",
		IPAM ",'MASTER':'eth1','mode':'vepa','mtu':1400,'bcqueuelen':100,'linkInContainer':true,'mac':'02:00:"
		     "00:00:00:07',"
		     "'dns':{'domain':'example.org'}");
	is_text(err.msg, "", "all of them");
	ok(want->address_count == 1 && attachment_holds_addresses(want), "an address of ours");
	is_text(want->device.master, "eth1", "master");
	ok(want->device.inside && want->device.queue == 100 && want->mtu == 1400, "the others");
	is_int(want->device.variant, MACVLAN_MODE_VEPA, "mode");
	is_text(mac_text(), "02:00:00:00:00:08", "CNI_ARGS win over the configuration");
	is_text(want->dns.domain, "example.org", "dns");
	read_as("macvlan", "", "'runtimeConfig':{'mac':'02:00:00:00:00:09'},'ipam':{'type':'dhcp'}");
	is_text(mac_text(), "02:00:00:00:00:09", "and the runtime over both");
	is_text(want->delegate.type, "dhcp", "a delegate");
}

static void test_ipvlan(void)
{
	static const char before[] =
		"'prevResult':{'cniVersion':'1.1.0','interfaces':[{'name':'bond0'}],'ips':[{'address':"
		"'192.0.2.9/24','gateway':'192.0.2.1'}],'routes':[{'dst':'0.0.0.0/0'}]}";
	char keys[1024];

	read_as("ipvlan", "", IPAM ",'master':'eth1','mode':'l3s'");
	is_text(err.msg, "", "ipvlan: with IPAM");
	is_int(want->device.variant, IPVLAN_MODE_L3S, "mode");
	ok(!want->device.lent && attachment_holds_addresses(want), "addresses are ours");
	read_as("ipvlan", "", before);
	is_text(err.msg, "", "behind another plugin");
	is_text(want->device.master, "bond0", "on what that has made");
	is_int(want->device.variant, IPVLAN_MODE_L2, "mode l2");
	ok(want->address_count == 1 && want->addresses[0].subnet.length == 24 && want->route_count == 1,
	   "with its addresses and routes");
	ok(want->device.lent && !attachment_holds_addresses(want), "which stay its own");
	(void)snprintf(keys, sizeof keys, "%s,%s,'master':'eth1'", before, IPAM);
	read_as("ipvlan", "", keys);
	is_text(want->device.master, "eth1", "a master of its own counts");
	ok(want->address_count == 1 && !ip_is_set(&want->addresses[0].ip) && !want->device.lent, "as does IPAM");
}

static void test_vlan_and_dummy(void)
{
	read_as("vlan", "", IPAM ",'master':'eth1','vlanId':7,'mtu':1400");
	is_text(err.msg, "", "vlan");
	ok(want->device.vlan == 7 && want->mtu == 1400, "its number");
	read_as("vlan", "", IPAM ",'master':'eth1'");
	is_int(want->device.vlan, 0, "or none");
	read_as("dummy", "",
		"'dns':{'domain':'a.example'},'ipam':{'type':'static','addresses':[{'address':'192.0.2.5/24'}],"
		"'dns':{'domain':'b.example'}}");
	is_text(err.msg, "", "dummy");
	is_text(want->dns.domain, "b.example", "its dns is IPAM's");
	ok(!want->delegate.without_dns, "a delegate's as well");
}

static void test_tap(void)
{
	AUTO_FREE char *text = NULL;
	static struct attachment found;
	size_t length;

	read_as("tap", "MAC=02:00:00:00:00:08", "'mtu':1400");
	is_text(err.msg, "", "tap: needs no keys");
	ok(want->tap.owner == TAP_ANYBODY && want->tap.group == TAP_ANYBODY, "anybody may open it");
	is_text(mac_text(), "02:00:00:00:00:08", "CNI_ARGS");
	read_as("tap", "TC_REDIRECT_TAP_UID=7;IgnoreUnknown=1",
		"'multiQueue':true,'owner':1000,'group':2000,'bridge':'br0','args':{'cni':{'owner':9}}");
	ok(want->tap.owner == 1000 && want->tap.group == 2000 && want->tap.multi_queue,
	   "only the configuration counts");
	is_text(want->device.bridge, "br0", "a bridge");
	ok(record_format(want, &text, &length, &err) == 0 && record_parse(&found, text, length, &err) == 0,
	   "there and back");
	ok(memcmp(&found.tap, &want->tap, sizeof found.tap) == 0 && strcmp(found.device.bridge, "br0") == 0,
	   "the same");
}

#define BEFORE                                                                                                         \
	"'prevResult':{'cniVersion':'1.1.0','interfaces':[{'name':'eth0','sandbox':'/run/netns/a'}],"                  \
	"'ips':[{'interface':0,'address':'192.0.2.9/24'}]}"

static void test_vrf(void)
{
	static const char *const broken[][2] = {
		{"\"name\": \"blue\"", "\"name\": \"\""}, {"\"name\": \"blue\"", "\"nam\": \"blue\""},
		{"\"table\": 100", "\"table\": -1"},	  {"\"joined\": false", "\"joined\": 0"},
		{"\"links\": \"", "\"links\": \"x"},	  {"\"links\": \"", "\"links\": \"1 2 3 "},
	};
	AUTO_FREE char *text = NULL;
	static struct attachment found;
	size_t length;

	read_as("vrf", "", BEFORE ",'vrfname':'blue'");
	is_text(err.msg, "", "vrf: a name is enough");
	ok(want->mode == MODE_CHAINED && want->address_count == 1 && want->vrf.table == 0, "behind another plugin");
	ok(!attachment_is_in_ruleset(want), "it has nothing in nftables");
	read_as("vrf", "", BEFORE ",'vrfname':'blue','table':100");
	is_int(want->vrf.table, 100, "table");
	request.wish.chained.links[0] = 0x1234;
	request.wish.chained.links[1] = UINT64_MAX;
	ok(record_format(want, &text, &length, &err) == 0 && record_parse(&found, text, length, &err) == 0,
	   "there and back");
	ok(memcmp(&found.vrf, &want->vrf, sizeof found.vrf) == 0, "the same");
	ok(memcmp(found.chained.links, want->chained.links, sizeof found.chained.links) == 0,
	   "other links of the chain");
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		AUTO_FREE char *changed = NULL;
		const char *at = strstr(text, broken[i][0]);
		struct error refusal = ERROR_INIT;

		ok(at &&
			   asprintf(&changed, "%.*s%s%s", (int)(at - text), text, broken[i][1],
				    at + strlen(broken[i][0])) > 0 &&
			   record_parse(&found, changed, strlen(changed), &refusal) < 0 && refusal.errnum == EBADMSG,
		   broken[i][1]);
	}
}

static void test_host_device(void)
{
	static const struct {
		const char *keys, *wanted;
		enum device_by by;
	} cases[] = {
		{"'device':'ens5','hwaddr':'02:00:00:00:00:07'", "ens5", DEVICE_BY_NAME},
		{"'device':'','hwaddr':'02:00:00:00:00:07','kernelpath':'/sys/devices/x'", "02:00:00:00:00:07",
		 DEVICE_BY_MAC},
		{"'kernelpath':'/sys/devices/x','pciBusID':'0000:00:1f.6'", "/sys/devices/x", DEVICE_BY_PATH},
		{"'pciBusID':'0000:00:1f.6'", "0000:00:1f.6", DEVICE_BY_BUS},
		{"'pciBusID':'0000:00:1f.6','runtimeConfig':{'deviceID':'0000:00:02.0'}", "0000:00:02.0",
		 DEVICE_BY_BUS},
		{"'runtimeConfig':{'deviceID':'mlx5_core.sf.4'}", "mlx5_core.sf.4", DEVICE_BY_BUS},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		read_as("host-device", "", cases[i].keys);
		is_text(err.msg, "", cases[i].keys);
		is_int(want->device.by, cases[i].by, "which key counts");
		is_text(want->device.wanted, cases[i].wanted, "and what it says");
	}
	ok(want->mode == MODE_DEVICE && want->device.master[0] == '\0', "what it is called is not known yet");
	ask("host-device", "DEL", "", "{'cniVersion':'1.0.0','name':'net','type':'host-device'}");
	is_text(err.msg, "", "DEL needs no keys");
}

static void test_refused(void)
{
	static const struct {
		const char *kind, *keys, *msg;
		enum error_code code;
	} cases[] = {
		{"macvlan", "'mode':'source'", "unknown macvlan mode: \"source\"", ERROR_CONFIG},
		{"macvlan", "'mode':4", "mode: expected a string, got 4", ERROR_DECODE},
		{"macvlan", "'master':1", "master: expected a string, got 1", ERROR_DECODE},
		{"macvlan", "'master':'much-too-long-name'",
		 "master: \"much-too-long-name\": interface name is too long", ERROR_CONFIG},
		{"macvlan", "'mtu':-1", "mtu: -1 is not between 0 and 65535", ERROR_CONFIG},
		{"macvlan", "'bcqueuelen':-1", "bcqueuelen: -1 is not between 0 and 4294967295", ERROR_CONFIG},
		{"macvlan", "'linkInContainer':'yes'", "linkInContainer: expected true or false, got \"yes\"",
		 ERROR_DECODE},
		{"ipvlan", IPAM ",'mode':'bridge'", "unknown ipvlan mode: \"bridge\"", ERROR_CONFIG},
		{"ipvlan", "'master':'eth1'", "IPAM config missing 'ipam' key", ERROR_CONFIG},
		{"ipvlan", IPAM ",'prevResult':{'cniVersion':'1.1.0','interfaces':[{'name':'a'},{'name':'b'}]}",
		 "chained master failure. PrevResult lacks a single named interface", ERROR_CONFIG},
		{"ipvlan", IPAM ",'prevResult':{'cniVersion':'1.1.0'}",
		 "chained master failure. PrevResult lacks a single named interface", ERROR_CONFIG},
		{"ipvlan", "'prevResult':{'cniVersion':'1.1.0','interfaces':[{'name':'a'}]}",
		 "IPAM plugin returned missing IP config", ERROR_CONFIG},
		{"vlan", IPAM,
		 "\"master\" field is required. It specifies the host interface name to create the VLAN for",
		 ERROR_CONFIG},
		{"vlan", IPAM ",'master':'eth1','vlanId':-1",
		 "invalid VLAN ID -1 (must be between 0 and 4095 inclusive)", ERROR_CONFIG},
		{"vlan", IPAM ",'master':'eth1','vlanId':4095",
		 "invalid VLAN ID 4095 (must be between 0 and 4095 inclusive)", ERROR_CONFIG},
		{"vlan", IPAM ",'master':'eth1','vlanId':'7'", "vlanId: expected an integer, got \"7\"", ERROR_DECODE},
		{"vlan", "'master':'eth1'", "IPAM config missing 'ipam' key", ERROR_CONFIG},
		{"dummy", "", "dummy interface requires an IPAM configuration", ERROR_CONFIG},
		{"dummy", "'ipam':{}", "dummy interface requires an IPAM configuration", ERROR_CONFIG},
		{"tap", "'owner':-1", "owner: -1 is not between 0 and 4294967294", ERROR_CONFIG},
		{"tap", "'selinuxContext':'a:b:c'", "unsupported field selinuxContext: \"a:b:c\"",
		 ERROR_UNSUPPORTED_FIELD},
		{"tap", "'bridge':'a/b'", "bridge: \"a/b\": interface name contains / or :", ERROR_CONFIG},
		{"tap", "'mtu':65522", "mtu: 65522 is more than the 65521 of a tap", ERROR_CONFIG},
		{"vrf", "'vrfname':'blue'", "missing prevResult from earlier plugin", ERROR_CONFIG},
		{"vrf", BEFORE, "configuration is expected to have a valid vrf name", ERROR_CONFIG},
		{"vrf", BEFORE ",'vrfname':'a/b'", "vrfname: \"a/b\": interface name contains / or :", ERROR_CONFIG},
		{"vrf", BEFORE ",'vrfname':'blue','table':-1", "table: -1 is not between 0 and 4294967295",
		 ERROR_CONFIG},
		{"vrf", BEFORE ",'vrfname':'blue','table':'blue'", "table: expected an integer, got \"blue\"",
		 ERROR_DECODE},
		{"host-device", "'mtu':0", "specify either \"device\", \"hwaddr\", \"kernelpath\" or \"pciBusID\"",
		 ERROR_CONFIG},
		{"host-device", "'device':'a b'", "device: \"a b\": interface name contains whitespace characters",
		 ERROR_CONFIG},
		{"host-device", "'hwaddr':'1'", "failed to parse MAC address \"1\"", ERROR_CONFIG},
		{"host-device", "'kernelpath':'sys/devices/x'",
		 "kernel device path \"sys/devices/x\" must be absolute and begin with /sys/devices/", ERROR_CONFIG},
		{"host-device", "'kernelpath':'/sys/devices/../../etc'",
		 "kernel device path \"/sys/devices/../../etc\" must be absolute and begin with /sys/devices/",
		 ERROR_CONFIG},
		{"host-device", "'pciBusID':'../x'", "pciBusID: \"../x\" is no address of a device", ERROR_CONFIG},
		{"host-device", "'pciBusID':'*'", "pciBusID: \"*\" is no address of a device", ERROR_CONFIG},
		{"host-device", "'device':'x','ipam':{'subnet':'10.0.0.0'}",
		 "ipam.subnet: invalid CIDR address: 10.0.0.0", ERROR_CONFIG},
		{"macvlan", "'mac':'nonsense'", "mac: \"nonsense\" is no unicast MAC address", ERROR_CONFIG},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		read_as(cases[i].kind, "", cases[i].keys);
		is_text(err.msg, cases[i].msg, cases[i].keys);
		is_int(err.code, cases[i].code, cases[i].keys);
	}
	ask("macvlan", "ADD", "", "{'cniVersion':'0.2.0','name':'net','type':'macvlan'}");
	is_text(err.msg, "cannot convert: no valid IP addresses", "an old version has no result without addresses");
}

static void test_record(void)
{
	static const struct broken_record broken[] = {
		{"\"inside\": true", "\"inside\": 1"},
		{"\"inside\"", "\"insid\""},
		{"\"variant\": 2", "\"variant\": 256"},
		{"\"vlan\": 0", "\"vlan\": 4095"},
		{"\"queue\": 100", "\"queue\": -1"},
		{"\"master\": \"eth1\"", "\"master\": 1"},
		{"\"master\": \"eth1\"", "\"master\": \"sixteen-letters-\""},
		{"\"device\": {", "\"devices\": {"},
	};
	AUTO_FREE char *text = NULL;
	static struct attachment found;
	size_t length;

	read_as("macvlan", "", "'master':'eth1','mode':'vepa','bcqueuelen':100,'linkInContainer':true");
	ok(record_format(want, &text, &length, &err) == 0, "written");
	ok(record_parse(&found, text, length, &err) == 0, "read");
	ok(found.mode == MODE_DEVICE && memcmp(&found.device, &want->device, sizeof found.device) == 0, "the same");
	refuse_broken(text, broken, sizeof broken / sizeof *broken);
}

int main(void)
{
	test_macvlan();
	test_ipvlan();
	test_vlan_and_dummy();
	test_tap();
	test_vrf();
	test_host_device();
	test_refused();
	test_record();
	request_free(&request);
	return done();
}
