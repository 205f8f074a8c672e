/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/nat_config, conf/nat: "nat" of a network and of one container. */
#include "tests/requests.h"

#include "tests/tap.h"

#define DUAL "'ipam':{'ranges':[[{'subnet':'10.77.0.0/16'}],[{'subnet':'fd00:77::/64'}]]}"
#define OWN(text) DUAL ",'runtimeConfig':{'nat':{" text "}}"

static struct attachment *const want = &request.wish;

static const char *ip_text(const struct ip *ip)
{
	static char text[IP_TEXT_SIZE];

	return ip_format(ip, text);
}

/** lease() - as IPAM does it: addresses are known, the wish is completed */
static void lease(const char *ipv4, const char *ipv6)
{
	(void)ip_parse(ipv4, &want->addresses[0].ip);
	if (want->address_count > 1)
		(void)ip_parse(ipv6, &want->addresses[1].ip);
	attachment_complete(want);
	attachment_complete(want);
}

static void test_nothing(void)
{
	static const char *const empty[] = {DUAL, DUAL ",'nat':null", DUAL ",'nat':{}",
					    DUAL ",'nat':{'ports':'','static':[],'announce':''}"};

	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
		add("", empty[i]);
		is_text(err.msg, "", empty[i]);
		ok(!nat_is_used(&want->nat), "is nothing");
	}
}

static void test_keys(void)
{
	add("", DUAL ",'nat':{'ports':'20000-29999','pool':['198.51.100.20-198.51.100.27','2001:db8:5::/120'],"
		     "'announce':'address'}");
	is_text(err.msg, "", "read");
	is_int(want->nat.first_port, 20000, "first port");
	is_int(want->nat.last_port, 29999, "last port");
	is_text(ip_text(&want->nat.pools[0].first), "198.51.100.20", "pool");
	is_text(ip_text(&want->nat.pools[0].last), "198.51.100.27", "its end");
	is_text(ip_text(&want->nat.pools[1].last), "2001:db8:5::ff", "a prefix is a range, too");
	is_int(want->nat.announce, ANNOUNCE_ADDRESS, "announce");
	add("", "'ipam':{'subnet':'100.126.0.0/16'},'nat':{'snat':'192.0.2.1','ports':'7'}");
	is_text(err.msg, "", "one port, one source");
	is_int(want->nat.first_port + want->nat.last_port, 14, "one port");
	is_text(ip_text(&want->nat.snat[0]), "192.0.2.1", "snat");
	is_int(want->nat.announce, ANNOUNCE_PROXY, "announced by proxy unless said otherwise");
	add("", "'ipam':{'subnet':'203.0.113.0/24'},'nat':{'snat':['192.0.2.1','2001:db8::1']}");
	is_text(err.msg, "", "a family too many is no error");
	is_text(err.warning, "nat.snat[1] left out, the network has no IPv6 address", "but a warning");
	lease("203.0.113.9", "");
	ok(want->masquerade_ipv4, "who says snat wants it, whatever the subnet");
}

static void test_statics(void)
{
	add("", DUAL ",'nat':{'static':[{'private':'10.77.0.10','public':'198.51.100.10'},"
		     "{'private':'fd00:77::10','public':'2001:db8:5::10'},"
		     "{'private':'10.77.0.11','public':'198.51.100.11'}]}");
	is_text(err.msg, "", "read");
	is_int(want->nat.static_count, 0, "nobody's, as long as nobody has an address");
	lease("10.77.0.10", "fd00:77::11");
	is_int(want->nat.static_count, 1, "whose address it is has it");
	is_text(ip_text(&want->nat.statics[0].public), "198.51.100.10", "public address");
	is_int(want->nat.public_count, 1, "which is announced");
	is_int(attachment_check_nat(want, &err), 0, "that is sound");
	add("", OWN("'static':[{'public':'198.51.100.12'},{'public':'2001:db8:5::12'}]"));
	is_text(err.msg, "", "of one container");
	lease("10.77.0.12", "fd00:77::12");
	is_text(ip_text(&want->nat.statics[0].private), "10.77.0.12", "its own address is meant");
	is_text(ip_text(&want->nat.statics[1].private), "fd00:77::12", "of the family");
	add("", DUAL ",'args':{'cni':{'nat':{'static':[{'public':'198.51.100.13'}],'snat':'192.0.2.1'}}},"
		     "'runtimeConfig':{'nat':{'static':[{'public':'198.51.100.14'}]}}");
	is_text(err.msg, "", "args.cni and runtimeConfig");
	is_int(want->nat.static_count, 1, "the later list replaces the earlier one");
	is_text(ip_text(&want->nat.statics[0].public), "198.51.100.14", "runtimeConfig is the later one");
	is_text(ip_text(&want->nat.snat[0]), "192.0.2.1", "what it does not say stays");
	add("", DUAL ",'nat':{'snat':['192.0.2.1','2001:db8::1']},'args':{'cni':{'nat':{'snat':'192.0.2.2'}}}");
	is_text(err.msg, "", "snat of one family");
	is_text(ip_text(&want->nat.snat[0]), "192.0.2.2", "replaces that of the network");
	is_text(ip_text(&want->nat.snat[1]), "2001:db8::1", "and leaves that of the other");
	add("", OWN("'static':[{'private':'10.77.0.9','public':'198.51.100.12'}]"));
	lease("10.77.0.12", "fd00:77::12");
	ok(attachment_check_nat(want, &err) < 0 && err.code == ERROR_CONFIG, "an address of another container");
	is_text(err.msg, "nat.static: public 198.51.100.12: private \"10.77.0.9\" is no address of the container",
		"is refused");
}

