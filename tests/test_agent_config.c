/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent/config: defaults, and every refusal. */
#include "agent/config.h"

#include "tests/tap.h"

#define OVERLAY "'overlay':{'kind':'ipip','network':'10.5.0.0/16'}"
#define ETCD "'etcd':{'endpoints':['http://127.0.0.1:2379/']}"
#define BOTH "'network':'pods','nodeID':'n1'," OVERLAY "," ETCD

static struct agent_config config;
static struct error err;

static int parse(const char *members)
{
	char text[2048];

	(void)snprintf(text, sizeof text, "{%s}", members);
	for (char *byte = text; *byte; byte++)
		if (*byte == '\'')
			*byte = '"';
	agent_config_clear(&config);
	err = (struct error)ERROR_INIT;
	return agent_config_parse(&config, text, strlen(text), "test", &err);
}

static void test_defaults(void)
{
	is_int(parse(BOTH), 0, "network, overlay and etcd are enough");
	is_text(config.data_dir, "/run/cambric", "dataDir");
	is_text(config.etcd.prefix, "/cambric/pods", "prefix");
	is_text(config.etcd.endpoints[0], "http://127.0.0.1:2379", "a slash at the end is taken off");
	is_text(config.cache_file, "/var/lib/cambric/overlay/pods.json", "cacheFile");
	is_int(config.subnet_lengths[0], 24, "subnetLength");
	is_int(config.lease_ttl, 86400, "leaseTTL");
	is_text(config.sync,
		"{\"cniVersion\":\"1.1.0\",\"name\":\"pods\",\"type\":\"cambric\",\"ipam\":{\"dataDir\":\"/run/"
		"cambric\"},"
		"\"overlay\":{\"kind\":\"ipip\",\"network\":\"10.5.0.0/16\"}}",
		"what the overlay is made from");
}

static void test_refusals(void)
{
	static const struct {
		const char *members, *message;
	} cases[] = {
		{"'nodeID':'n'," OVERLAY "," ETCD, "network: \"\" is no name of a network"},
		{"'network':'a/b'," OVERLAY "," ETCD, "network: \"a/b\" is no name of a network"},
		{"'network':'pods','nodeID':'n'," ETCD, "overlay is missing, or no object"},
		{"'network':'pods','nodeID':'n','overlay':{'kind':'ipip'}," ETCD,
		 "overlay.network is missing: subnets are taken out of it"},
		{"'network':'pods','nodeID':'n','overlay':{'kind':'ipip','peers':[]}," ETCD,
		 "overlay.peers: the agent finds the peers itself"},
		{"'network':'pods','nodeID':'n'," OVERLAY, "etcd is missing"},
		{"'network':'pods','nodeID':'n'," OVERLAY ",'etcd':{'endpoints':[]}",
		 "etcd.endpoints: at least one is needed"},
		{"'network':'pods','nodeID':'n'," OVERLAY ",'etcd':{'endpoints':['host:1']}",
		 "etcd.endpoints[0]: host:1 is no http:// or https:// address"},
		{"'network':'pods','nodeID':'n'," OVERLAY ",'etcd':{'endpoints':['http://h'],'user':'u'}",
		 "etcd: user and passwordFile come together"},
		{"'network':'pods','nodeID':'n'," OVERLAY ",'etcd':{'endpoints':['https://h'],'certFile':'/c'}",
		 "etcd: certFile and keyFile come together"},
		{"'network':'pods','nodeID':'n'," OVERLAY ",'etcd':{'endpoints':['http://h'],'caFile':'/c'}",
		 "etcd.endpoints[0]: http://h is not encrypted, but there are credentials or a caFile; say https, or "
		 "allowInsecure"},
		{BOTH ",'subnetLength':16",
		 "subnetLength: /16 is no share of 10.5.0.0/16 (between 1 and 24 bits longer)"},
		{BOTH ",'layout':'other'", "layout: \"other\" is neither cambric nor flannel"},
		{BOTH ",'publicIP':'x'", "publicIP: invalid IP address: x"},
		{BOTH ",'publicKey':'x'", "publicKey: \"x\" is no key (32 bytes in base64)"},
		{"'network':'pods','nodeID':'n','overlay':{'kind':'wireguard','network':'10.5.0.0/16'}," ETCD,
		 "publicKey is missing: \"wg pubkey\" makes it of overlay.privateKeyFile"},
		{BOTH ",'cacheFile':'x'", "cacheFile: \"x\" is no absolute path"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		is_int(parse(cases[i].members), -1, "is refused");
		is_text(err.msg, cases[i].message, "and says why");
	}
	is_int(parse(BOTH ",'surprise':1"), -1, "a key that nobody knows is refused");
	is_int(parse("'network':'pods'," OVERLAY "," ETCD ",'nodeID':'a/b'"), -1, "a nodeID is no path");
}

static void test_machine_id(void)
{
	FILE *there = fopen("/etc/machine-id", "re");

	is_int(parse("'network':'pods'," OVERLAY "," ETCD), there ? 0 : -1, "without nodeID /etc/machine-id is needed");
	is_int(strlen(config.node_id), there ? 32 : 0, "of which a hash of 32 digits is taken");
	if (there)
		(void)fclose(there);
}

static void test_example(void)
{
	err = (struct error)ERROR_INIT;
	agent_config_clear(&config);
	/* Whose machine has no machine-id is told so; all before that has been read */
	ok(agent_config_read(&config, "conf/examples/cambricd.json", &err) == 0 || strstr(err.msg, "machine-id"),
	   "the example, seen from the top of the tree");
	is_int(config.etcd.endpoint_count, 3, "has three endpoints");
}

int main(void)
{
	test_defaults();
	test_refusals();
	test_machine_id();
	test_example();
	agent_config_clear(&config);
	return done();
}
