/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/overlay_config, overlay_peers, overlay_files: the key "overlay", every refusal, and the two files. */
#include "tests/requests.h"

#include "base/file.h"
#include "conf/overlay_config.h"
#include "conf/overlay_peers.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <stdlib.h>

#define IPAM "'ipam':{'subnet':'10.77.1.0/24'}"
#define PEER "{'host':'192.0.2.2/24','subnets':['10.77.2.0/24']}"

static const struct attachment *const want = &request.wish;
static char scratch[] = "/tmp/overlay-test-XXXXXX";

static const char *prefix_text(const struct prefix *prefix)
{
	static char text[PREFIX_TEXT_SIZE];

	return prefix_format(prefix, text);
}

static void add_overlay(const char *keys)
{
	static char text[4096];

	(void)snprintf(text, sizeof text, IPAM ",'overlay':{%s}", keys);
	add("", text);
}

static void test_absent(void)
{
	add("", IPAM);
	is_text(err.msg, "", "without the key");
	ok(!want->overlay && !want->in_overlay && want->exclusion_count == 0, "nothing of an overlay");
}

static void test_keys(void)
{
	const struct overlay *overlay;

	add_overlay(
		"'kind':'ipip','local':'192.0.2.1/24','device':'eth9','network':'10.77.0.0/16','ttl':255,'mtu':1400,"
		"'port':4790,'peers':[" PEER
		",{'host':'192.0.2.3','subnets':['10.77.3.0/24','10.77.4.0/24'],'pointToPoint':true,"
		"'address':'192.168.50.10','peerAddress':'192.168.60.10'}]");
	overlay = want->overlay;
	is_text(err.msg, "", "all keys");
	if (!overlay)
		return;
	ok(want->in_overlay && overlay->kind == OVERLAY_IPIP && !overlay->direct, "kind");
	ok(overlay->local_length == 24 && overlay->ttl == 255 && overlay->mtu == 1400 && overlay->port == 4790,
	   "numbers");
	is_text(overlay->device, "eth9", "device");
	is_int(overlay->peer_count, 2, "peers");
	is_int(overlay->peers[0].host_length, 24, "prefix length of a host");
	is_int(overlay->peers[1].host_length, 0, "one that is not known");
	ok(overlay->peers[1].point_to_point && overlay->peers[1].subnet_count == 2, "point to point");
	is_int(want->exclusion_count, 1, "the network is not masqueraded");
	is_text(prefix_text(&want->exclusions[0]), "10.77.0.0/16", "as a whole");
	is_int(want->mtu, 0, "the container's MTU follows later");
}

static void test_defaults(void)
{
	add_overlay("'peers':[" PEER "]");
	is_text(err.msg, "", "peers alone");
	ok(want->overlay && want->overlay->kind == OVERLAY_IPIP && want->overlay->direct && want->overlay->ttl == 64,
	   "auto: ipip where a tunnel is needed");
	is_text(want->exclusion_count ? prefix_text(&want->exclusions[0]) : "", "10.77.2.0/24",
		"the peer's subnet is not masqueraded");
	add_overlay("'peers':[{'host':'192.0.2.2','subnets':['10.77.2.0/24','fd00:2::/64']}]");
	ok(want->overlay && want->overlay->kind == OVERLAY_SIT, "auto with IPv6 inside: sit");
}

static void test_hash(void)
{
	static const char *const cases[] = {
		"'peers':[" PEER "]",
		"'kind':'ipip','peers':[" PEER "]",
		"'peers':[" PEER "],'ttl':65",
		"'peers':[" PEER "],'mtu':1300",
		"'peers':[" PEER "],'network':'10.77.0.0/16'",
		"'peers':[" PEER "],'device':'eth1'",
		"'peers':[{'host':'192.0.2.2','subnets':['10.77.2.0/24']}]",
		"'peers':[{'host':'192.0.2.3/24','subnets':['10.77.2.0/24']}]",
		"'peers':[{'host':'192.0.2.2/24','subnets':['10.77.2.0/25']}]",
		"'peers':[{'host':'192.0.2.2/24','subnets':['10.77.2.0/24'],'port':5}]",
		"'peers':[]",
	};
	uint64_t hashes[sizeof cases / sizeof *cases];
	bool distinct = true;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add_overlay(cases[i]);
		hashes[i] = want->overlay ? want->overlay->hash : 0;
		for (size_t j = 0; j < i; j++)
			distinct = distinct && hashes[i] != hashes[j];
	}
	ok(distinct, "each wish has a hash of its own");
	add_overlay(cases[0]);
	ok(want->overlay && want->overlay->hash == hashes[0], "and always the same one");
}