static void test_too_many(void)
{
	char config[4096] = DUAL ",'nat':{'static':[";
	size_t used = strlen(config);

	for (int i = 0; i <= MAX_STATIC_NAT; i++)
		used += (size_t)snprintf(config + used, sizeof config - used,
					 "%s{'private':'10.77.0.9','public':'198.51.100.%d'}", i ? "," : "", i);
	(void)snprintf(config + used, sizeof config - used, "]}");
	add("", config);
	is_text(err.msg, "", "many public addresses");
	lease("10.77.0.9", "fd00:77::9");
	ok(attachment_check_nat(want, &err) < 0, "are more than one container can have");
	is_text(err.msg, "nat.static: public 198.51.100.8 is one more than the 8 that a container can have", "it says");
}

static void test_refused(void)
{
	static const struct {
		const char *keys, *msg;
		enum error_code code;
	} cases[] = {
		{DUAL ",'nat':[]", "nat: expected an object, got []", ERROR_DECODE},
		{DUAL ",'nat':{'ports':20000}", "nat.ports: expected a string, got 20000", ERROR_DECODE},
		{DUAL ",'nat':{'ports':'0-5'}", "nat.ports: \"0-5\" is no range of ports, as in \"20000-29999\"",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'ports':'5-4'}", "nat.ports: \"5-4\" is no range of ports, as in \"20000-29999\"",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'ports':'5-65536'}",
		 "nat.ports: \"5-65536\" is no range of ports, as in \"20000-29999\"", ERROR_CONFIG},
		{DUAL ",'nat':{'ports':'5-6-7'}", "nat.ports: \"5-6-7\" is no range of ports, as in \"20000-29999\"",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'ports':'5-'}", "nat.ports: \"5-\" is no range of ports, as in \"20000-29999\"",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'announce':'bgp'}", "nat.announce: \"bgp\" is none of proxy, address", ERROR_CONFIG},
		{DUAL ",'nat':{'snat':7}", "nat.snat: expected a string, got 7", ERROR_DECODE},
		{DUAL ",'nat':{'snat':['x']}", "nat.snat[0]: invalid IP address: x", ERROR_CONFIG},
		{DUAL ",'nat':{'snat':['192.0.2.1','192.0.2.2']}", "nat.snat[1]: a second one for IPv4", ERROR_CONFIG},
		{DUAL ",'nat':{'snat':'224.0.0.1'}", "nat.snat: 224.0.0.1 cannot be a public address", ERROR_CONFIG},
		{DUAL ",'nat':{'snat':'10.77.0.1'}",
		 "nat.snat: 10.77.0.1 lies in the network's own subnet 10.77.0.0/16", ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'192.0.2.9-192.0.2.8'}",
		 "nat.pool: \"192.0.2.9-192.0.2.8\" is no range of addresses, as in \"198.51.100.20-198.51.100.27\"",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'192.0.2.9-2001:db8::1'}",
		 "nat.pool: \"192.0.2.9-2001:db8::1\" is no range of addresses, as in \"198.51.100.20-198.51.100.27\"",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'2001:db8::/64'}", "nat.pool: 2001:db8::/64 has more than 65536 addresses",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'10.70.0.0-10.77.0.1'}",
		 "nat.pool: 10.70.0.0-10.77.0.1 has more than 65536 addresses", ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'10.76.255.0-10.77.0.1'}",
		 "nat.pool: 10.77.0.0 lies in the network's own subnet 10.77.0.0/16", ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'126.255.255.250-127.0.0.5'}", "nat.pool: 127.0.0.0 cannot be a public address",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'223.255.255.255-224.0.0.1'}", "nat.pool: 224.0.0.0 cannot be a public address",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'0.0.0.1-0.0.0.9'}", "nat.pool: 0.0.0.1 cannot be a public address",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'169.253.255.250-169.254.0.9'}",
		 "nat.pool: 169.254.0.0 cannot be a public address", ERROR_CONFIG},
		{DUAL ",'nat':{'snat':'255.255.255.255'}", "nat.snat: 255.255.255.255 cannot be a public address",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'::/112'}", "nat.pool: :: cannot be a public address", ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'fe7f:ffff:ffff:ffff:ffff:ffff:ffff:fff0-fe80::'}",
		 "nat.pool: fe80:: cannot be a public address", ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'feff:ffff:ffff:ffff:ffff:ffff:ffff:fff0-ff00::1'}",
		 "nat.pool: ff00:: cannot be a public address", ERROR_CONFIG},
		{DUAL ",'nat':{'snat':'192.0.2.9','static':[{'private':'10.77.0.9','public':'192.0.2.9'}]}",
		 "nat: snat 192.0.2.9 is a public address of static, too", ERROR_CONFIG},
		{DUAL ",'nat':{'snat':'2001:db8::9'},'args':{'cni':{'nat':{'static':[{'public':'2001:db8::9'}]}}}",
		 "args.cni.nat: snat 2001:db8::9 is a public address of static, too", ERROR_CONFIG},
		{DUAL ",'nat':{'static':[{'private':'10.77.0.9','public':'192.0.2.9'}]},"
		      "'runtimeConfig':{'nat':{'snat':'192.0.2.9'}}",
		 "runtimeConfig.nat: snat 192.0.2.9 is a public address of static, too", ERROR_CONFIG},
		{DUAL ",'args':{'cni':{'nat':{'snat':'192.0.2.9'}}},"
		      "'runtimeConfig':{'nat':{'static':[{'public':'192.0.2.9'}]}}",
		 "runtimeConfig.nat: snat 192.0.2.9 is a public address of static, too", ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'192.0.2.8/31','snat':'192.0.2.1'}", "nat: pool and snat exclude each other",
		 ERROR_CONFIG},
		{DUAL ",'ipMasq':false,'nat':{'ports':'1-2'}", "nat: ports, pool and snat need ipMasq, which is false",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'static':{}}", "nat.static: expected a list, got {}", ERROR_DECODE},
		{DUAL ",'nat':{'static':[7]}", "nat.static[0]: expected an object, got 7", ERROR_DECODE},
		{DUAL ",'nat':{'static':[{'private':'10.77.0.9'}]}", "nat.static[0].public is missing", ERROR_CONFIG},
		{DUAL ",'nat':{'static':[{'public':'192.0.2.9'}]}", "nat.static[0].private is missing", ERROR_CONFIG},
		{DUAL ",'nat':{'static':[{'private':'10.77.0.9','public':'2001:db8::9'}]}",
		 "nat.static[0]: private and public are of two families", ERROR_CONFIG},
		{DUAL ",'nat':{'static':[{'private':'10.78.0.9','public':'192.0.2.9'}]}",
		 "nat.static[0].private: 10.78.0.9 is in no subnet of the network", ERROR_CONFIG},
		{DUAL ",'nat':{'static':[{'private':'10.77.0.9','public':'127.0.0.1'}]}",
		 "nat.static[0].public: 127.0.0.1 cannot be a public address", ERROR_CONFIG},
		{DUAL ",'nat':{'static':[{'private':'10.77.0.9','public':'192.0.2.9'},"
		      "{'private':'10.77.0.8','public':'192.0.2.9'}]}",
		 "nat.static[1].public: 192.0.2.9 is there twice", ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'192.0.2.8/31','static':[{'private':'10.77.0.9','public':'192.0.2.9'}]}",
		 "nat.static[0].public: 192.0.2.9 is in the pool", ERROR_CONFIG},
		{DUAL ",'args':{'cni':{'nat':{'Snat':'192.0.2.1','statik':[]}}}",
		 "args.cni.nat.statik: there is no such key", ERROR_CONFIG},
		{OWN("'pool':'192.0.2.8/31'"),
		 "unsupported field runtimeConfig.nat.pool: it is said for the whole network, in \"nat\"",
		 ERROR_UNSUPPORTED_FIELD},
		{OWN("'static':[{'public':'x'}]"), "runtimeConfig.nat.static[0].public: invalid IP address: x",
		 ERROR_CONFIG},
		{DUAL ",'nat':{'pool':'192.0.2.8/31'},'args':{'cni':{'nat':{'snat':'192.0.2.1'}}}",
		 "args.cni.nat: pool and snat exclude each other", ERROR_CONFIG},
		{"'ipam':{'subnet':'10.77.0.0/16'},'runtimeConfig':{'nat':{'static':[{'public':'2001:db8::9'}]}}",
		 "runtimeConfig.nat.static[0].public: the network has no IPv6 address", ERROR_CONFIG},
		{DUAL ",'conditionsV4':['ip','saddr','192.0.2.0/24']",
		 "unsupported field conditionsV4: [\"ip\",\"saddr\",\"192.0.2.0/24\"]; who may reach a published port "
		 "is said in firewall.rules",
		 ERROR_UNSUPPORTED_FIELD},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add("", cases[i].keys);
		is_text(err.msg, cases[i].msg, cases[i].keys);
		is_int(err.code, cases[i].code, cases[i].keys);
	}
	add("", DUAL ",'conditionsV4':[],'conditionsV6':null");
	is_text(err.msg, "", "conditions that say nothing");
}

int main(void)
{
	test_nothing();
	test_keys();
	test_statics();
	test_too_many();
	test_refused();
	request_free(&request);
	return done();
}
