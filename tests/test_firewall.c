/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/firewall*, conf/packet_match*: reading, refusing, doubting; names of chains; the record's part. */
#include "conf/bridged.h"
#include "conf/firewall_config.h"

#include "conf/firewall_chain.h"
#include "store/record.h"
#include "tests/requests.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdlib.h>

#define IPAM "'ipam':{'subnet':'10.77.0.0/16'}"
#define DUAL "'ipam':{'ranges':[[{'subnet':'10.77.0.0/16'}],[{'subnet':'fd00:77::/64'}]]}"

static struct attachment *const want = &request.wish;
static const struct firewall *const firewall = &request.wish.firewall;

/** with_rules() - an ADD on a network of both families with these rules */
static void with_rules(const char *rules)
{
	char keys[8192];

	(void)snprintf(keys, sizeof keys, DUAL ",'firewall':{'rules':[%s]}", rules);
	add("", keys);
}

static void test_defaults(void)
{
	static const char *const silent[] = {"", ",'firewall':null", ",'firewall':{}",
					     ",'firewall':{'ingress':'','rules':[]}",
					     ",'firewall':{'ingress':'open','rules':null}"};
	struct firewall_chain chain;
	char keys[512];

	for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
		(void)snprintf(keys, sizeof keys, IPAM "%s", silent[i]);
		add("", keys);
		is_text(err.msg, "", silent[i]);
		ok(firewall->ingress == INGRESS_OPEN && firewall->rule_count == 0, "open");
		ok(!firewall_chain(want, FIREWALL_IN, &chain) && !firewall_chain(want, FIREWALL_OUT, &chain),
		   "and no chain of rules");
	}
	add("", IPAM ",'firewall':{'ingress':'published'}");
	ok(firewall->ingress == INGRESS_PUBLISHED && !firewall_isolates(want), "published");
	add("", IPAM ",'firewall':{'ingress':'isolated'}");
	ok(firewall->ingress == INGRESS_ISOLATED && firewall_isolates(want), "isolated");
}

static void test_rule(void)
{
	const struct packet_match *match = &firewall->rules[0].match;
	char text[PREFIX_TEXT_SIZE];

	with_rules("{'direction':'in','action':'reject','Protocol':'TCP','source':['192.0.2.9','192.0.2.0/24',"
		   "'2001:db8::1','10.0.0.0/8'],'destination':['fd00:77::9'],'sourcePorts':[1024,'1025-65535',7],"
		   "'destinationPorts':['80-90','85-100',443],'inInterface':'eth*','outInterface':'veth0',"
		   "'log':true,'counter':true,'comment':'why'}");
	is_text(err.msg, "", "a rule with everything");
	ok(firewall->rules[0].direction == FIREWALL_IN && firewall->rules[0].action == FIREWALL_REJECT, "words");
	ok(firewall->rules[0].log && firewall->rules[0].counter, "log and counter");
	ok(match->has_protocol && match->protocol == IPPROTO_TCP, "protocol, in any case");
	is_int(match->source_count, 3, "an address within a subnet of the list is left out");
	is_text(prefix_format(&match->sources[1], text), "192.0.2.0/24", "sorted, IPv4 first");
	is_text(prefix_format(&match->sources[2], text), "2001:db8::1/128", "one address");
	is_int(match->source_port_count, 2, "ports that touch are one range");
	ok(match->source_ports[1].first == 1024 && match->source_ports[1].last == 65535, "numbers and texts alike");
	is_int(match->destination_port_count, 2, "ports that overlap, too");
	is_text(match->in_interface, "eth*", "inInterface");
	is_text(match->out_interface, "veth0", "outInterface");
	ok(packet_match_has_family(match, AF_INET6) && !packet_match_has_family(match, AF_INET), "family");
	with_rules("{'direction':'out','action':'accept','protocol':47},{'direction':'out','action':'drop','protocol':'"
		   "0'}");
	ok(match->has_protocol && match->protocol == 47 && firewall->rules[1].match.has_protocol, "protocol by number");
	ok(!packet_match_knows_family(match), "no family");
}