static void test_refusals(void)
{
	static const struct {
		const char *keys, *msg;
		enum error_code code;
	} cases[] = {
		{"'kind':'x'", "overlay.kind: \"x\" is none of ipip, gre, sit, vxlan, wireguard, direct, auto, none",
		 ERROR_CONFIG},
		{"'kind':7", "overlay.kind: expected a string, got 7", ERROR_DECODE},
		{"'peer':[]", "overlay.peer: there is no such key", ERROR_CONFIG},
		{"'local':'x'", "overlay.local: invalid IP address: x", ERROR_CONFIG},
		{"'local':'0.0.0.0'", "overlay.local: invalid IP address: 0.0.0.0", ERROR_CONFIG},
		{"'ttl':0", "overlay.ttl: 0 is not between 1 and 255", ERROR_CONFIG},
		{"'ttl':256", "overlay.ttl: 256 is not between 1 and 255", ERROR_CONFIG},
		{"'mtu':67", "overlay.mtu: 67 is less than the 68 of every IP link", ERROR_CONFIG},
		{"'port':65536", "overlay.port: 65536 is not between 0 and 65535", ERROR_CONFIG},
		{"'device':'a-name-too-long-'", "overlay.device: longer than 15 bytes: a-name-too-long-", ERROR_CONFIG},
		{"'network':'10.77.0.1/16','peers':[]", "overlay.network: \"10.77.0.1/16\" has host bits set",
		 ERROR_CONFIG},
		{"'network':['10.77.0.0/16','10.78.0.0/16'],'peers':[]",
		 "overlay.network: [\"10.77.0.0/16\",\"10.78.0.0/16\"] has more than one network of a family",
		 ERROR_CONFIG},
		{"'network':'0.0.0.0/0','peers':[]", "overlay.network: \"0.0.0.0/0\" is no network of containers",
		 ERROR_CONFIG},
		{"'peersFile':'peers'", "overlay.peersFile: \"peers\" is no absolute path", ERROR_CONFIG},
		{"'peersFile':'/a','subnetFile':'/b'", "overlay: peers, peersFile and subnetFile exclude each other",
		 ERROR_CONFIG},
		{"'peers':7", "overlay.peers: expected a list, got 7", ERROR_DECODE},
		{"'peers':[7]", "overlay.peers[0]: expected an object, got 7", ERROR_DECODE},
		{"'peers':[{}]", "overlay.peers[0].host is missing", ERROR_CONFIG},
		{"'peers':[{'host':'192.0.2.2'}]", "overlay.peers[0].subnets is missing or empty", ERROR_CONFIG},
		{"'peers':[{'host':'192.0.2.2','subnets':[]}]", "overlay.peers[0].subnets is missing or empty",
		 ERROR_CONFIG},
		{"'peers':[{'host':'x'}]", "overlay.peers[0].host: \"x\" is no address of a host", ERROR_CONFIG},
		{"'peers':[{'host':'127.0.0.1'}]", "overlay.peers[0].host: \"127.0.0.1\" is no address of a host",
		 ERROR_CONFIG},
		{"'peers':[{'host':'224.0.0.1'}]", "overlay.peers[0].host: \"224.0.0.1\" is no address of a host",
		 ERROR_CONFIG},
		{"'peers':[{'host':'192.0.2.2','subnets':['10.77.2.1/24']}]",
		 "overlay.peers[0].subnets[0]: \"10.77.2.1/24\" has host bits set", ERROR_CONFIG},
		{"'peers':[{'host':'192.0.2.2','subnets':['x']}]",
		 "overlay.peers[0].subnets[0]: invalid CIDR address: x", ERROR_CONFIG},
		{"'peers':[{'host':'192.0.2.2','leaving':true}]", "overlay.peers[0].leaving: there is no such key",
		 ERROR_CONFIG},
		{"'peers':[{'host':'192.0.2.2','publicKey':'x'}]",
		 "overlay.peers[0].publicKey: \"x\" is no key (32 bytes in base64)", ERROR_CONFIG},
		{"'peers':[{'host':'192.0.2.2','port':0}]", "overlay.peers[0].port: 0 is no port", ERROR_CONFIG},
		{"'peers':[{'host':'192.0.2.2','subnets':['10.77.2.0/24'],'address':'192.0.2.9'}]",
		 "overlay.peers[0].address: only with pointToPoint", ERROR_CONFIG},
		{"'peers':[{'host':'192.0.2.2','subnets':['10.77.2.0/24'],'pointToPoint':true}]",
		 "overlay.peers[0]: pointToPoint takes an address and a peerAddress of one family", ERROR_CONFIG},
		{"'peers':[{'host':'192.0.2.2','subnets':['10.77.2.0/"
		 "24'],'pointToPoint':true,'address':'192.168.50.10',"
		 "'peerAddress':'192.168.60.10'}]",
		 "overlay.peers[0].pointToPoint: kind auto has no device of its own for a peer", ERROR_CONFIG},
		{"'peers':[" PEER ",{'host':'192.0.2.3','subnets':['10.77.2.128/25']}]",
		 "overlay.peers[1].subnets[0]: 10.77.2.128/25 overlaps with 10.77.2.0/24 of overlay.peers[0]",
		 ERROR_CONFIG},
		{"'peers':[" PEER "," PEER "]",
		 "overlay.peers[1].subnets[0]: 10.77.2.0/24 overlaps with 10.77.2.0/24 of overlay.peers[0]",
		 ERROR_CONFIG},
		{"'peers':[" PEER ",{'host':'10.77.2.9','subnets':['10.77.3.0/24']}]",
		 "overlay.peers[1].host: 10.77.2.9 is in 10.77.2.0/24 of overlay.peers[0]", ERROR_CONFIG},
		{"'peers':[{'host':'192.0.2.2','subnets':['10.77.1.128/25']}]",
		 "overlay.peers[0].subnets[0]: 10.77.1.128/25 overlaps with this host's own 10.77.1.0/24",
		 ERROR_CONFIG},
		{"'network':'10.0.0.0/16','peers':[" PEER "]",
		 "overlay.peers[0]: 10.77.2.0/24 is not in network 10.0.0.0/16", ERROR_CONFIG},
		{"'kind':'ipip','peers':[{'host':'192.0.2.2','subnets':['fd00::/64']}]",
		 "overlay.peers[0]: fd00::/64: ipip carries IPv4 only (sit carries both)", ERROR_CONFIG},
		{"'kind':'direct','peers':[{'host':'192.0.2.2','subnets':['fd00::/64']}]",
		 "overlay.peers[0]: fd00::/64: without a tunnel a subnet is of its host's family", ERROR_CONFIG},
		{"'kind':'gre','peers':[{'host':'fd99::2','subnets':['10.77.2.0/24']}]",
		 "overlay.peers[0].host: fd99::2: tunnels lead over IPv4", ERROR_CONFIG},
		{"'peersFile':'/nonexistent/peers'",
		 "overlay: this host has no subnet yet: /nonexistent/peers is not there", ERROR_TRY_AGAIN},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		add_overlay(cases[i].keys);
		is_text(err.msg, cases[i].msg, cases[i].keys);
		is_int(err.code, cases[i].code, cases[i].keys);
	}
	add("", "'mode':'bridge','ipam':{'subnet':'10.77.1.0/24'},'isGateway':false,'overlay':{'peers':[]}");
	is_text(err.msg, "overlay: this host routes nothing for bridge cb-net (isGateway)", "a bridge without gateway");
}

