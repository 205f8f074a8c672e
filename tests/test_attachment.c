/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/attachment: derived names, next hops, default routes, small words. */
#include "conf/attachment.h"

#include "tests/tap.h"

static struct attachment first, second;

static void key(struct attachment *attachment, const char *network, const char *container, const char *ifname,
		const char *kind)
{
	attachment_init(attachment);
	(void)snprintf(attachment->id.network, sizeof attachment->id.network, "%s", network);
	(void)snprintf(attachment->id.container, sizeof attachment->id.container, "%s", container);
	(void)snprintf(attachment->id.ifname, sizeof attachment->id.ifname, "%s", ifname);
	(void)snprintf(attachment->id.kind, sizeof attachment->id.kind, "%s", kind);
}

static void address(struct attachment *attachment, const char *subnet, const char *gateway)
{
	struct address *added = &attachment->addresses[attachment->address_count++];

	memset(added, 0, sizeof *added);
	(void)prefix_parse(subnet, &added->subnet);
	(void)ip_parse(gateway, &added->gateway);
}

static const char *text_of(const struct ip *ip)
{
	static char text[IP_TEXT_SIZE];

	return ip_format(ip, text);
}

static void test_names_are_stable_and_well_formed(void)
{
	key(&first, "net", "container", "eth0", "cambric");
	key(&second, "net", "container", "eth0", "cambric");
	attachment_derive_names(&first, 0);
	attachment_derive_names(&second, 0);
	is_text(first.host_ifname, second.host_ifname, "same key, same name");
	ok(memcmp(first.mac, second.mac, MAC_LENGTH) == 0, "same key, same MAC");
	is_int(strlen(first.host_ifname), IFNAMSIZ - 1, "the name uses all the room an interface name has");
	ok(strncmp(first.host_ifname, "veth", 4) == 0, "NetworkManager leaves veth* alone");
	ok((first.mac[0] & 3) == 2 && (first.host_mac[0] & 3) == 2, "locally administered unicast");
	ok(memcmp(first.mac, first.host_mac, MAC_LENGTH) != 0, "the two ends differ");
}

static void test_every_part_of_the_key_counts(void)
{
	static const char *const keys[][4] = {
		{"net2", "container", "eth0", "cambric"}, {"net", "container2", "eth0", "cambric"},
		{"net", "container", "eth1", "cambric"},  {"net", "container", "eth0", "bridge"},
		{"netc", "ontainer", "eth0", "cambric"},
	};

	key(&first, "net", "container", "eth0", "cambric");
	attachment_derive_names(&first, 0);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		key(&second, keys[i][0], keys[i][1], keys[i][2], keys[i][3]);
		attachment_derive_names(&second, 0);
		ok(strcmp(first.host_ifname, second.host_ifname) != 0 &&
			   memcmp(first.host_mac, second.host_mac, MAC_LENGTH) != 0,
		   keys[i][0]);
	}
}

static void test_another_attempt_keeps_the_mac(void)
{
	static const uint8_t configured[MAC_LENGTH] = {2, 0, 0, 0, 0, 9};

	key(&first, "net", "container", "eth0", "cambric");
	memcpy(first.mac, configured, MAC_LENGTH);
	attachment_derive_names(&first, 0);
	second = first;
	attachment_derive_names(&second, 1);
	ok(strcmp(first.host_ifname, second.host_ifname) != 0, "another attempt, another name");
	ok(memcmp(first.host_mac, second.host_mac, MAC_LENGTH) != 0, "another attempt, another host MAC");
	ok(memcmp(second.mac, configured, MAC_LENGTH) == 0, "a configured MAC stays");
}

