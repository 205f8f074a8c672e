/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/request: the order of checks of every verb, versions, leniency, GC's list, prevResult. */
#include "tests/requests.h"

#include "tests/tap.h"

#define NET "'cniVersion':'1.1.0','name':'net','type':'cambric'"
#define IPAM "'ipam':{'subnet':'10.77.0.0/16'}"
#define WHOLE "{" NET "," IPAM "}"

static void refused(enum error_code code, const char *msg, const char *details, const char *name)
{
	is_int(err.code, code, name);
	is_text(err.msg, msg, name);
	is_text(err.details, details, name);
}

static void test_order(void)
{
	static const char *const missing[] = {"CNI_COMMAND=ADD", "CNI_IFNAME=eth0", NULL};
	static const char *const unknown[] = {"CNI_COMMAND=add", NULL};

	ask_with("cambric", missing, "nonsense");
	refused(ERROR_ENVIRONMENT, "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_PATH] missing", "",
		"variables before stdin");
	ask_with("cambric", unknown, "");
	refused(ERROR_DECODE, "error unmarshall network config: unexpected end of JSON input", "",
		"stdin before the verb");
	ask_with("cambric", unknown, "{}");
	refused(ERROR_CONFIG, "missing network name", "", "name before the verb");
	ask_with("cambric", unknown, "{'name':'net','cniVersion':7}");
	refused(ERROR_ENVIRONMENT, "unknown CNI_COMMAND: add", "", "verb before the version");
	ask("cambric", "ADD", "", "{'name':'net','cniVersion':7,'mtu':'x'}");
	refused(ERROR_DECODE, "decoding version from network config: cniVersion: expected a string, got 7", "",
		"version before the rest");
	ask("cambric", "ADD", "", "{'name':'net','cniVersion':'9.9.9','mtu':'x'}");
	refused(ERROR_VERSION, "incompatible CNI versions",
		"config is \"9.9.9\", plugin supports [\"0.1.0\" \"0.2.0\" \"0.3.0\" \"0.3.1\" \"0.4.0\" \"1.0.0\" "
		"\"1.1.0\"]",
		"version gate");
}

static void test_names(void)
{
	static const struct {
		const char *config, *msg, *details;
		enum error_code code;
	} cases[] = {
		{"{'name':''}", "missing network name", "", ERROR_CONFIG},
		{"{'name':null}", "missing network name", "", ERROR_CONFIG},
		{"{'name':'a/b'}", "invalid characters found in network name", "a/b", ERROR_CONFIG},
		{"{'name':'../x'}", "invalid characters found in network name", "../x", ERROR_CONFIG},
		{"{'name':' a'}", "invalid characters found in network name", " a", ERROR_CONFIG},
		{"{'name':7}", "error unmarshall network config: name: expected a string, got 7", "", ERROR_DECODE},
	};
	char config[512] = "{'name':'";

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ask("cambric", "ADD", "", cases[i].config);
		refused(cases[i].code, cases[i].msg, cases[i].details, cases[i].config);
	}
	memset(config + 9, 'n', MAX_NETWORK_NAME);
	memcpy(config + 9 + MAX_NETWORK_NAME, "'}", 3);
	ask("loopback", "ADD", "", config);
	is_text(err.msg, "", "200 bytes");
	memcpy(config + 9 + MAX_NETWORK_NAME, "n'}", 4);
	ask("loopback", "ADD", "", config);
	is_text(err.msg, "network name is longer than 200 bytes", "201 bytes");
	is_int(err.code, ERROR_CONFIG, "code 7");
}

static void test_version_reads_no_stdin(void)
{
	static const char *const variables[] = {"CNI_COMMAND=VERSION", NULL};
	char command[] = "CNI_COMMAND=VERSION";
	char *environment[] = {command, NULL};

	ask_with("cambric", variables, "nonsense");
	is_int(err.code, ERROR_NONE, "whatever stdin holds");
	is_int(request.command, COMMAND_VERSION, "verb");
	request_free(&request);
	is_int(request_read(&request, "cambric", environment, -1, &err), 0, "not even a descriptor is needed");
}

static void test_closed_stdin(void)
{
	char command[] = "CNI_COMMAND=GC", path[] = "CNI_PATH=/x";
	char *environment[] = {command, path, NULL};

	request_free(&request);
	is_int(request_read(&request, "cambric", environment, 1000, &err), -1, "closed");
	refused(ERROR_IO, "error reading from stdin: Bad file descriptor", "", "closed");
}

