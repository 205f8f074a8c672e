/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains of rules in a real table: which elements lead to them, by mode; who makes them, who removes them. */
#include "tests/nat_table.h"

#include "conf/firewall_chain.h"

/** filtered() - an attachment whose network drops tcp from a subnet and is otherwise @ingress */
static struct attachment *filtered(const char *container, unsigned host, enum firewall_ingress ingress)
{
	struct attachment *attachment = attachment_make("net", container, host);
	struct firewall_rule *rule = &attachment->firewall.rules[0];

	memset(rule, 0, sizeof *rule);
	rule->action = FIREWALL_DROP;
	rule->direction = FIREWALL_OUT;
	rule->match.has_protocol = true;
	rule->match.protocol = IPPROTO_TCP;
	rule->match.destination_count = 1;
	(void)prefix_parse("198.51.100.64/27", &rule->match.destinations[0]);
	attachment->firewall.rule_count = 1;
	attachment->firewall.ingress = ingress;
	return attachment;
}

/** leads() - whether nft shows a map with exactly this element, made of the words given and the attachment's chain */
static bool leads(const struct attachment *attachment, const char *map, const char *key,
		  enum firewall_direction direction)
{
	struct firewall_chain chain = {.name = ""};
	char what[64], text[192];

	(void)firewall_chain(attachment, direction, &chain);
	(void)snprintf(what, sizeof what, "map inet cambric %s", map);
	(void)snprintf(text, sizeof text, "elements = { %s : jump %s }", key, chain.name);
	return nft_says(what, text);
}

static void test_routed(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = filtered("one", 2, INGRESS_PUBLISHED);
	char key[IFNAMSIZ + 2];

	(void)snprintf(key, sizeof key, "\"%s\"", one->host_ifname);
	ok(attach(one, &err), "routed: ensure");
	show(&err);
	ok(leads(one, "filter_in", key, FIREWALL_IN), "routed: to it by the host end");
	ok(leads(one, "filter_out", key, FIREWALL_OUT), "routed: and from it");
	ok(!nft_says("map inet cambric filter_in4", "elements"), "routed: nothing by address");
	ok(nft_says("table inet cambric",
		    "ip daddr 198.51.100.64/27 meta l4proto tcp drop comment \"firewall.rules[0]\""),
	   "routed: rule of the configuration");
	ok(nft_says("table inet cambric", "iifgroup 51771 ip saddr 10.77.0.0/16 return drop }"),
	   "routed: own network by its proven sources, and nobody else");
	ok(nat_verify(one, store, &kernel, &err) == 0, "routed: verify");
	show(&err);
	ok(detach(one, &err), "routed: remove");
	ok(!nft_says("table inet cambric", "elements"), "routed: no element is left");
	ok(!nft_says("table inet cambric", "chain in_net"), "routed: no chain is left");
	free(one);
}

static void test_bridged(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = filtered("one", 2, INGRESS_PUBLISHED);

	one->mode = MODE_BRIDGE;
	one->bridge = (struct bridge){.name = "cb-net", .segment = "cb-net", .flags = BRIDGE_GATEWAY};
	attachment_address_add(one, "fd00:77::2", "fd00:77::/64", "fd00:77::1");
	ok(attach(one, &err), "bridge: ensure");
	show(&err);
	ok(leads(one, "filter_in4", "10.77.0.2", FIREWALL_IN), "bridge: to it by address");
	ok(leads(one, "filter_out6", "fd00:77::2", FIREWALL_OUT), "bridge: and from it, in both families");
	ok(!nft_says("map inet cambric filter_in", "elements"), "bridge: nothing by interface");
	ok(!nft_says("table inet cambric", "iifgroup 51771 ip saddr 10.77.0.0/16 return"),
	   "bridge: own network comes from the bridge");
	ok(nft_says("table inet cambric", "iifname \"cb-net\" ip saddr 10.77.0.0/16 return"), "bridge: by its subnet");
	ok(nat_verify(one, store, &kernel, &err) == 0, "bridge: verify");
	show(&err);
	ok(detach(one, &err), "bridge: remove");
	ok(!nft_says("table inet cambric", "elements") && !nft_says("table inet cambric", "chain in_net"),
	   "bridge: nothing is left");
	free(one);
}

