/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/routes: every field, every refusal. */
#include "conf/routes.h"

#include "tests/tap.h"

static struct route routes[MAX_ROUTES];
static size_t count;

static struct error read_as(enum route_source source, const char *text)
{
	struct error err = ERROR_INIT;
	json_t *document = json_loads(text, 0, NULL);
	struct field list = field_root(document, "routes");

	count = 0;
	(void)routes_read(routes, &count, &list, source, &err);
	json_decref(document);
	return err;
}

static struct error read_text(const char *text)
{
	return read_as(ROUTES_CONFIGURED, text);
}

static void test_reported(void)
{
	char text[PREFIX_TEXT_SIZE];

	is_text(read_as(ROUTES_REPORTED, "[{\"dst\":\"10.1.2.3/16\",\"gw\":\"fe80::1\"}]").msg, "", "taken as it is");
	is_text(prefix_format(&routes[0].destination, text), "10.1.0.0/16", "without host bits");
	is_text(read_as(ROUTES_REPORTED, "[{\"gw\":\"fe80::1\"}]").msg, "routes[0].dst is missing",
		"but it must be there");
}

static void test_fields(void)
{
	struct error err = read_text("[{\"dst\":\"10.0.0.0/8\",\"gw\":\"10.77.0.1\",\"mtu\":1400,\"advmss\":1300,"
				     "\"priority\":100,\"table\":0,\"scope\":253},{\"DST\":\"::/0\"}]");
	char text[PREFIX_TEXT_SIZE];

	is_text(err.msg, "", "read");
	is_int(count, 2, "both");
	is_text(prefix_format(&routes[0].destination, text), "10.0.0.0/8", "dst");
	is_text(ip_format(&routes[0].gateway, text), "10.77.0.1", "gw");
	is_int(routes[0].mtu, 1400, "mtu");
	is_int(routes[0].advmss, 1300, "advmss");
	is_int(routes[0].priority, 100, "priority");
	is_int(routes[0].fields, ROUTE_HAS_TABLE | ROUTE_HAS_SCOPE, "table and scope are there, though one is 0");
	is_int(routes[0].scope, 253, "scope");
	is_int(routes[1].fields, 0, "not there");
	ok(!ip_is_set(&routes[1].gateway), "no gw");
}

static void test_refused(void)
{
	static const char *const cases[][2] = {
		{"[7]", "routes[0]: expected an object, got 7"},
		{"[{}]", "routes[0].dst is missing"},
		{"[{\"dst\":\"10.0.0.0\"}]", "routes[0].dst: invalid CIDR address: 10.0.0.0"},
		{"[{\"dst\":\"10.0.0.1/8\"}]", "routes[0].dst: 10.0.0.1/8 has host bits set"},
		{"[{\"dst\":\"10.0.0.0/8\",\"gw\":\"::1\"}]",
		 "routes[0].gw: ::1 is of another address family than 10.0.0.0/8"},
		{"[{\"dst\":\"10.0.0.0/8\",\"gw\":\"x\"}]", "routes[0].gw: invalid IP address: x"},
		{"[{\"dst\":\"10.0.0.0/8\",\"scope\":256}]", "routes[0].scope: 256 is not between 0 and 255"},
		{"[{\"dst\":\"10.0.0.0/8\",\"table\":-1}]", "routes[0].table: -1 is not between 0 and 4294967295"},
		{"[{\"dst\":\"10.0.0.0/8\",\"mtu\":\"x\"}]", "routes[0].mtu: expected an integer, got \"x\""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		is_text(read_text(cases[i][0]).msg, cases[i][1], cases[i][0]);
}

static void test_too_many(void)
{
	static char text[MAX_ROUTES * 32];
	size_t used = (size_t)snprintf(text, sizeof text, "[");

	for (int i = 0; i <= MAX_ROUTES; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s{\"dst\":\"10.%d.0.0/16\"}", i ? "," : "",
					 i);
	(void)snprintf(text + used, sizeof text - used, "]");
	is_text(read_text(text).msg, "routes: 129 entries, at most 128 are served", "limit");
}

int main(void)
{
	test_fields();
	test_reported();
	test_refused();
	test_too_many();
	return done();
}
