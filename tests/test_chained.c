/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The readers of the chained kinds: keys, precedence, what is idle, and the reference's words. */
#include "tests/requests.h"

#include "tests/tap.h"

#define RESULT                                                                                                         \
	"'prevResult':{'cniVersion':'1.1.0','interfaces':[{'name':'br0'},{'name':'veth1'},"                            \
	"{'name':'eth0','sandbox':'/run/netns/a'},{'name':'eth0'}],"                                                   \
	"'ips':[{'interface':2,'address':'10.0.0.2/24','gateway':'10.0.0.1'},{'interface':3,'address':'10.0.0.3/24'}," \
	"{'address':'fd00::2/64'}],'routes':[{'dst':'0.0.0.0/0'}]}"

static const struct attachment *const want = &request.wish;

/** chain() - one ADD of a kind with a result before it */
static void chain(const char *kind, const char *args, const char *keys)
{
	char config[16384];

	(void)snprintf(config, sizeof config, "{'cniVersion':'1.1.0','name':'net','type':'%s'," RESULT "%s%s}", kind,
		       *keys ? "," : "", keys);
	ask(kind, "ADD", args, config);
}

/** refuses() - keys of a kind that are answered with a code and in these words */
static void refuses(const char *kind, const char *keys, enum error_code code, const char *msg)
{
	chain(kind, "", keys);
	is_text(err.msg, msg, keys);
	is_int(err.code, code, keys);
}

static void test_common(void)
{
	static const char *const kinds[][2] = {
		{"tuning", "Required prevResult missing"},
		{"firewall", "missing prevResult from earlier plugin"},
		{"sbr", "This plugin must be called as chained plugin"},
		{"bandwidth", "must be called as chained plugin"},
	};
	char config[256];

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		(void)snprintf(config, sizeof config, "{'cniVersion':'1.1.0','name':'net'}");
		ask(kinds[i][0], "ADD", "", config);
		is_text(err.msg, kinds[i][1], kinds[i][0]);
		ask(kinds[i][0], "STATUS", "", config);
		is_text(err.msg, "", "STATUS needs none");
		ok(!request.idle, "and asks whether it could");
		ask(kinds[i][0], "DEL", "", config);
		is_text(err.msg, "", "nor does DEL");
		ask(kinds[i][0], "GC", "", config);
		is_text(err.msg, "", "nor GC");
		chain(kinds[i][0], "", "");
		is_int(want->mode, MODE_CHAINED, "mode");
		is_int(want->address_count, 2, "addresses of the interface, and those that do not say whose they are");
	}
}

static const char *tuned_mac(void)
{
	static char text[MAC_TEXT_SIZE];

	return mac_format(want->tuning.mac, text);
}

static void test_tuning(void)
{
	chain("tuning", "", "");
	ok(request.idle, "nothing to set");
	chain("tuning", "", "'capabilities':{'mac':true},'dataDir':'/run/cni/tuning','promisc':false,'mtu':0");
	is_text(err.msg, "", "keys that change nothing");
	ok(request.idle, "are nothing to do");
	chain("tuning", "",
	      "'mac':'02:00:00:00:00:01','mtu':1400,'promisc':true,'allmulti':true,'txQLen':0,'sysctl':"
	      "{'net.core.somaxconn':'9'}");
	is_text(err.msg, "", "all keys");
	is_text(tuned_mac(), "02:00:00:00:00:01", "mac");
	is_int(want->tuning.mtu, 1400, "mtu");
	ok(!request.idle && want->tuning.sets_mac && want->settings.promisc && want->settings.allmulti, "flags");
	ok(want->settings.sizes_queue && want->settings.tx_queue_length == 0, "txQLen 0 is one");
	is_text(want->settings.sysctls[0].key, "core/somaxconn", "sysctl");
	chain("tuning", "", "'allmulti':false");
	ok(!request.idle && want->tuning.clears_allmulti, "allmulti false is a wish");
	chain("tuning", "", "'sourceRouting':7,'mode':7,'firewall':7");
	is_text(err.msg, "", "keys of other kinds are not looked at");
}

static void test_tuning_precedence(void)
{
	static const char *const steps[][3] = {
		{"", "'mac':'02:00:00:00:00:01'", "02:00:00:00:00:01"},
		{"MAC=02:00:00:00:00:02", "'mac':'02:00:00:00:00:01'", "02:00:00:00:00:02"},
		{"MAC=02:00:00:00:00:02", "'runtimeConfig':{'mac':'02:00:00:00:00:03'}", "02:00:00:00:00:03"},
		{"MAC=02:00:00:00:00:02",
		 "'runtimeConfig':{'mac':'02:00:00:00:00:03'},'args':{'cni':{'mac':'02:00:00:00:00:04'}}",
		 "02:00:00:00:00:04"},
	};

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		chain("tuning", steps[i][0], steps[i][1]);
		is_text(tuned_mac(), steps[i][2], steps[i][2]);
	}
	chain("tuning", "",
	      "'mtu':1400,'txQLen':5,'promisc':true,'sysctl':{'net.core.somaxconn':'9'},'args':{'cni':"
	      "{'mtu':1300,'txQLen':6,'promisc':false,'sysctl':{'net.core.somaxconn':'8'}}}");
	is_int(want->tuning.mtu, 1300, "mtu of args.cni");
	is_int(want->settings.tx_queue_length, 6, "txQLen");
	ok(!want->settings.promisc, "promisc");
	is_text(want->settings.sysctls[0].value, "8", "sysctl");
	chain("tuning", "FOO=bar", "");
	is_text(err.msg, "ARGS: unknown args [\"FOO=bar\"]", "CNI_ARGS are read");
}

