/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent/record, hosts, choose, claim_request: names, values and transactions, without a server. */
#include "agent/choose.h"
#include "agent/claim_request.h"
#include "agent/hosts.h"
#include "tests/tap.h"

#include <stdlib.h>

static struct agent_config config;
static struct error err;

static const char COMMON[] = "{\"network\":\"pods\",\"nodeID\":\"n1\",\"etcd\":{\"endpoints\":[\"http://127.0.0.1:1\"],"
			     "\"prefix\":\"/p\"},\"overlay\":{\"kind\":\"%s\",\"network\":[%s]},\"layout\":\"%s\"}";

static void configure(const char *kind, const char *networks, const char *layout)
{
	char text[1024];

	(void)snprintf(text, sizeof text, COMMON, kind, networks, layout);
	agent_config_clear(&config);
	err = (struct error)ERROR_INIT;
	is_int(agent_config_parse(&config, text, strlen(text), "test", &err), 0, "a configuration");
}

static struct prefix prefix(const char *text)
{
	struct prefix parsed = {.length = 0};

	(void)prefix_parse(text, &parsed);
	return parsed;
}

static struct record own(const char *ipv4, const char *ipv6)
{
	struct record record = {.node_id = "n1", .claim_id = "c1", .peer = {.host_length = 24}};

	(void)ip_parse("192.0.2.1", &record.peer.host);
	record.peer.subnets[record.peer.subnet_count++] = prefix(ipv4);
	if (ipv6)
		record.peer.subnets[record.peer.subnet_count++] = prefix(ipv6);
	return record;
}

static void test_names(void)
{
	char keys[OWN_KEYS][KEY_SIZE], begin[KEY_SIZE], end[KEY_SIZE];
	const struct record both = own("10.5.34.0/24", "fd00:5::/64");

	configure("sit", "\"10.5.0.0/16\",\"fd00:5::/48\"", "cambric");
	is_int(record_subnet_keys(&config, both.peer.subnets, 2, keys), 2, "a key per family");
	is_text(keys[0], "/p/subnets/10.5.34.0-24", "IPv4");
	is_text(keys[1], "/p/subnets6/fd00_5__-64", "IPv6");
	record_range(&config, begin, end);
	ok(strcmp(begin, keys[0]) < 0 && strcmp(keys[1], end) < 0, "both are in the range");
	configure("sit", "\"10.5.0.0/16\",\"fd00:5::/48\"", "flannel");
	is_int(record_subnet_keys(&config, both.peer.subnets, 2, keys), 1, "flannel has one key");
	is_text(keys[0], "/p/subnets/10.5.34.0-24&fd00:5::-64", "for both");
	record_range(&config, begin, end);
	is_text(end, "/p/subnets0", "and its range ends there");
}

/** read_subnet() - a record out of a key and a value. Return: 0: it is whole, 1: it is broken, -1: there is none */
static int read_subnet(const char *key, const char *value, struct record *record)
{
	char text[1024];
	struct kv kv = {.value = text, .length = (size_t)snprintf(text, sizeof text, "%s", value)};

	(void)snprintf(kv.key, sizeof kv.key, "%s", key);
	err = (struct error)ERROR_INIT;
	return record_read_subnet(&config, &kv, record, &err) < 0 ? -1 : record->broken;
}

static void test_values(void)
{
	struct record mine = own("10.5.34.0/24", NULL), record;
	char text[PREFIX_TEXT_SIZE];

	configure("ipip", "\"10.5.0.0/16\"", "flannel");
	char *value = record_value(&config, &mine);
	is_text(value ? value : "",
		"{\"nodeID\":\"n1\",\"claimID\":\"c1\",\"host\":\"192.0.2.1/"
		"24\",\"kind\":\"ipip\",\"subnets\":[\"10.5.34.0/24\"],"
		"\"PublicIP\":\"192.0.2.1\",\"PublicIPv6\":null,\"BackendType\":\"ipip\",\"BackendData\":null}",
		"flannel finds what it looks for");
	is_int(read_subnet("/p/subnets/10.5.34.0-24", value ? value : "", &record), 0, "we read it again");
	free(value);
	is_text(record.node_id, "n1", "node");
	is_text(prefix_format(&record.peer.subnets[0], text), "10.5.34.0/24", "subnet");
	is_int(record.peer.host_length, 24, "length on the underlay");
	is_int(read_subnet("/p/subnets/10.5.35.0-24&fd00:5::-64",
			   "{\"PublicIP\":\"192.0.2.9\",\"BackendType\":\"ipip\"}", &record),
	       0, "flannel's own");
	is_text(record.node_id, "flannel-192.0.2.9", "is known by its address");
	is_int(record.peer.subnet_count, 2, "and has both families");
	is_int(read_subnet("/p/subnets/10.5.35.0-24", "{\"PublicIP\":\"x\"}", &record), 1, "no address");
	is_int(read_subnet("/p/subnets/10.5.35.0-24", "{\"host\":\"127.0.0.1\"}", &record), 1, "loopback");
	is_int(read_subnet("/p/subnets/10.5.35.0-24", "not JSON", &record), 1, "no JSON");
	is_int(read_subnet("/p/subnets/10.5.35.1-24", "{}", &record), -1, "host bits in the name");
	is_int(read_subnet("/p/subnets/0.0.0.0-0", "{}", &record), -1, "everything");
	is_int(read_subnet("/p/subnets/x", "{}", &record), -1, "no subnet");
	is_int(read_subnet("/p/config", "{}", &record), -1, "not below subnets");
}