static void test_a_whole_request(void)
{
	ask("cambric", "ADD", "IgnoreUnknown=1;X=Y", WHOLE);
	is_text(err.msg, "", "read");
	is_int(request.command, COMMAND_ADD, "verb");
	is_int(request.version, CNI_1_1_0, "version");
	is_text(request.wish.id.network, "net", "network");
	is_text(request.wish.id.container, "container", "container");
	is_text(request.wish.id.ifname, "eth0", "interface");
	is_text(request.wish.id.kind, "cambric", "kind");
	is_text(request.wish.netns, "/run/netns/a", "namespace");
	is_text(request.network.data_dir, "/run/cambric", "data directory");
	is_int(strlen(request.wish.host_ifname), 15, "names are derived");
	is_int(request.wish.address_count, 1, "one address is wished for");
	ok(request.wish.pool == &request.network.pool, "out of the pool");
	ok(!request.wish.delegate.type && !request.wish.delegated && request.network.ipam_type[0] == '\0', "built in");
	ok(request.network.has_ipam, "there is ipam");
	is_int(request.input_length, strlen(WHOLE), "input is kept");
}

static void test_every_version(void)
{
	static const char *const versions[] = {"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"};

	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		char config[256];

		(void)snprintf(config, sizeof config, "{'cniVersion':'%s','name':'net'," IPAM "}", versions[i]);
		ask("cambric", "ADD", "", config);
		is_text(err.msg, "", versions[i]);
		is_int(request.version, i, versions[i]);
		ask("cambric", "STATUS", "", config);
		is_text(err.msg, i < CNI_1_1_0 ? "config version does not allow STATUS" : "", versions[i]);
	}
	ask("cambric", "ADD", "", "{'name':'net'," IPAM "}");
	is_int(request.version, CNI_0_1_0, "none is 0.1.0");
	ask("cambric", "ADD", "", "{'NAME':'net','CNIVersion':'0.4.0'," IPAM "}");
	is_int(request.version, CNI_0_4_0, "keys in any case");
}

static void test_lenient_verbs(void)
{
	static const char broken[] = "{" NET ",'mtu':'x','ipMasq':7,'mode':'bridge','runtimeConfig':7,'args':[],"
				     "'prevResult':7,'ipam':{'subnet':'nonsense','routes':{},'dataDir':'/d'}}";
	static const char *const gc[] = {"CNI_COMMAND=GC", "CNI_PATH=/x", "CNI_CONTAINERID=", "CNI_IFNAME=", NULL};

	ask("cambric", "DEL", "no pair", broken);
	is_text(err.msg, "", "DEL");
	is_text(request.network.data_dir, "/d", "where the records are");
	is_text(request.wish.id.container, "container", "which");
	is_int(strlen(request.wish.host_ifname), 15, "and its names");
	ok(!request.prev_result, "no prevResult to be had");
	ask_with("cambric", gc, broken);
	is_text(err.msg, "", "GC");
	ask("cambric", "ADD", "", broken);
	ok(err.code != ERROR_NONE, "ADD minds");
	ask("cambric", "DEL", "", "{" NET ",'ipam':{'type':'a/b'}}");
	refused(ERROR_CONFIG, "ipam.type: invalid plugin name: a/b", "", "what names the delegate must be sound");
	ask("cambric", "DEL", "", "{" NET ",'ipam':{'dataDir':'relative'}}");
	refused(ERROR_CONFIG, "ipam.dataDir: \"relative\" is no absolute path without \"..\"", "", "and the store");
	ask("cambric", "DEL", "", "{" NET "}");
	is_text(err.msg, "", "no ipam at all");
}

static void test_del_without_netns(void)
{
	static const char *const variables[] = {"CNI_COMMAND=DEL", "CNI_CONTAINERID=a", "CNI_IFNAME=eth0",
						"CNI_PATH=/x", NULL};

	ask_with("cambric", variables, WHOLE);
	is_text(err.msg, "", "DEL");
	is_text(request.wish.netns, "", "no namespace");
}

static void gc(const char *keys)
{
	static const char *const variables[] = {"CNI_COMMAND=GC", "CNI_PATH=/x", NULL};
	char config[1024];

	(void)snprintf(config, sizeof config, "{" NET "%s}", keys);
	ask_with("cambric", variables, config);
}

static void test_valid_attachments(void)
{
	gc("");
	ok(!request.gc_listed && !request.valid_attachments && err.code == ERROR_NONE, "absent");
	gc(",'cni.dev/valid-attachments':null");
	ok(request.gc_listed && !request.valid_attachments && err.code == ERROR_NONE, "null");
	gc(",'cni.dev/valid-attachments':[]");
	ok(request.gc_listed && json_array_size(request.valid_attachments) == 0 && err.code == ERROR_NONE, "empty");
	gc(",'cni.dev/attachments':[{'containerID':'a','ifname':'b'}]");
	ok(request.gc_listed && json_array_size(request.valid_attachments) == 1, "the older key");
	gc(",'cni.dev/attachments':[{'containerID':'a','ifname':'b'}],'cni.dev/valid-attachments':null");
	ok(request.gc_listed && !request.valid_attachments, "the newer key counts, also when it is null");
	gc(",'CNI.dev/Valid-Attachments':[{'ContainerId':'a','IFNAME':'b'}]");
	ok(request.gc_listed && json_array_size(request.valid_attachments) == 1, "keys in any case");
	is_text(request.wish.id.network, "net", "the network");
	is_text(request.wish.id.container, "", "of no container");
}

