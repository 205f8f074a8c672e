/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/network, conf/wish: every key of type cambric, its default, precedence and refusals. */
#include "tests/requests.h"

#include "tests/tap.h"

#define IPAM "'ipam':{'subnet':'10.77.0.0/16'}"
#define DUAL "'ipam':{'ranges':[[{'subnet':'10.77.0.0/16'}],[{'subnet':'fd00::/64'}]]}"

static const struct attachment *const want = &request.wish;

static const char *prefix_text(const struct prefix *prefix)
{
	static char text[PREFIX_TEXT_SIZE];

	return prefix_format(prefix, text);
}

static const char *mac_text(void)
{
	static char text[MAC_TEXT_SIZE];

	return mac_format(want->mac, text);
}

static void test_defaults(void)
{
	add("", IPAM);
	is_text(err.msg, "", "one subnet is a whole configuration");
	is_int(want->mtu, 0, "mtu is found out later");
	ok(want->masquerade_by_subnet, "masquerading by the kind of the subnet");
	ok(want->default_routes && want->route_count == 0, "default route");
	ok(want->forward_guard, "guard");
	is_int(want->port_count, 0, "no ports");
	is_int(want->exclusion_count, 0, "no exclusions");
	is_text(prefix_text(&want->addresses[0].subnet), "10.77.0.0/16", "subnet of the wished address");
	ok(!ip_is_set(&want->addresses[0].ip), "the address itself is still to be chosen");
}

static void test_keys(void)
{
	add("", IPAM ",'MTU':1400,'ipMasq':false,'forwardGuard':false,'mode':'routed','mac':'02:00:00:00:00:09',"
		     "'ipMasqExclude':['192.0.2.0/24','2001:db8::/32'],'unknown':{'a':1}");
	is_text(err.msg, "", "read");
	is_int(want->mtu, 1400, "mtu");
	ok(!want->masquerade_by_subnet && !want->masquerade_ipv4 && !want->masquerade_ipv6, "ipMasq false");
	ok(!want->forward_guard, "forwardGuard false");
	is_text(mac_text(), "02:00:00:00:00:09", "mac");
	is_int(want->exclusion_count, 2, "exclusions");
	is_text(prefix_text(&want->exclusions[1]), "2001:db8::/32", "second");
	add("", IPAM ",'ipMasq':true");
	ok(!want->masquerade_by_subnet && want->masquerade_ipv4, "ipMasq true");
}

static void test_refused_keys(void)
{
	static const struct {
		const char *keys, *msg;
		enum error_code code;
	} cases[] = {
		{IPAM ",'mtu':'1400'", "mtu: expected an integer, got \"1400\"", ERROR_DECODE},
		{IPAM ",'mtu':-1", "mtu: -1 is not between 0 and 65535", ERROR_CONFIG},
		{IPAM ",'mtu':70000", "mtu: 70000 is not between 0 and 65535", ERROR_CONFIG},
		{IPAM ",'mtu':67", "mtu: 67 is less than the 68 of every IP link", ERROR_CONFIG},
		{DUAL ",'mtu':1279", "mtu: 1279 is less than the 1280 that IPv6 needs", ERROR_CONFIG},
		{IPAM ",'ipMasq':'true'", "ipMasq: expected true or false, got \"true\"", ERROR_DECODE},
		{IPAM ",'ipMasqExclude':'10.0.0.0/8'", "ipMasqExclude: expected a list, got \"10.0.0.0/8\"",
		 ERROR_DECODE},
		{IPAM ",'ipMasqExclude':['10.0.0.1']", "ipMasqExclude[0]: invalid CIDR address: 10.0.0.1",
		 ERROR_CONFIG},
		{IPAM ",'ipMasqExclude':['10.0.0.1/8']", "ipMasqExclude[0]: 10.0.0.1/8 has host bits set",
		 ERROR_CONFIG},
		{IPAM ",'mac':'x'", "mac: \"x\" is no unicast MAC address", ERROR_CONFIG},
		{IPAM ",'mac':'01:00:5e:00:00:01'", "mac: \"01:00:5e:00:00:01\" is no unicast MAC address",
		 ERROR_CONFIG},
		{IPAM ",'dns':7", "dns: expected an object, got 7", ERROR_DECODE},
		{IPAM ",'runtimeConfig':[]", "runtimeConfig: expected an object, got []", ERROR_DECODE},
		{IPAM ",'args':{'cni':[]}", "args.cni: expected an object, got []", ERROR_DECODE},
		{"'ipam':7", "ipam: expected an object, got 7", ERROR_DECODE},
		{"", "IPAM config missing 'ipam' key", ERROR_CONFIG},
		{"'ipam':null", "IPAM config missing 'ipam' key", ERROR_CONFIG},
		{"'ipam':{'subnet':'10.0.0.0/8','dataDir':'/a/../b'}",
		 "ipam.dataDir: \"/a/../b\" is no absolute path without \"..\"", ERROR_CONFIG},
		{"'ipam':{'subnet':'10.0.0.0/8','dataDir':7}", "ipam.dataDir: expected a string, got 7", ERROR_DECODE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add("", cases[i].keys);
		is_text(err.msg, cases[i].msg, cases[i].keys);
		is_int(err.code, cases[i].code, cases[i].keys);
	}
}

static void test_unserved_keys(void)
{
	static const char *const cases[][2] = {
		{"'mode':'macvlan'", "unsupported field mode: \"macvlan\""},
		{"'mode':'routed','bridge':'br0'", "unsupported field bridge: \"br0\""},
		{"'macspoofchk':true", "unsupported field macspoofchk: true"},
		{"'VLAN':100", "unsupported field vlan: 100"},
	};
	static const char *const silent[] = {
		"'mode':''",
		"'mode':null",
		"'overlay':null",
		"'mark':[]",
		"'vlan':0",
		"'bridge':''",
		"'firewall':{'rules':[],'ingress':''}",
	};
	char keys[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(keys, sizeof keys, IPAM ",%s", cases[i][0]);
		add("", keys);
		is_text(err.msg, cases[i][1], cases[i][0]);
		is_int(err.code, ERROR_UNSUPPORTED_FIELD, "code 2");
	}
	for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
		(void)snprintf(keys, sizeof keys, IPAM ",%s", silent[i]);
		add("", keys);
		is_text(err.msg, "", silent[i]);
	}
}

