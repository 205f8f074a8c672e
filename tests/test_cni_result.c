/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/cni_result: results of all seven versions, delegates' answers, nonsense. */
#include "conf/cni_result.h"

#include "tests/tap.h"

static struct cni_result result;
static struct attachment want;
static json_t *document;

static const char OLDEST[] =
	"{\"ip4\":{\"ip\":\"10.1.2.3/24\",\"gateway\":\"10.1.2.1\",\"routes\":[{\"dst\":\"0.0.0.0/0\"}]},"
	"\"ip6\":{\"ip\":\"2001:db8::3/64\",\"routes\":[{\"dst\":\"::/0\",\"gw\":\"fe80::1\"}]},"
	"\"dns\":{\"nameservers\":[\"192.0.2.53\"]}}";
static const char MIDDLE[] =
	"{\"interfaces\":[{\"name\":\"veth0\",\"mac\":\"02:00:00:00:00:01\"},{\"name\":\"eth0\","
	"\"mac\":\"02:00:00:00:00:02\",\"sandbox\":\"/n\"}],"
	"\"ips\":[{\"version\":\"4\",\"interface\":1,\"address\":\"10.1.2.3/24\",\"gateway\":\"10.1.2.1\"},"
	"{\"version\":\"6\",\"address\":\"2001:db8::3/64\"}],"
	"\"routes\":[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"::/0\",\"gw\":\"fe80::1\"}],"
	"\"dns\":{\"nameservers\":[\"192.0.2.53\"]}}";
static const char NEWEST[] =
	"{\"interfaces\":[{\"name\":\"veth0\",\"mac\":\"02:00:00:00:00:01\"},{\"name\":\"eth0\","
	"\"mac\":\"02:00:00:00:00:02\",\"sandbox\":\"/n\",\"mtu\":1400,\"socketPath\":\"\"}],"
	"\"IPS\":[{\"interface\":1,\"Address\":\"10.1.2.3/24\",\"gateway\":\"10.1.2.1\"},"
	"{\"address\":\"2001:db8::3/64\"}],"
	"\"routes\":[{\"dst\":\"0.0.0.0/0\",\"mtu\":1300,\"table\":7},{\"dst\":\"::/0\",\"gw\":\"fe80::1\"}],"
	"\"dns\":{\"nameservers\":[\"192.0.2.53\"]}}";

static const struct {
	const char *version, *text;
	size_t interfaces;
	uint32_t mtu;
} shapes[] = {
	{"0.1.0", OLDEST, 0, 0}, {"0.2.0", OLDEST, 0, 0},    {"0.3.0", MIDDLE, 2, 0},	 {"0.3.1", MIDDLE, 2, 0},
	{"0.4.0", MIDDLE, 2, 0}, {"1.0.0", NEWEST, 2, 1400}, {"1.1.0", NEWEST, 2, 1400},
};

static struct error read_text(const char *text, enum cni_version assumed)
{
	struct error err = ERROR_INIT;

	json_decref(document);
	document = json_loads(text, JSON_DECODE_ANY, NULL);
	(void)cni_result_read(&result, document, assumed, &err);
	return err;
}

static struct error read_ipam(const char *text, enum cni_version assumed)
{
	struct error err = ERROR_INIT;

	json_decref(document);
	document = json_loads(text, JSON_DECODE_ANY, NULL);
	(void)cni_result_read_ipam(&want, document, assumed, &err);
	return err;
}

static void check_addresses(const char *version, size_t interfaces)
{
	char text[PREFIX_TEXT_SIZE];

	is_int(result.address_count, 2, version);
	is_text(ip_format(&result.addresses[0].ip, text), "10.1.2.3", version);
	is_int(result.addresses[0].subnet.length, 24, version);
	is_text(ip_format(&result.addresses[0].next_hop, text), "10.1.2.1", version);
	is_text(ip_format(&result.addresses[1].ip, text), "2001:db8::3", version);
	is_int(result.addresses[1].subnet.length, 64, version);
	ok(!ip_is_set(&result.addresses[1].next_hop), version);
	is_int(result.address_interface[0], interfaces ? 1 : -1, version);
	is_int(result.address_interface[1], -1, version);
	is_int(result.route_count, 2, version);
	is_text(prefix_format(&result.routes[1].destination, text), "::/0", version);
	is_text(ip_format(&result.routes[1].gateway, text), "fe80::1", version);
}