static void test_wrong_attachments(void)
{
	static const char *const cases[][2] = {
		{",'cni.dev/valid-attachments':{}", "cni.dev/valid-attachments: expected a list, got {}"},
		{",'cni.dev/valid-attachments':[7]", "cni.dev/valid-attachments[0]: expected an object, got 7"},
		{",'cni.dev/valid-attachments':[{'containerID':'a'}]",
		 "cni.dev/valid-attachments[0].ifname: expected a string, got nothing"},
		{",'cni.dev/attachments':[{'containerID':7,'ifname':'b'}]",
		 "cni.dev/attachments[0].containerID: expected a string, got 7"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		gc(cases[i][0]);
		refused(ERROR_DECODE, cases[i][1], "", cases[i][0]);
	}
}

static void test_prev_result(void)
{
	ask("cambric", "CHECK", "", WHOLE);
	refused(ERROR_CONFIG, "Required prevResult missing", "", "CHECK needs it");
	ask("cambric", "CHECK", "", "{" NET "," IPAM ",'prevResult':{'cniVersion':'1.0.0'}}");
	is_text(err.msg, "", "same shape");
	ok(json_is_object(request.prev_result), "there it is");
	ask("cambric", "CHECK", "", "{" NET "," IPAM ",'prevResult':{'cniVersion':'0.4.0'}}");
	refused(ERROR_VERSION, "result type supports [1.0.0 1.1.0] but unmarshalled CNIVersion is \"0.4.0\"", "",
		"another shape");
	ask("loopback", "ADD", "", "{" NET ",'prevResult':{'cniVersion':'0.4.0'}}");
	is_int(err.code, ERROR_VERSION, "ADD minds too");
	ask("cambric", "ADD", "", "{" NET "," IPAM ",'prevResult':[]}");
	refused(ERROR_DECODE, "prevResult: expected an object, got []", "", "wrong type");
	ask("cambric", "DEL", "", "{" NET "," IPAM ",'prevResult':{'cniVersion':'0.4.0'}}");
	ok(err.code == ERROR_NONE && request.prev_result, "DEL takes what comes");
}

static void test_status(void)
{
	static const char *const variables[] = {"CNI_COMMAND=STATUS", "CNI_PATH=/x", "CNI_ARGS=no pair", NULL};

	ask_with("cambric", variables, WHOLE);
	is_text(err.msg, "", "no attachment, no arguments");
	is_int(request.network.pool.set_count, 1, "but the pool");
	ask_with("cambric", variables, "{" NET ",'ipam':{}}");
	is_text(err.msg, "no IP ranges specified", "and the configuration is checked");
}

static void test_loopback(void)
{
	static const char *const lo[] = {"CNI_COMMAND=ADD", "CNI_CONTAINERID=a", "CNI_NETNS=/n",
					 "CNI_IFNAME=lo",   "CNI_PATH=/x",	 NULL};

	ask_with("loopback", lo, "{'name':'cni-loopback','cniVersion':'0.3.1','ipam':7,'mtu':'x'}");
	is_text(err.msg, "", "no keys but name and version");
	is_text(request.wish.id.kind, "loopback", "kind");
	ask_with("cambric", lo, WHOLE);
	refused(ERROR_ENVIRONMENT, "CNI_IFNAME \"lo\" is reserved", "",
		"a kind that makes an interface never makes lo");
	ask("loopback", "CHECK", "no pair", "{'name':'cni-loopback','cniVersion':'1.0.0'}");
	is_text(err.msg, "", "CHECK without prevResult; CNI_ARGS are not looked at");
}

static void test_free_without_request(void)
{
	static struct request untouched;

	request_free(&untouched);
	request_free(&request);
	request_free(&request);
	ok(!request.document && !request.input, "twice is fine");
}

int main(void)
{
	test_order();
	test_names();
	test_version_reads_no_stdin();
	test_closed_stdin();
	test_a_whole_request();
	test_every_version();
	test_lenient_verbs();
	test_del_without_netns();
	test_valid_attachments();
	test_wrong_attachments();
	test_prev_result();
	test_status();
	test_loopback();
	test_free_without_request();
	return done();
}