static void test_data_dir(void)
{
	add("", "'ipam':{'subnet':'10.0.0.0/8','dataDir':'/var/lib/x..y/'}");
	is_text(request.network.data_dir, "/var/lib/x..y/", "two dots inside a name are fine");
	add("", "'ipam':{'subnet':'10.0.0.0/8','dataDir':''}");
	is_text(request.network.data_dir, "/run/cambric", "empty is absent");
}

static void test_mac_precedence(void)
{
	char derived[MAC_TEXT_SIZE];

	add("", IPAM);
	memcpy(derived, mac_text(), sizeof derived);
	add("MAC=02:00:00:00:00:02", IPAM);
	is_text(mac_text(), "02:00:00:00:00:02", "CNI_ARGS over derived");
	add("MAC=02:00:00:00:00:02", IPAM ",'mac':'02:00:00:00:00:01'");
	is_text(mac_text(), "02:00:00:00:00:02", "CNI_ARGS over configuration");
	add("MAC=02:00:00:00:00:02", IPAM ",'args':{'cni':{'mac':'02:00:00:00:00:03'}}");
	is_text(mac_text(), "02:00:00:00:00:03", "args.cni over CNI_ARGS");
	add("", IPAM
	    ",'args':{'cni':{'mac':'02:00:00:00:00:03','labels':[7]}},'runtimeConfig':{'mac':'02:00:00:00:00:04'}");
	is_text(mac_text(), "02:00:00:00:00:04", "runtimeConfig over all");
	add("MAC=", IPAM);
	is_text(mac_text(), derived, "empty is absent");
	add("MAC=zz", IPAM);
	is_text(err.msg, "CNI_ARGS MAC: \"zz\" is no unicast MAC address", "words");
	is_int(err.code, ERROR_ENVIRONMENT, "code 4");
}

static void test_arguments(void)
{
	add("FOO=bar", IPAM);
	is_text(err.msg, "ARGS: unknown args [\"FOO=bar\"]", "unknown");
	is_int(err.code, ERROR_ENVIRONMENT, "code 4");
	add("IP=10.77.0.9;MAC=02:00:00:00:00:02;K8S_POD_NAME=x", IPAM);
	is_text(err.msg, "", "IP and MAC together, without IgnoreUnknown");
}

static void test_routes(void)
{
	add("", "'ipam':{'subnet':'10.77.0.0/16','routes':[{'dst':'192.0.2.0/24'},{'dst':'::/0'},{'dst':'0.0.0.0/0',"
		"'gw':'10.77.0.9','mtu':1300}]}");
	is_text(err.msg, "", "read");
	ok(!want->default_routes, "no default of ours");
	is_int(want->route_count, 2, "those of the network's family");
	is_int(want->routes[1].mtu, 1300, "fields");
	is_text(err.warning, "ipam.routes: ::/0 left out, the network has no IPv6 address", "the other is told of");
	add("", "'ipam':{'subnet':'10.77.0.0/16','routes':[]}");
	ok(!want->default_routes && want->route_count == 0, "an empty list means none");
	add("", "'ipam':{'subnet':'10.77.0.0/16','routes':null}");
	ok(want->default_routes, "null is absent");
	add("", "'ipam':{'subnet':'10.77.0.0/16','routes':[{'dst':'x'}]}");
	is_text(err.msg, "ipam.routes[0].dst: invalid CIDR address: x", "words");
}

