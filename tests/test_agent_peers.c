/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent/watch, agent/peers: what each kind of line does to table and resume point, and who becomes a peer. */
#include "agent/peers.h"
#include "agent/watch.h"
#include "base/base64.h"
#include "tests/tap.h"

#include <stdlib.h>

static struct agent_config config;
static struct error err;
static struct hosts hosts;
static struct follower follower;
static bool changed;

static void begin(const char *kind)
{
	char text[640];

	(void)snprintf(text, sizeof text,
		       "{\"network\":\"pods\",\"nodeID\":\"me\",\"etcd\":{\"endpoints\":[\"http://"
		       "10.5.200.7:2379\"],\"prefix\":\"/p\"},"
		       "\"overlay\":{\"kind\":\"%s\",\"network\":[\"10.5.0.0/16\",\"fd00:5::/48\"]},"
		       "\"publicKey\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}",
		       kind);
	err = (struct error)ERROR_INIT;
	agent_config_clear(&config);
	hosts_clear(&hosts);
	follower = (struct follower){.resume = 10};
	is_int(agent_config_parse(&config, text, strlen(text), "test", &err), 0, kind);
}

/** line() - take a line of a watch. Return: of follow_line() */
static int line(const char *text)
{
	json_error_t fault;
	json_auto_t *json = json_loads(text, 0, &fault);

	changed = false;
	err = (struct error)ERROR_INIT;
	return json ? follow_line(&follower, json, &config, &hosts, &changed, &err) : -2;
}

/** event() - somebody writes a subnet */
static void event(const char *subnet, const char *value, int revision)
{
	char key[128], name[128], encoded[512], text[1024];

	(void)snprintf(name, sizeof name, "/p/subnets/%s", subnet);
	(void)base64_encode(name, strlen(name), key);
	(void)base64_encode(value, strlen(value), encoded);
	(void)snprintf(
		text, sizeof text,
		"{\"result\":{\"header\":{\"revision\":\"9000\"},\"events\":[{\"kv\":{\"key\":\"%s\",\"value\":\"%s\","
		"\"mod_revision\":\"%d\",\"create_revision\":\"%d\"}}]}}",
		key, encoded, revision, revision);
	is_int(line(text), 0, subnet);
}

static void test_lines(void)
{
	begin("sit");
	is_int(line("{\"result\":{\"header\":{\"revision\":\"50\"},\"created\":true}}"), 0, "created");
	is_int(follower.resume, 10, "advances nothing");
	event("10.5.1.0-24", "{\"nodeID\":\"a\",\"host\":\"192.0.2.1\"}", 12);
	is_int(follower.resume, 13, "an event: its revision counts, not the one of the header");
	ok(changed && hosts.count == 1, "and the host is there");
	event("10.5.1.0-24", "garbage", 13);
	ok(!changed && hosts.count == 1, "a value that cannot be read changes nothing");
	is_int(follower.resume, 14, "but has been seen");
	is_int(line("{\"result\":{\"header\":{\"revision\":\"60\"}}}"), 0, "progress");
	is_int(follower.resume, 61, "advances to the header");
	is_int(line("{\"error\":{\"grpc_code\":14,\"message\":\"etcdserver: server stopped\"}}"), -1,
	       "the server goes");
	is_int(follower.resume, 61, "and is followed from there");
	is_int(line("{\"result\":{\"canceled\":true,\"cancel_reason\":\"etcdserver: permission denied\"}}"), -1,
	       "canceled");
	is_int(follower.resume, 61, "the same");
	is_int(line("{\"result\":{\"canceled\":true,\"created\":true,\"compact_revision\":\"70\"}}"), -1, "compacted");
	is_int(follower.resume, 0, "list first");
	is_int(hosts.count, 1, "and what is known holds until then");
}

/** peers() - hosts of the peers, in order, a blank behind each */
static const char *peers(size_t *refused)
{
	static char text[512];
	struct record own = {.node_id = "me", .peer = {.host_length = 24, .subnet_count = 1}};
	struct overlay overlay = {.kind = OVERLAY_NONE};
	char host[IP_TEXT_SIZE];

	(void)ip_parse("192.0.2.100", &own.peer.host);
	(void)prefix_parse("10.5.100.0/24", &own.peer.subnets[0]);
	is_int(peers_choose(&overlay, &hosts, &own, &config, refused, &err), 0, "peers are chosen");
	text[0] = '\0';
	for (size_t i = 0; i < overlay.peer_count; i++)
		(void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s ",
			       ip_format(&overlay.peers[i].host, host));
	overlay_clear(&overlay);
	return text;
}

static void test_peers(void)
{
	static const struct {
		const char *subnet, *value, *what;
	} left_out[] = {
		{"10.6.1.0-24", "{\"nodeID\":\"x\",\"host\":\"192.0.2.9\"}", "outside of the network"},
		{"10.5.100.128-25", "{\"nodeID\":\"x\",\"host\":\"192.0.2.9\"}", "over our own"},
		{"10.5.1.128-25", "{\"nodeID\":\"x\",\"host\":\"192.0.2.9\"}", "within an older one"},
		{"10.5.0.0-16", "{\"nodeID\":\"x\",\"host\":\"192.0.2.9\"}", "around all"},
		{"10.5.200.0-24", "{\"nodeID\":\"x\",\"host\":\"192.0.2.9\"}", "over an endpoint of etcd"},
		{"10.5.9.0-24", "{\"nodeID\":\"x\",\"host\":\"192.0.2.1\"}", "the address of another host"},
		{"10.5.9.0-24", "{\"nodeID\":\"x\",\"host\":\"192.0.2.100\"}", "our own address"},
		{"10.5.9.0-24", "{\"nodeID\":\"x\",\"host\":\"10.5.1.7\"}", "a host in a subnet of another"},
		{"10.5.9.0-24", "{\"nodeID\":\"x\",\"host\":\"2001:db8::9\"}", "a tunnel over IPv6"},
	};
	size_t refused;

	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
		begin("sit");
		event("10.5.1.0-24", "{\"nodeID\":\"a\",\"host\":\"192.0.2.1\"}", 12);
		event("10.5.2.0-24", "{\"nodeID\":\"b\",\"host\":\"192.0.2.2\"}", 13);
		event("10.5.100.0-24", "{\"nodeID\":\"me\",\"host\":\"192.0.2.100\"}", 14);
		event(left_out[i].subnet, left_out[i].value, 15);
		is_text(peers(&refused), "192.0.2.1 192.0.2.2 ", left_out[i].what);
		is_int(refused, 1, "is counted");
	}
	begin("ipip");
	event("10.5.3.0-24&fd00:5:0:3::-64", "{\"nodeID\":\"f\",\"PublicIP\":\"192.0.2.3\"}", 12);
	is_text(peers(&refused), "192.0.2.3 ", "of both families ipip takes one");
	is_int(refused, 1, "and says so");
	begin("wireguard");
	event("10.5.3.0-24", "{\"nodeID\":\"f\",\"host\":\"192.0.2.3\"}", 12);
	is_text(peers(&refused), "", "wireguard needs a key");
}

int main(void)
{
	test_lines();
	test_peers();
	agent_config_clear(&config);
	hosts_clear(&hosts);
	return done();
}