static void test_refusals(void)
{
	static const char *const cases[][2] = {
		{"7", "firewall.rules[0]: expected an object, got 7"},
		{"{}", "firewall.rules[0].direction: \"\" is none of in, out"},
		{"{'direction':'both','action':'drop'}", "firewall.rules[0].direction: \"both\" is none of in, out"},
		{"{'direction':1,'action':'drop'}", "firewall.rules[0].direction: expected a string, got 1"},
		{"{'direction':'in'}", "firewall.rules[0].action: \"\" is none of accept, drop, reject"},
		{"{'direction':'in','action':'Drop'}",
		 "firewall.rules[0].action: \"Drop\" is none of accept, drop, reject"},
		{"{'direction':'in','action':'drop','destinationPort':[80]}",
		 "firewall.rules[0].destinationPort: there is no such key"},
		{"{'direction':'in','action':'drop','protocol':'ip'}",
		 "firewall.rules[0].protocol: \"ip\" is no protocol: tcp, udp, sctp, icmp, icmpv6 or a number up to "
		 "255"},
		{"{'direction':'in','action':'drop','protocol':256}",
		 "firewall.rules[0].protocol: 256 is no protocol: tcp, udp, sctp, icmp, icmpv6 or a number up to 255"},
		{"{'direction':'in','action':'drop','protocol':['tcp']}",
		 "firewall.rules[0].protocol: expected a string, got [\"tcp\"]"},
		{"{'direction':'in','action':'drop','source':'10.0.0.0/8'}",
		 "firewall.rules[0].source: expected a list, got \"10.0.0.0/8\""},
		{"{'direction':'in','action':'drop','source':['10.0.0.0/8',7]}",
		 "firewall.rules[0].source[1]: expected a string, got 7"},
		{"{'direction':'in','action':'drop','source':['example.org']}",
		 "firewall.rules[0].source[0]: \"example.org\" is no address and no subnet"},
		{"{'direction':'in','action':'drop','destination':['10.0.0.1/8']}",
		 "firewall.rules[0].destination[0]: \"10.0.0.1/8\" is no subnet: it has host bits set"},
		{"{'direction':'in','action':'drop','destinationPorts':[80]}",
		 "firewall.rules[0].destinationPorts: only a rule with protocol tcp, udp or sctp can have ports"},
		{"{'direction':'in','action':'drop','protocol':'icmp','sourcePorts':[8]}",
		 "firewall.rules[0].sourcePorts: only a rule with protocol tcp, udp or sctp can have ports"},
		{"{'direction':'in','action':'drop','protocol':'tcp','destinationPorts':['80-']}",
		 "firewall.rules[0].destinationPorts[0]: \"80-\" is no port and no range of ports"},
		{"{'direction':'in','action':'drop','protocol':'tcp','destinationPorts':['90-80']}",
		 "firewall.rules[0].destinationPorts[0]: \"90-80\" is no port and no range of ports"},
		{"{'direction':'in','action':'drop','protocol':'tcp','destinationPorts':[0]}",
		 "firewall.rules[0].destinationPorts[0]: 0 is no port and no range of ports"},
		{"{'direction':'in','action':'drop','protocol':'tcp','destinationPorts':[65536]}",
		 "firewall.rules[0].destinationPorts[0]: 65536 is no port and no range of ports"},
		{"{'direction':'in','action':'drop','protocol':'tcp','destinationPorts':['http']}",
		 "firewall.rules[0].destinationPorts[0]: \"http\" is no port and no range of ports"},
		{"{'direction':'in','action':'drop','inInterface':'*'}",
		 "firewall.rules[0].inInterface: \"*\" is no interface name, with '*' only behind the beginning of "
		 "one"},
		{"{'direction':'in','action':'drop','outInterface':'e*h'}",
		 "firewall.rules[0].outInterface: \"e*h\" is no interface name, with '*' only behind the beginning of "
		 "one"},
		{"{'direction':'in','action':'drop','outInterface':'a/b'}",
		 "firewall.rules[0].outInterface: \"a/b\" is no interface name, with '*' only behind the beginning of "
		 "one"},
		{"{'direction':'in','action':'drop','inInterface':'sixteen-letters-'}",
		 "firewall.rules[0].inInterface: longer than 15 bytes: sixteen-letters-"},
		{"{'direction':'in','action':'drop','log':'yes'}",
		 "firewall.rules[0].log: expected true or false, got \"yes\""},
		{"{'direction':'in','action':'drop','counter':1}",
		 "firewall.rules[0].counter: expected true or false, got 1"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		with_rules(cases[i][0]);
		is_text(err.msg, cases[i][1], cases[i][0]);
	}
	add("", IPAM ",'firewall':7");
	is_text(err.msg, "firewall: expected an object, got 7", "no object");
	add("", IPAM ",'firewall':{'ingress':'closed'}");
	is_text(err.msg, "firewall.ingress: \"closed\" is none of open, published, isolated", "no such ingress");
	add("", IPAM ",'firewall':{'ingres':'isolated'}");
	is_text(err.msg, "firewall.ingres: there is no such key", "a misspelt key would leave the door open");
	add("", IPAM ",'firewall':{'rules':{}}");
	is_text(err.msg, "firewall.rules: expected a list, got {}", "no list");
}

/** repeated() - a list of @count texts. Return: to be freed */
static char *repeated(const char *before, const char *item, size_t count, const char *after)
{
	size_t size = strlen(before) + count * (strlen(item) + 1) + strlen(after) + 1, used;
	char *text = malloc(size);

	if (!text)
		exit(1);
	used = (size_t)snprintf(text, size, "%s", before);
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "," : "", item);
	(void)snprintf(text + used, size - used, "%s", after);
	return text;
}