static void test_every_version(void)
{
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		char text[2048];
		struct error err;

		(void)snprintf(text, sizeof text, "{\"cniVersion\":\"%s\",%s", shapes[i].version, shapes[i].text + 1);
		err = read_text(text, CNI_1_1_0);
		is_text(err.msg, "", shapes[i].version);
		check_addresses(shapes[i].version, shapes[i].interfaces);
		is_int(result.interface_count, shapes[i].interfaces, shapes[i].version);
		if (shapes[i].interfaces == 0)
			continue;
		is_text(result.interfaces[0].sandbox, "", "of the host");
		is_text(result.interfaces[1].name, "eth0", "name");
		is_text(result.interfaces[1].mac, "02:00:00:00:00:02", "mac");
		is_text(result.interfaces[1].sandbox, "/n", "sandbox");
		is_int(result.interfaces[1].mtu, shapes[i].mtu, "mtu");
	}
	is_int(result.routes[0].mtu, 1300, "fields of routes");
	is_int(result.routes[0].fields, ROUTE_HAS_TABLE, "and which are there");
}

static void test_assumed_version(void)
{
	is_text(read_text(OLDEST, CNI_0_2_0).msg, "", "none");
	is_int(result.address_count, 2, "the assumed one decides the shape");
	is_text(read_text(OLDEST, CNI_1_0_0).msg, "", "another");
	is_int(result.address_count, 0, "ip4 means nothing there");
	is_text(read_text("{\"cniVersion\":\"\",\"ip4\":{\"ip\":\"10.0.0.1/8\"}}", CNI_0_1_0).msg, "", "empty");
	is_int(result.address_count, 1, "is as none");
	is_text(read_text("{\"CNIVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.0.0.1/8\"}}", CNI_1_1_0).msg, "", "given");
	is_int(result.address_count, 1, "in any case of letters");
}

static void test_nonsense(void)
{
	static const struct {
		const char *text, *msg;
		enum error_code code;
	} cases[] = {
		{"7", "prevResult: expected an object, got 7", ERROR_DECODE},
		{"{\"cniVersion\":7}", "prevResult.cniVersion: expected a string, got 7", ERROR_DECODE},
		{"{\"cniVersion\":\"2.0.0\"}", "prevResult.cniVersion: unsupported CNI result version \"2.0.0\"",
		 ERROR_VERSION},
		{"{\"ips\":{}}", "prevResult.ips: expected a list, got {}", ERROR_DECODE},
		{"{\"ips\":[null]}", "prevResult.ips[0]: expected an object, got nothing", ERROR_DECODE},
		{"{\"ips\":[{}]}", "prevResult.ips[0].address is missing", ERROR_CONFIG},
		{"{\"ips\":[{\"address\":\"10.0.0.1\"}]}", "prevResult.ips[0].address: invalid CIDR address: 10.0.0.1",
		 ERROR_CONFIG},
		{"{\"ips\":[{\"address\":\"10.0.0.1/8\",\"gateway\":\"x\"}]}",
		 "prevResult.ips[0].gateway: invalid IP address: x", ERROR_CONFIG},
		{"{\"ips\":[{\"address\":\"10.0.0.1/8\",\"interface\":0}]}",
		 "prevResult.ips[0].interface: 0 is not between 0 and -1", ERROR_CONFIG},
		{"{\"interfaces\":[{\"name\":7}]}", "prevResult.interfaces[0].name: expected a string, got 7",
		 ERROR_DECODE},
		{"{\"routes\":[{}]}", "prevResult.routes[0].dst is missing", ERROR_CONFIG},
		{"{\"cniVersion\":\"0.1.0\",\"ip4\":[]}", "prevResult.ip4: expected an object, got []", ERROR_DECODE},
		{"{\"cniVersion\":\"0.1.0\",\"ip6\":{\"ip\":\"x\"}}", "prevResult.ip6.ip: invalid CIDR address: x",
		 ERROR_CONFIG},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = read_text(cases[i].text, CNI_1_1_0);

		is_text(err.msg, cases[i].msg, cases[i].text);
		is_int(err.code, cases[i].code, cases[i].text);
	}
}