static void test_event_that_cannot_be_read_keeps_the_record(void)
{
	static const char *const events[] = {
		"{\"kv\":{\"key\":\"L3Avc3VibmV0cy8xMC41LjEuMC0yNA==\",\"mod_revision\":\"5\",\"create_revision\":"
		"\"5\","
		"\"value\":\"eyJob3N0IjoiMTkyLjAuMi43In0=\"}}",
		"{\"kv\":{\"key\":\"L3Avc3VibmV0cy8xMC41LjEuMC0yNA==\",\"mod_revision\":\"6\",\"create_revision\":"
		"\"5\","
		"\"value\":\"Z2FyYmFnZQ==\"}}",
		"{\"type\":\"DELETE\",\"kv\":{\"key\":\"L3Avc3VibmV0cy8xMC41LjEuMC0yNA==\",\"mod_revision\":\"7\"}}",
	};
	static const int changes[] = {1, 0, 1}, counts[] = {1, 1, 0};
	struct hosts hosts = {.records = NULL};
	json_error_t fault;

	configure("ipip", "\"10.5.0.0/16\"", "cambric");
	for (size_t i = 0; i < 3; i++) {
		json_auto_t *event = json_loads(events[i], 0, &fault);

		is_int(hosts_apply(&hosts, event, &config, &err), changes[i], "an event changes what it should");
		is_int(hosts.count, counts[i], "and nothing else");
		ok(hosts.count == 0 || !hosts.records[0].broken, "the host is known");
	}
	is_int(hosts.broken, 1, "and it was counted");
	hosts_clear(&hosts);
}

static void test_base64_that_is_none(void)
{
	static const char *const keys[] = {"=", "==", "A=", "====", "A===", "AAAAA", "", "AAA\\u0001"};
	json_error_t fault;

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		char text[64];
		struct kv kv;

		(void)snprintf(text, sizeof text, "{\"key\":\"%s\"}", keys[i]);
		json_auto_t *object = json_loads(text, 0, &fault);
		err = (struct error)ERROR_INIT;
		is_int(kv_read(object, &kv, &err), -1, "a key that is no base64");
		kv_clear(&kv);
	}
}

static void test_transaction(void)
{
	const struct record mine = own("10.5.34.0/24", NULL);

	configure("ipip", "\"10.5.0.0/16\"", "cambric");
	json_auto_t *request = claim_transaction(&config, &mine, 7, true, 41);
	json_auto_t *compare = json_pack(
		"[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s,s:s}]", "target", "CREATE", "result", "EQUAL",
		"key", "L3Avc3VibmV0cy8xMC41LjM0LjAtMjQ=", "create_revision", "0", "target", "CREATE", "result",
		"EQUAL", "key", "L3Avbm9kZXMvbjE=", "create_revision", "0", "target", "MOD", "result", "LESS", "key",
		"L3Avc3VibmV0cy8=", "range_end", "L3Avc3VibmV0czc=", "mod_revision", "42");
	ok(json_equal(json_object_get(request, "compare"), compare),
	   "both keys are new, and nothing below subnets is later than what was seen");
	is_int(json_array_size(json_object_get(request, "success")), 2, "two keys are written");
	is_text(json_string_value(json_object_get(
			json_object_get(json_array_get(json_object_get(request, "success"), 1), "request_put"),
			"lease")),
		"7", "on the lease");
	is_int(json_array_size(json_object_get(request, "failure")), 2, "or node and list are answered");
	json_auto_t *free_for_all = claim_transaction(&config, &mine, 7, false, 41);
	is_int(json_array_size(json_object_get(free_for_all, "compare")), 2, "without the guard");
}

static void test_choose(void)
{
	const struct prefix network = prefix("10.5.0.0/22"), wanted = prefix("10.5.2.0/24"),
			    other = prefix("10.6.0.0/24");
	struct prefix taken[] = {prefix("10.5.3.128/25"), prefix("10.5.0.0/23"), prefix("fd00::/64")}, chosen;
	struct prefix all[] = {prefix("10.0.0.0/8")};
	int wrong = 0;

	ok(choose_subnet(&network, 24, &wanted, taken, 3, &chosen) && prefix_equal(&chosen, &wanted), "what is wanted");
	for (int i = 0; i < 50; i++)
		wrong += !choose_subnet(&network, 24, &other, taken, 3, &chosen) || !prefix_equal(&chosen, &wanted);
	is_int(wrong, 0, "the only one that is free, beside shorter and longer ones");
	ok(!choose_subnet(&network, 24, NULL, all, 1, &chosen), "none is free");
	const struct prefix last = prefix("255.255.255.0/24");
	ok(choose_subnet(&last, 26, NULL, taken, 0, &chosen), "the end of all addresses is an end");
	const struct prefix ipv6 = prefix("fd00::/48");
	wrong = 0;
	for (int i = 0; i < 50; i++)
		wrong += !choose_subnet(&ipv6, 64, NULL, taken, 3, &chosen) || prefix_overlaps(&chosen, &taken[2]) ||
			 !prefix_contains(&ipv6, &chosen);
	is_int(wrong, 0, "IPv6");
}

int main(void)
{
	test_names();
	test_values();
	test_event_that_cannot_be_read_keeps_the_record();
	test_base64_that_is_none();
	test_transaction();
	test_choose();
	agent_config_clear(&config);
	return done();
}