static void test_complete_fills_next_hops_and_default_routes(void)
{
	key(&first, "net", "container", "eth0", "cambric");
	first.default_routes = true;
	first.masquerade_by_subnet = true;
	address(&first, "10.77.0.0/16", "10.77.0.1");
	address(&first, "2001:db8::/64", "2001:db8::1");
	attachment_complete(&first);
	attachment_complete(&first);
	is_int(first.route_count, 2, "one default route per family, also when asked twice");
	is_text(text_of(&first.routes[0].gateway), "10.77.0.1", "IPv4 goes through the gateway");
	is_text(text_of(&first.routes[1].gateway), "fe80::1", "IPv6 goes through the host end");
	is_text(text_of(&first.addresses[1].next_hop), "fe80::1", "and the address says so");
	ok(first.masquerade_ipv4 && !first.masquerade_ipv6, "private is masqueraded, globally routable is not");
}

static void test_complete_without_gateway(void)
{
	key(&first, "net", "container", "eth0", "cambric");
	address(&first, "192.0.2.0/24", "");
	first.route_count = 1;
	first.routes[0] = (struct route){.priority = 0};
	(void)prefix_parse("198.51.100.0/24", &first.routes[0].destination);
	attachment_complete(&first);
	is_text(text_of(&first.addresses[0].next_hop), "169.254.1.1", "no gateway: link-local next hop");
	is_text(text_of(&first.routes[0].gateway), "169.254.1.1", "a route without gateway goes there");
	is_int(first.route_count, 1, "configured routes are all there is");
	ok(!first.masquerade_ipv4, "no masquerading unless configured or decided by subnet");
}

static void test_families(void)
{
	key(&first, "net", "container", "eth0", "cambric");
	address(&first, "10.77.0.0/16", "");
	ok(attachment_has_family(&first, AF_INET), "a wished address counts by its subnet");
	ok(!attachment_has_family(&first, AF_INET6), "other family");
	ok(attachment_address(&first, AF_INET) == &first.addresses[0], "first of the family");
	ok(!attachment_address(&first, AF_INET6), "none");
}

static void test_port_mapping_scope(void)
{
	struct port_mapping mapping = {.count = 1};

	ok(port_mapping_applies(&mapping, AF_INET) && port_mapping_applies(&mapping, AF_INET6), "no hostIP: both");
	ok(port_mapping_is_any(&mapping), "no hostIP: any");
	(void)ip_parse("0.0.0.0", &mapping.host_ip);
	ok(port_mapping_applies(&mapping, AF_INET) && !port_mapping_applies(&mapping, AF_INET6), "0.0.0.0: IPv4");
	ok(port_mapping_is_any(&mapping), "0.0.0.0: any");
	(void)ip_parse("192.0.2.1", &mapping.host_ip);
	ok(!port_mapping_is_any(&mapping), "an address is not any");
}

static void test_words(void)
{
	static const char *const bad[] = {"",
					  "02:00:00:00:00",
					  "02:00:00:00:00:0g",
					  "01:00:00:00:00:01",
					  "00:00:00:00:00:00",
					  "02-00:00:00:00:01",
					  "02:00:00:00:00:01 ",
					  "ff:ff:ff:ff:ff:ff",
					  "0200.0000.0001",
					  "02:00:00:00:00:00:01"};
	uint8_t mac[MAC_LENGTH];
	char text[MAC_TEXT_SIZE];

	is_text(protocol_name(protocol_number("SCTP")), "sctp", "protocols in any case");
	is_int(protocol_number("icmp"), 0, "other protocols");
	is_int(protocol_number(""), 0, "no protocol");
	is_text(protocol_name(1), "", "no name");
	ok(mac_parse("02:0A:ff:00:00:01", mac), "a MAC");
	is_text(mac_format(mac, text), "02:0a:ff:00:00:01", "and back");
	ok(mac_parse("02-00-00-00-00-01", mac), "dashes");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!mac_parse(bad[i], mac), bad[i]);
}

int main(void)
{
	test_names_are_stable_and_well_formed();
	test_every_part_of_the_key_counts();
	test_another_attempt_keeps_the_mac();
	test_complete_fills_next_hops_and_default_routes();
	test_complete_without_gateway();
	test_families();
	test_port_mapping_scope();
	test_words();
	return done();
}