static void test_limits(void)
{
	static const char rule[] = "{'direction':'in','action':'drop'}";
	char *most = repeated("", rule, MAX_FIREWALL_RULES, ""), *more = repeated("", rule, MAX_FIREWALL_RULES + 1, "");
	char *full = repeated("{'direction':'in','action':'drop','source':[", "'10.1.1.1'", MAX_MATCH_ENTRIES, "]}");
	char *over =
		repeated("{'direction':'in','action':'drop','source':[", "'10.1.1.1'", MAX_MATCH_ENTRIES + 1, "]}");

	with_rules(most);
	is_int(firewall->rule_count, MAX_FIREWALL_RULES, "as many rules as are served");
	with_rules(more);
	is_text(err.msg, "firewall.rules: 65 entries, at most 64 are served", "one more");
	with_rules(full);
	is_text(err.msg, "", "as many addresses");
	with_rules(over);
	is_text(err.msg, "firewall.rules[0].source: 17 entries, at most 16 are served", "one more");
	free(most);
	free(more);
	free(full);
	free(over);
}

static void test_warnings(void)
{
	static const char *const cases[][2] = {
		{"{'direction':'in','action':'drop','source':['10.0.0.0/8']},"
		 "{'direction':'in','action':'accept','source':['10.1.0.0/16','10.2.0.0/16']}",
		 "firewall.rules[1] can never match: rules[0] takes all its packets"},
		{"{'direction':'in','action':'drop'},{'direction':'out','action':'drop'}", ""},
		{"{'direction':'in','action':'drop','protocol':'tcp','destinationPorts':['1-100']},"
		 "{'direction':'in','action':'accept','protocol':'tcp','destinationPorts':[22,80],'inInterface':'a'}",
		 "firewall.rules[1] can never match: rules[0] takes all its packets"},
		{"{'direction':'in','action':'drop','protocol':'tcp','destinationPorts':['1-100']},"
		 "{'direction':'in','action':'accept','protocol':'tcp','destinationPorts':[22,101]}",
		 ""},
		{"{'direction':'in','action':'drop','protocol':'tcp'},{'direction':'in','action':'accept'}", ""},
		{"{'direction':'in','action':'drop','inInterface':'eth*'},{'direction':'in','action':'accept',"
		 "'inInterface':'eth1'},{'direction':'in','action':'accept','inInterface':'eno1'}",
		 "firewall.rules[1] can never match: rules[0] takes all its packets"},
		{"{'direction':'out','action':'drop','source':['192.0.2.0/24']}",
		 "firewall.rules[0] can never match: its source is not in a subnet of the network"},
		{"{'direction':'out','action':'drop','source':['10.77.1.0/24']}", ""},
		{"{'direction':'out','action':'drop','source':['fe80::/10']}", ""},
		{"{'direction':'in','action':'drop','destination':['192.0.2.0/24']}",
		 "firewall.rules[0] can never match: its destination is not in a subnet of the network"},
		{"{'direction':'in','action':'drop','source':['192.0.2.0/24'],'destination':['fd00:77::/64']}",
		 "firewall.rules[0] can never match: its addresses and its protocol have no family in common"},
		{"{'direction':'in','action':'drop','outInterface':'eth9'}",
		 "firewall.rules[0] can never match: its outInterface is not the container's"},
		{"{'direction':'out','action':'drop','inInterface':'uplink'}",
		 "firewall.rules[0] can never match: its inInterface is not the container's"},
		{"{'direction':'in','action':'drop','outInterface':'veth-*'},"
		 "{'direction':'out','action':'drop','inInterface':'v*','protocol':'udp'},"
		 "{'direction':'out','action':'drop','inInterface':'veth12345678901','protocol':'tcp'}",
		 ""},
		{"{'direction':'in','action':'drop','protocol':'icmp','source':['2001:db8::/32']}",
		 "firewall.rules[0] can never match: its addresses and its protocol have no family in common"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		with_rules(cases[i][0]);
		is_text(err.msg, "", "read");
		is_text(err.warning, cases[i][1], cases[i][0]);
	}
	add("", IPAM ",'firewall':{'rules':[{'direction':'in','action':'drop','protocol':'icmpv6'}]}");
	is_text(err.warning, "firewall.rules[0] can never match: the network has no addresses of its family",
		"a family that is not served");
	add("",
	    "'ipam':{'type':'dhcp'},'firewall':{'rules':[{'direction':'out','action':'drop','source':['192.0.2.1']}]}");
	is_text(err.warning, "", "a delegate's subnets are not known yet");
	ask("cambric", "STATUS", "",
	    "{'cniVersion':'1.1.0','name':'n'," IPAM ",'firewall':{'rules':[{'direction':'in','action':'drop',"
	    "'protocol':'icmpv6'}]}}");
	is_text(err.warning, "", "STATUS says nothing of it");
	add("", IPAM ",'mode':'bridge','firewall':{'rules':[{'direction':'in','action':'drop','outInterface':'cb-*'},"
		     "{'direction':'out','action':'drop','inInterface':'veth*'}]}");
	is_text(err.warning, "firewall.rules[1] can never match: its inInterface is not the container's", "the bridge");
	add("", IPAM ",'nat':{'static':[{'private':'10.77.0.1','public':'198.51.100.1'},"
		     "{'private':'10.77.0.2','public':'198.51.100.2'}]}");
	is_text(err.warning, "nat.static: private 10.77.0.1 is no address that a container can have", "the gateway");
	add("", IPAM ",'nat':{'static':[{'private':'10.77.255.255','public':'198.51.100.1'}]}");
	is_text(err.warning, "nat.static: private 10.77.255.255 is no address that a container can have", "broadcast");
	add("", IPAM ",'mark':[{'fwmark':16}]");
	is_text(err.warning, "mark[0].fwmark: without a mask it replaces all bits, also those of others", "no mask");
	add("", IPAM ",'mark':[{'fwmark':'16/0x10'}]");
	is_text(err.warning, "", "with a mask");
	add("", IPAM ",'mark':[{'ttl':9},{'dscp':1,'source':['192.0.2.1']}]");
	is_text(err.warning, "mark[1] can never match: its source is not in a subnet of the network", "marks likewise");
}

/** test_bridges() - where packets do not pass this host, or nothing tells whose they are */
static void test_bridges(void)
{
	static const char *const keys[][2] = {
		{"'firewall':{'ingress':'isolated'}", "firewall"},
		{"'firewall':{'rules':[{'direction':'in','action':'drop'}]}", "firewall"},
		{"'mark':[{'ttl':9}]", "mark"},
		{"'nat':{'ports':'20000-29999'}", "nat"},
		{"'runtimeConfig':{'portMappings':[{'hostPort':8080,'containerPort':80,'protocol':'tcp'}]}",
		 "runtimeConfig.portMappings"},
	};
	char text[256];

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		(void)snprintf(text, sizeof text, "'mode':'bridge',%s", keys[i][0]);
		add("", text);
		is_int(err.code, ERROR_CONFIG, keys[i][0]);
		(void)snprintf(text, sizeof text, "%s: this network gives its containers no addresses (ipam)",
			       keys[i][1]);
		is_text(err.msg, text, "is refused without addresses");
	}
	add("", "'mode':'bridge','firewall':{},'mark':[]");
	is_text(err.msg, "", "what says nothing is not");
	add("", IPAM ",'mode':'bridge','firewall':{'ingress':'isolated'}");
	ok(bridge_has(want, BRIDGE_ISOLATED) && !err.warning[0], "isolated ports behind a bridge of ours");
	add("", IPAM ",'mode':'bridge','firewall':{'ingress':'published'}");
	ok(!bridge_has(want, BRIDGE_ISOLATED), "published ones are not");
	add("", IPAM ",'mode':'bridge','bridge':'br0','isGateway':false,'mark':[{'ttl':9}]");
	is_text(err.warning, "firewall, mark: they see what this host routes, and it routes nothing for bridge br0",
		"a bridge with another router is warned of");
}