static void test_a_delegates_answer(void)
{
	char text[PREFIX_TEXT_SIZE];
	struct error err;

	attachment_init(&want);
	want.default_routes = true;
	err = read_ipam(MIDDLE, CNI_0_4_0);
	is_text(err.msg, "", "read");
	is_int(want.address_count, 2, "addresses");
	is_text(prefix_format(&want.addresses[0].subnet, text), "10.1.2.0/24", "subnet");
	is_text(ip_format(&want.addresses[0].gateway, text), "10.1.2.1", "gateway");
	is_int(want.route_count, 2, "routes");
	ok(!want.default_routes, "then no default route of ours");
	is_text(want.dns.nameservers[0], "192.0.2.53", "dns");
}

static void test_what_a_delegate_does_not_replace(void)
{
	attachment_init(&want);
	want.default_routes = true;
	want.dns.search_count = 1;
	is_text(read_ipam("{\"ips\":[{\"address\":\"10.0.0.1/8\"}],\"dns\":{\"nameservers\":[\"x\"]}}", CNI_1_1_0).msg,
		"", "read");
	ok(want.default_routes, "no routes: the default route stays");
	is_int(want.dns.nameserver_count, 0, "dns of the configuration comes first");
	ok(!ip_is_set(&want.addresses[0].gateway), "no gateway");
}

static void test_a_delegates_nonsense(void)
{
	static const char *const cases[][2] = {
		{"null", "IPAM plugin returned missing IP config"},
		{"{}", "IPAM plugin returned missing IP config"},
		{"{\"ips\":[]}", "IPAM plugin returned missing IP config"},
		{"[]", "IPAM result: expected an object, got []"},
		{"{\"ips\":[{\"address\":7}]}", "IPAM result.ips[0].address: expected a string, got 7"},
		{"{\"ips\":[{\"address\":\"10.0.0.1/8\",\"gateway\":\"::1\"}]}",
		 "IPAM plugin returned gateway ::1 for address 10.0.0.1"},
		{"{\"cniVersion\":\"9\"}", "IPAM result.cniVersion: unsupported CNI result version \"9\""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err;

		attachment_init(&want);
		err = read_ipam(cases[i][0], CNI_1_1_0);
		is_text(err.msg, cases[i][1], cases[i][0]);
		is_int(err.code, ERROR_DELEGATE, cases[i][0]);
		is_int(want.address_count, 0, "nothing taken");
	}
}

static void test_too_many_addresses(void)
{
	char text[1024];
	size_t used = (size_t)snprintf(text, sizeof text, "{\"ips\":[");

	for (int i = 0; i <= MAX_ADDRESSES; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s{\"address\":\"10.0.0.%d/8\"}",
					 i ? "," : "", i);
	(void)snprintf(text + used, sizeof text - used, "]}");
	is_text(read_text(text, CNI_1_1_0).msg, "prevResult.ips[16]: more than 16 addresses", "limit");
}

int main(void)
{
	test_every_version();
	test_assumed_version();
	test_nonsense();
	test_a_delegates_answer();
	test_what_a_delegate_does_not_replace();
	test_a_delegates_nonsense();
	test_too_many_addresses();
	json_decref(document);
	return done();
}
