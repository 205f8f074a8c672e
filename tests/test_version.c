/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/version: the gates of every verb, result families. */
#include "conf/version.h"

#include "tests/tap.h"

static const char SUPPORTED[] =
	"plugin supports [\"0.1.0\" \"0.2.0\" \"0.3.0\" \"0.3.1\" \"0.4.0\" \"1.0.0\" \"1.1.0\"]";

static void test_texts_and_order(void)
{
	enum cni_version version = CNI_1_1_0;

	for (int i = 0; i < CNI_VERSION_COUNT; i++)
		ok(cni_version_find(cni_version_text((enum cni_version)i), &version) && (int)version == i,
		   cni_version_text((enum cni_version)i));
	ok(cni_version_find("", &version) && version == CNI_0_1_0, "none is 0.1.0");
	ok(!cni_version_find("1.0", &version), "1.0 is not 1.0.0");
	ok(!cni_version_find("1.1.0 ", &version), "trailing space");
}

static void test_gates(void)
{
	static const struct {
		enum command command;
		const char *config;
		enum error_code code;
		const char *msg;
	} cases[] = {
		{COMMAND_ADD, "", ERROR_NONE, ""},
		{COMMAND_ADD, "1.1.0", ERROR_NONE, ""},
		{COMMAND_ADD, "9.9.9", ERROR_VERSION, "incompatible CNI versions"},
		{COMMAND_ADD, "1.0", ERROR_VERSION, "incompatible CNI versions"},
		{COMMAND_ADD, "x", ERROR_VERSION, "incompatible CNI versions"},
		{COMMAND_DEL, "0.1.0", ERROR_NONE, ""},
		{COMMAND_DEL, "4.3.2", ERROR_VERSION, "incompatible CNI versions"},
		{COMMAND_CHECK, "0.4.0", ERROR_NONE, ""},
		{COMMAND_CHECK, "0.3.1", ERROR_VERSION, "config version does not allow CHECK"},
		{COMMAND_CHECK, "", ERROR_VERSION, "config version does not allow CHECK"},
		{COMMAND_CHECK, "1.2.0", ERROR_VERSION, "plugin version does not allow CHECK"},
		{COMMAND_CHECK, "1.0", ERROR_VERSION, "incompatible CNI versions"},
		{COMMAND_CHECK, "a.b", ERROR_DECODE, "failed to convert major version part \"a\": not a number"},
		{COMMAND_CHECK, "1.x", ERROR_DECODE, "failed to convert minor version part \"x\": not a number"},
		{COMMAND_CHECK, "1.0.", ERROR_DECODE, "failed to convert micro version part \"\": not a number"},
		{COMMAND_CHECK, "1.0.0.0", ERROR_DECODE, "invalid version \"1.0.0.0\": too many parts"},
		{COMMAND_GC, "1.1.0", ERROR_NONE, ""},
		{COMMAND_GC, "1.0.0", ERROR_VERSION, "config version does not allow GC"},
		{COMMAND_GC, "2", ERROR_VERSION, "plugin version does not allow GC"},
		{COMMAND_STATUS, "1.1.0", ERROR_NONE, ""},
		{COMMAND_STATUS, "1.0.0", ERROR_VERSION, "config version does not allow STATUS"},
		{COMMAND_STATUS, "1.1.1", ERROR_VERSION, "plugin version does not allow STATUS"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;
		enum cni_version version;

		(void)cni_version_gate(cases[i].command, cases[i].config, &version, &err);
		is_int(err.code, cases[i].code, cases[i].config);
		is_text(err.msg, cases[i].msg, cases[i].config);
	}
}

static void test_details(void)
{
	struct error err = ERROR_INIT;
	enum cni_version version;

	(void)cni_version_gate(COMMAND_ADD, "9.9.9", &version, &err);
	ok(strncmp(err.details, "config is \"9.9.9\", ", 19) == 0, "what the configuration says");
	is_text(err.details + 19, SUPPORTED, "what we support");
}

static void test_result_families(void)
{
	struct error err = ERROR_INIT;

	is_int(cni_version_check_result("", CNI_0_4_0, &err), 0, "no version: the configuration's");
	is_int(cni_version_check_result("0.3.1", CNI_0_4_0, &err), 0, "same shape");
	is_int(cni_version_check_result("1.0.0", CNI_1_1_0, &err), 0, "same shape");
	is_int(cni_version_check_result("1.0.0", CNI_0_4_0, &err), -1, "another shape");
	is_text(err.msg, "result type supports [0.3.0 0.3.1 0.4.0] but unmarshalled CNIVersion is \"1.0.0\"", "words");
	is_int(err.code, ERROR_VERSION, "code 1");
	error_clear(&err);
	is_int(cni_version_check_result("7", CNI_1_1_0, &err), -1, "no version at all");
	is_text(err.msg, "result type supports [1.0.0 1.1.0] but unmarshalled CNIVersion is \"7\"", "words");
}

int main(void)
{
	test_texts_and_order();
	test_gates();
	test_details();
	test_result_families();
	return done();
}