/** chain_of() - the name for a configuration; "" for none */
static const char *chain_of(const char *keys, enum firewall_direction direction)
{
	static struct firewall_chain chains[4];
	static size_t next;
	struct firewall_chain *chain = &chains[next++ % 4];

	add("", keys);
	if (!firewall_chain(want, direction, chain))
		chain->name[0] = '\0';
	return chain->name;
}

static void test_chains(void)
{
#define RULE "'rules':[{'direction':'out','action':'drop','protocol':'tcp'}]"
	const char *name = chain_of(IPAM ",'firewall':{'ingress':'published'," RULE "}", FIREWALL_IN);

	is_int(strncmp(name, "in_net_", 7), 0, "direction and network");
	ok(strlen(name) < FIREWALL_CHAIN_SIZE, "fits");
	is_text(chain_of(IPAM ",'firewall':{'ingress':'published'}", FIREWALL_IN), name,
		"rules of the other direction do not matter");
	ok(strcmp(chain_of(DUAL ",'firewall':{'ingress':'published'}", FIREWALL_IN), name) != 0,
	   "subnets do, where the own network may enter");
	ok(strcmp(chain_of(IPAM ",'firewall':{'ingress':'isolated'}", FIREWALL_IN), name) != 0, "and the ingress");
	name = chain_of(IPAM ",'firewall':{'ingress':'published'," RULE "}", FIREWALL_OUT);
	is_text(chain_of(DUAL ",'firewall':{" RULE "}", FIREWALL_OUT), name, "out: neither matters");
	ok(strcmp(chain_of(
			  IPAM
			  ",'firewall':{'rules':[{'direction':'out','action':'drop','protocol':'tcp','counter':true}]}",
			  FIREWALL_OUT),
		  name) != 0,
	   "every word of a rule does");
	is_text(chain_of("'ipam':{'type':'dhcp'},'firewall':{'ingress':'isolated'}", FIREWALL_IN), "",
		"no chain before there is an address");
}

