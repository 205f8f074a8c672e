/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/args: CNI_ARGS. */
#include "conf/args.h"

#include "tests/tap.h"

static struct args args;

static void test_accepted(void)
{
	static const struct {
		const char *text, *ip, *mac, *gateway;
	} cases[] = {
		{"", "", "", ""},
		{"IP=10.0.0.5", "10.0.0.5", "", ""},
		{"IP=10.0.0.5/24;MAC=02:00:00:00:00:01", "10.0.0.5/24", "02:00:00:00:00:01", ""},
		{"IgnoreUnknown=1;X=Y;IP=::1", "::1", "", ""},
		{"X=Y;IgnoreUnknown=TRUE", "", "", ""},
		{"IgnoreUnknown=true;=B;A=", "", "", ""},
		{"IP=10.0.0.5,10.0.0.6;GATEWAY=10.0.0.1", "10.0.0.5,10.0.0.6", "", "10.0.0.1"},
		{"K8S_POD_NAMESPACE=a;K8S_POD_NAME=b;K8S_POD_UID=c", "", "", ""},
		{"IgnoreUnknown=0;IP=", "", "", ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;

		is_int(args_read(&args, cases[i].text, &err), 0, cases[i].text);
		is_text(args.ip, cases[i].ip, cases[i].text);
		is_text(args.mac, cases[i].mac, cases[i].text);
		is_text(args.gateway, cases[i].gateway, cases[i].text);
	}
}

static void test_refused(void)
{
	static const char *const cases[][2] = {
		{"A", "ARGS: invalid pair \"A\""},
		{";", "ARGS: invalid pair \"\""},
		{";;", "ARGS: invalid pair \"\""},
		{"IP=10.0.0.5;", "ARGS: invalid pair \"\""},
		{"IgnoreUnknown=1;A=B=C", "ARGS: invalid pair \"A=B=C\""},
		{"IgnoreUnknown=1;word", "ARGS: invalid pair \"word\""},
		{"FOO=bar", "ARGS: unknown args [\"FOO=bar\"]"},
		{"FOO=bar;IP=10.0.0.5;A=", "ARGS: unknown args [\"FOO=bar\" \"A=\"]"},
		{"=B", "ARGS: unknown args [\"=B\"]"},
		{"ip=10.0.0.5", "ARGS: unknown args [\"ip=10.0.0.5\"]"},
		{"IgnoreUnknown=false;X=Y", "ARGS: unknown args [\"X=Y\"]"},
		{"IgnoreUnknown=yes",
		 "ARGS: error parsing value of pair \"IgnoreUnknown=yes\": boolean unmarshal error: "
		 "invalid input yes"},
		{"IP=10.0.0.5;IP=10.0.0.6", "ARGS: duplicate key \"IP\""},
		{"IgnoreUnknown=1;A=1;A=2", "ARGS: duplicate key \"A\""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;

		is_int(args_read(&args, cases[i][0], &err), -1, cases[i][0]);
		is_text(err.msg, cases[i][1], cases[i][0]);
		is_int(err.code, ERROR_ENVIRONMENT, cases[i][0]);
	}
}

static void test_bounds(void)
{
	static char text[128 * 1024];
	struct error err = ERROR_INIT;
	size_t used = 0;

	for (int i = 0; i < MAX_ARGS_PAIRS; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%sK8S_%d=x", i ? ";" : "", i);
	is_int(args_read(&args, text, &err), 0, "64 pairs");
	(void)snprintf(text + used, sizeof text - used, ";K8S_A=x");
	is_int(args_read(&args, text, &err), -1, "65 pairs");
	is_text(err.msg, "ARGS: more than 64 pairs", "limit");
	error_clear(&err);
	memset(text, 'A', sizeof text - 1);
	is_int(args_read(&args, text, &err), -1, "128 KiB");
	is_text(err.msg, "CNI_ARGS is longer than 4096 bytes", "limit");
	error_clear(&err);
	memcpy(text, "IP=", 3);
	text[MAX_ARGS_TEXT] = '\0';
	is_int(args_read(&args, text, &err), 0, "4096 bytes");
	is_int(strlen(args.ip), MAX_ARGS_TEXT - 3, "value is whole");
}

int main(void)
{
	test_accepted();
	test_refused();
	test_bounds();
	return done();
}