static void test_shared(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = filtered("one", 2, INGRESS_ISOLATED), *two = filtered("two", 3, INGRESS_ISOLATED);

	ok(attach(one, &err) && attach(two, &err), "shared: two attachments");
	show(&err);
	ok(run("test $(nft list chains inet | grep -c 'chain \\(in\\|out\\)_') = 2"),
	   "shared: one chain for each direction");
	ok(nat_rebuild(store, &kernel, false, &err) == 0, "shared: rebuilt from the records");
	show(&err);
	ok(run("test $(nft list chains inet | grep -c 'chain \\(in\\|out\\)_') = 2"), "shared: each once again");
	ok(nat_verify(one, store, &kernel, &err) == 0 && nat_verify(two, store, &kernel, &err) == 0,
	   "shared: both whole");
	show(&err);
	ok(detach(one, &err), "shared: first leaves");
	ok(nat_verify(two, store, &kernel, &err) == 0, "shared: second is whole");
	show(&err);
	two->firewall.ingress = INGRESS_OPEN;
	ok(nat_verify(two, store, &kernel, &err) == 0, "shared: open needs no chain towards it");
	two->firewall.ingress = INGRESS_ISOLATED;
	ok(detach(two, &err), "shared: second leaves");
	show(&err);
	ok(!nft_says("table inet cambric", "chain in_net"), "shared: chain is gone");
	ok(nat_remove(two, store, &kernel, &err) == 0, "shared: removing again is success");
	free(one);
	free(two);
}

/** test_largest() - every rule with every list full goes through one transaction, and compares equal */
static void test_largest(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = filtered("one", 2, INGRESS_PUBLISHED);
	struct firewall_rule *first = &one->firewall.rules[0];

	for (unsigned i = 0; i < MAX_MATCH_ENTRIES; i++) {
		const struct prefix ipv4 = {.ip = {.family = AF_INET, .bytes = {198, 51, 100, (uint8_t)(i * 16)}},
					    .length = 30};
		const struct prefix ipv6 = {.ip = {.family = AF_INET6, .bytes = {0xfd, (uint8_t)i}}, .length = 19};
		const struct port_range ports = {.first = (uint16_t)(1000 + 10 * i), .last = (uint16_t)(1005 + 10 * i)};
		first->match.sources[i] = i % 2 ? ipv6 : ipv4;
		first->match.destinations[i] = i % 2 ? prefix_network(&ipv6) : ipv4;
		first->match.source_ports[i] = first->match.destination_ports[i] = ports;
	}
	(void)prefixes_tidy(first->match.sources, MAX_MATCH_ENTRIES);
	(void)prefixes_tidy(first->match.destinations, MAX_MATCH_ENTRIES);
	first->match.source_count = first->match.destination_count = MAX_MATCH_ENTRIES;
	first->match.source_port_count = first->match.destination_port_count = MAX_MATCH_ENTRIES;
	(void)snprintf(first->match.in_interface, IFNAMSIZ, "a*");
	(void)snprintf(first->match.out_interface, IFNAMSIZ, "fifteen-letters");
	first->log = first->counter = true;
	first->action = FIREWALL_REJECT;
	for (size_t i = 1; i < MAX_FIREWALL_RULES; i++)
		one->firewall.rules[i] = *first;
	one->firewall.rule_count = MAX_FIREWALL_RULES;
	ok(attach(one, &err), "largest: ensure");
	show(&err);
	ok(run("test $(nft list table inet cambric | grep -c 'comment \"firewall.rules') = 256"),
	   "largest: a rule and a line of the log for each family");
	ok(nat_verify(one, store, &kernel, &err) == 0, "largest: verify");
	show(&err);
	ok(nat_rebuild(store, &kernel, false, &err) == 0 && nat_verify(one, store, &kernel, &err) == 0,
	   "largest: rebuilt from the record");
	show(&err);
	ok(detach(one, &err), "largest: remove");
	show(&err);
	free(one);
}

int main(void)
{
	if (nat_open()) {
		test_routed();
		test_bridged();
		test_shared();
		test_largest();
	}
	nat_close();
	return done();
}