/** with_file() - ADD of a network without subnet whose overlay names a file of this content */
static void with_file(const char *verb, const char *key, const char *content)
{
	char path[64], config[256];
	struct error problem = ERROR_INIT;

	(void)snprintf(path, sizeof path, "%s/file", scratch);
	if (file_write(AT_FDCWD, path, content, strlen(content), &problem) < 0)
		is_text(problem.msg, "", "a file to read");
	(void)snprintf(config, sizeof config,
		       "{'cniVersion':'1.1.0','name':'net','type':'cambric','ipam':{},'overlay':{'%s':'%s'}}", key,
		       path);
	ask("cambric", verb, "", config);
}

static void test_peers_file(void)
{
	static const char ready[] =
		"{\"state\":\"ready\",\"revision\":7,\"network\":[\"10.77.0.0/16\"],\"subnets\":[\"10.77.1.0/24\"],"
		"\"mtu\":1400,\"later\":1,\"peers\":[{\"host\":\"192.0.2.2\",\"subnets\":[\"10.77.2.0/24\"]}]}";

	with_file("ADD", "peersFile", ready);
	is_text(err.msg, "", "peers' file");
	is_text(prefix_text(&want->addresses[0].subnet), "10.77.1.0/24", "the subnet is the host's share");
	ok(want->overlay && want->overlay->peer_count == 1 && want->overlay->mtu == 1400, "peers and MTU");
	with_file("ADD", "peersFile", "{\"state\":\"lost\",\"reason\":\"subnet lost to node X\"}");
	is_text(err.msg, "overlay: this host has no subnet yet: subnet lost to node X", "not ready");
	is_int(err.code, ERROR_TRY_AGAIN, "later perhaps");
	with_file("STATUS", "peersFile", "{\"state\":\"lost\",\"reason\":\"subnet lost to node X\"}");
	is_int(err.code, ERROR_NOT_AVAILABLE, "STATUS says so");
	with_file("ADD", "peersFile", "{\"state\":\"ready\",\"peers\":[{\"host\":7}]}");
	is_text(err.msg, "peersFile.peers[0].host: expected a string, got 7", "a peer that is none");
	with_file("ADD", "peersFile", "{\"state\":");
	is_int(err.code, ERROR_DECODE, "half a file");
}