static void test_dns(void)
{
	add("", IPAM ",'dns':{'nameservers':['192.0.2.1'],'search':['a']}");
	is_text(want->dns.nameservers[0], "192.0.2.1", "configuration");
	add("", IPAM
	    ",'dns':{'nameservers':['192.0.2.1'],'search':['a']},'runtimeConfig':{'dns':{'servers':['192.0.2.2']}}");
	is_text(want->dns.nameservers[0], "192.0.2.2", "the runtime's list replaces it");
	is_text(want->dns.search[0], "a", "the others stay");
	add("", "'dns':{'domain':'d'},'ipam':{'type':'static','addresses':[{'address':'10.0.0.9/8'}],"
		"'dns':{'nameservers':['192.0.2.3']}}");
	is_int(want->dns.nameserver_count, 0, "dns of the configuration instead of IPAM's");
	add("", "'dns':{'nameservers':[]},'ipam':{'type':'static','addresses':[{'address':'10.0.0.9/8'}],"
		"'dns':{'nameservers':['192.0.2.3']}}");
	is_int(want->dns.nameserver_count, 0, "an empty list of the configuration, too, is one");
	add("", "'ipam':{'type':'static','addresses':[{'address':'10.0.0.9/8'}],'dns':{'nameservers':['192.0.2.3']}}");
	is_text(want->dns.nameservers[0], "192.0.2.3", "IPAM's when there is no other");
	add("", "'ipam':{'subnet':'10.0.0.0/8','resolvConf':'/nonexistent/resolv.conf'}");
	is_text(err.msg, "ipam.resolvConf: open /nonexistent/resolv.conf: No such file or directory", "words");
	is_int(err.code, ERROR_IO, "code 5");
	ask("cambric", "CHECK", "",
	    "{'cniVersion':'1.1.0','name':'n','prevResult':{},'ipam':{'subnet':'10.0.0.0/8','resolvConf':'/"
	    "nonexistent'}}");
	is_text(err.msg, "", "CHECK has no use for it");
}

static void test_ports(void)
{
	add("", IPAM ",'capabilities':{'portMappings':true},'RuntimeConfig':{'portMappings':[{'hostPort':8080,"
		     "'containerPort':80,'protocol':'tcp'},{'hostPort':8081,'containerPort':81,'protocol':'tcp'}]}");
	is_text(err.msg, "", "read");
	is_int(want->port_count, 1, "joined");
	is_int(want->ports[0].count, 2, "both");
	add("", IPAM ",'runtimeConfig':{'portMappings':[{'hostPort':0,'containerPort':80,'protocol':'tcp'}]}");
	is_text(err.msg, "Invalid host port number: 0", "words");
	is_text(err.details, "runtimeConfig.portMappings[0].hostPort", "field");
}

static void test_delegate(void)
{
	static const char *const bad[] = {"../x", "/bin/sh", "a/b", "..", "."};
	char keys[8192];

	add("", "'ipam':{'type':'dhcp','subnet':7,'routes':7}");
	is_text(err.msg, "", "its keys are its own");
	is_text(want->delegate.type, "dhcp", "name");
	is_text(want->delegate.search_path, "/opt/cni/bin:/x", "where to look");
	ok(want->delegate.config == request.input && want->delegate.config_length == request.input_length,
	   "bytes of stdin");
	ok(want->delegate.environment && want->delegated, "environment");
	ok(want->default_routes && want->address_count == 0 && !want->pool, "nothing of ours to allocate");
	ask("cambric", "DEL", "", "{'cniVersion':'1.1.0','name':'n','ipam':{'type':'dhcp'}}");
	is_text(want->delegate.type, "dhcp", "DEL too");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		(void)snprintf(keys, sizeof keys, "'ipam':{'type':'%s'}", bad[i]);
		add("", keys);
		ok(strncmp(err.msg, "ipam.type: invalid plugin name: ", 32) == 0 && err.code == ERROR_CONFIG, bad[i]);
		ok(!want->delegate.type, "nothing to run");
	}
	(void)snprintf(keys, sizeof keys, "'ipam':{'type':'%04096d'}", 0);
	add("", keys);
	is_int(err.code, ERROR_CONFIG, "4 KiB of name");
}

int main(void)
{
	test_defaults();
	test_keys();
	test_refused_keys();
	test_unserved_keys();
	test_data_dir();
	test_mac_precedence();
	test_arguments();
	test_routes();
	test_dns();
	test_ports();
	test_delegate();
	request_free(&request);
	return done();
}