static void test_record(void)
{
	static struct attachment again;
	struct error problem = ERROR_INIT;
	char *text = NULL;
	size_t length = 0;

	with_rules("{'direction':'in','action':'reject','protocol':'tcp','source':['192.0.2.0/24','2001:db8::1'],"
		   "'destinationPorts':['8000-8099',80],'inInterface':'eth*','log':true,'counter':true},"
		   "{'direction':'out','action':'accept','protocol':47}");
	want->address_count = 0;
	ok(record_format(want, &text, &length, &problem) == 0, "written");
	ok(text && record_parse(&again, text, length, &problem) == 0, "read");
	is_text(problem.msg, "", "without complaint");
	is_int(again.firewall.rule_count, 2, "both rules");
	ok(packet_match_covers(&again.firewall.rules[0].match, &firewall->rules[0].match) &&
		   packet_match_covers(&firewall->rules[0].match, &again.firewall.rules[0].match),
	   "the same match");
	char *port = text ? strstr(text, "8000-8099") : NULL;
	if (ok(port != NULL, "readable"))
		memcpy(port, "8099-8000", 9);
	ok(record_parse(&again, text, length, &problem) < 0 && problem.errnum == EBADMSG, "tampered: refused");
	is_text(problem.msg,
		"record: \"firewall\" firewall.rules[0].destinationPorts[1]: \"8099-8000\" is no port and no range of "
		"ports: "
		"Bad message",
		"named");
	free(text);
	add("", IPAM);
	want->address_count = 0;
	ok(record_format(want, &text, &length, &problem) == 0 && !strstr(text, "firewall"),
	   "nothing is written for a network without");
	free(text);
}

int main(void)
{
	test_defaults();
	test_rule();
	test_refusals();
	test_limits();
	test_warnings();
	test_bridges();
	test_chains();
	test_record();
	request_free(&request);
	return done();
}