static void test_subnet_file(void)
{
	with_file("ADD", "subnetFile",
		  "FLANNEL_NETWORK=10.77.0.0/16\nFLANNEL_SUBNET=10.77.5.1/24\nFLANNEL_IPV6_NETWORK=fd00::/48\n"
		  "FLANNEL_IPV6_SUBNET=fd00:0:0:5::1/64\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n");
	is_text(err.msg, "", "subnet.env");
	ok(want->overlay && want->overlay->kind == OVERLAY_NONE && !want->in_overlay, "the tunnels are flannel's");
	is_int(want->address_count, 2, "both families");
	is_text(prefix_text(&want->addresses[0].subnet), "10.77.5.0/24", "the subnet");
	is_int(want->mtu, 1450, "the MTU");
	ok(!want->masquerade_by_subnet && !want->masquerade_ipv4, "flannel masquerades");
	is_int(want->exclusion_count, 2, "exclusions");
	with_file("ADD", "subnetFile", "FLANNEL_SUBNET=x\n");
	is_int(err.code, ERROR_CONFIG, "a value that is none");
	with_file("ADD", "subnetFile", "FLANNEL_MTU=1450\n");
	is_int(err.code, ERROR_TRY_AGAIN, "no subnet yet");
}

/** test_writing() - what is written is read back the same */
static void test_writing(void)
{
	struct overlay again = {.kind = OVERLAY_NONE};
	struct error problem = ERROR_INIT;

	add_overlay("'kind':'ipip','peers':[{'host':'192.0.2.2/24','subnets':['10.77.2.0/24'],'port':9,'publicKey':"
		    "'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='},"
		    "{'host':'192.0.2.3','subnets':['10.77.3.0/"
		    "24'],'pointToPoint':true,'address':'192.168.50.10','peerAddress':'192.168.60.10'}]");
	is_text(err.msg, "", "peers with everything");
	json_t *list = want->overlay ? overlay_peers_write(want->overlay, PEERS_WISHED) : NULL;
	struct field field = field_root(list, "peers");
	is_int(overlay_peers_read(&again, &field, PEERS_WISHED, &problem), 0, "read back");
	json_t *second = overlay_peers_write(&again, PEERS_WISHED);
	ok(again.peer_count == 2 && again.peers[0].has_key && again.peers[0].public_key[31] == 31 &&
		   again.peers[1].point_to_point && json_equal(list, second),
	   "the same");
	json_decref(second);
	overlay_clear(&again);
	json_decref(list);
}

int main(void)
{
	if (!mkdtemp(scratch))
		return 1;
	test_absent();
	test_keys();
	test_defaults();
	test_hash();
	test_refusals();
	test_peers_file();
	test_subnet_file();
	test_writing();
	request_free(&request);
	char file[64];
	(void)snprintf(file, sizeof file, "%s/file", scratch);
	(void)unlink(file);
	(void)rmdir(scratch);
	return done();
}