static void test_tuning_refusals(void)
{
	refuses("tuning", "'mtu':-1", ERROR_CONFIG, "mtu: -1 is not between 0 and 65535");
	refuses("tuning", "'args':{'cni':{'mtu':67}}", ERROR_CONFIG,
		"args.cni.mtu: 67 is less than the 68 of every IP link");
	refuses("tuning", "'promisc':'true'", ERROR_DECODE, "promisc: expected true or false, got \"true\"");
	refuses("tuning", "'sysctl':{'net/../kernel/x':'1'}", ERROR_CONFIG,
		"invalid net sysctl key: \"net/../kernel/x\"");
	refuses("tuning", "'sysctl':{'net.a':'1','net/a':'1'}", ERROR_CONFIG,
		"sysctl: duplicated sysctl keys are not allowed: a");
}

static void test_bandwidth(void)
{
	chain("bandwidth", "", "'ingressRate':0,'ingressBurst':0");
	ok(request.idle, "no limits");
	chain("bandwidth", "", "'ingressRate':8000,'ingressBurst':9000,'unshapedSubnets':[]");
	is_text(err.msg, "", "top level");
	ok(!request.idle && want->bandwidth.ingress_rate == 8000 && want->bandwidth.egress_rate == 0, "one way");
	chain("bandwidth", "",
	      "'runtimeConfig':{'bandwidth':{'egressRate':8000,'egressBurst':4294967295,'ingressRate':0}}");
	ok(!request.idle && want->bandwidth.egress_burst == 4294967295, "the runtime's");
	refuses("bandwidth", "'ingressRate':8000", ERROR_CONFIG, "ingressRate: if rate is set, burst must also be set");
	refuses("bandwidth", "'egressRate':8000,'egressBurst':34359738360", ERROR_CONFIG,
		"egressBurst: burst cannot be more than 4GB");
	refuses("bandwidth", "'unshapedSubnets':['10.0.0.0/8']", ERROR_UNSUPPORTED_FIELD,
		"unsupported field unshapedSubnets: [\"10.0.0.0/8\"]");
	refuses("bandwidth", "'shapedSubnets':['10.0.0.0/8'],'ingressRate':8000,'ingressBurst':9000",
		ERROR_UNSUPPORTED_FIELD, "unsupported field shapedSubnets: [\"10.0.0.0/8\"]");
}

static void test_firewall(void)
{
	chain("firewall", "", "'backend':'iptables','ingressPolicy':'open','ingressPolicyX':7");
	is_text(err.msg, "", "open");
	ok(request.idle, "is nothing to do");
	chain("firewall", "", "'ingressPolicy':''");
	ok(request.idle, "nor is an empty word");
	chain("firewall", "",
	      "'backend':'whatever','iptablesAdminChainName':'X','firewalldZone':'Y','ingressPolicy':'same-bridge'");
	is_text(err.msg, "", "any backend");
	ok(!request.idle && want->chained.policy == POLICY_SAME_BRIDGE, "same-bridge");
	chain("firewall", "", "'INGRESSPOLICY':'isolated'");
	ok(!request.idle && want->chained.policy == POLICY_ISOLATED, "isolated");
	refuses("firewall", "'ingressPolicy':'x'", ERROR_CONFIG, "unknown ingress policy: \"x\"");
	refuses("firewall", "'backend':7", ERROR_DECODE, "backend: expected a string, got 7");
}

static void test_sbr(void)
{
	char text[IP_TEXT_SIZE];

	chain("sbr", "", "");
	is_text(err.msg, "", "no key");
	ok(!request.idle && !want->moved.rules_only && !want->moved.keeps_link, "routes move");
	is_text(ip_format(&want->moved.gateways[0], text), "10.0.0.1", "over the gateway of the result");
	ok(!ip_is_set(&want->moved.gateways[1]), "in the family that has one");
	chain("sbr", "", "'table':100,'addSourceHints':true,'gateways':['fd00::1','10.0.0.9']");
	is_text(err.msg, "", "all keys");
	ok(want->moved.rules_only && want->moved.table == 100 && want->moved.keeps_link, "a table of somebody else's");
	is_text(ip_format(&want->moved.gateways[0], text), "10.0.0.9", "gateways of the configuration");
	refuses("sbr", "'table':0", ERROR_CONFIG, "table: 0 is not between 1 and 4294967295");
	refuses("sbr", "'gateways':['10.0.0.1','10.0.0.2']", ERROR_CONFIG,
		"gateways[1]: more than one gateway of this family");
	refuses("sbr", "'gateways':['x']", ERROR_CONFIG, "gateways[0]: invalid IP address: x");
}

int main(void)
{
	test_common();
	test_tuning();
	test_tuning_precedence();
	test_tuning_refusals();
	test_bandwidth();
	test_firewall();
	test_sbr();
	request_free(&request);
	return done();
}
