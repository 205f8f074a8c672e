/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executable: plugin when CNI_COMMAND is set, command line when it is not. The only place that prints. */
#include "conf/request.h"
#include "ipam/delegate.h"
#include "plugin/command_line.h"
#include "plugin/commands.h"
#include "plugin/process.h"
#include "plugin/result.h"
#include "plugin/table.h"
#include "plugin/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/** print_about() - two lines on stderr and success, as the reference plugins do (and users rely on) */
static int print_about(const char *name)
{
	(void)fprintf(stderr, "CNI %s plugin %s\nCNI protocol versions supported: ", name, CAMBRIC_VERSION);
	for (int version = CNI_0_1_0; version < CNI_VERSION_COUNT; version++)
		(void)fprintf(stderr, "%s%s", version ? ", " : "", cni_version_text((enum cni_version)version));
	(void)fputc('\n', stderr);
	return EXIT_SUCCESS;
}

/** is_reference_name() - of a kind, but not our own */
static bool is_reference_name(const char *name)
{
	return strcmp(name, "cambric") != 0 && kind_find(name);
}

/** print_warnings() - control bytes of hostile names must not reach a terminal or forge a line of a log */
static void print_warnings(const char *warning)
{
	if (warning[0] == '\0')
		return;
	for (; *warning != '\0'; warning++) {
		unsigned char byte = (unsigned char)*warning;
		if (byte == '\n' || (byte >= 0x20 && byte < 0x7f))
			(void)fputc(byte, stderr);
		else
			(void)fprintf(stderr, "\\x%02x", byte);
	}
	(void)fputc('\n', stderr);
}

static int run_plugin(const char *name, const struct inherited *inherited)
{
	static struct request request;
	struct error err = ERROR_INIT;
	const struct kind *kind = kind_find(name);
	int status;

	if (kind)
		status = request_read(&request, name, environ, STDIN_FILENO, &err);
	else
		status = error_set(&err, ERROR_ENVIRONMENT, 0, "no plugin of the name \"%s\" in this executable", name);
	process_clear_environment();
	request.wish.delegate.inherited = inherited;
	if (status == 0)
		status = command_run(kind, &request, STDOUT_FILENO, &err);
	print_warnings(err.warning);
	if (status < 0)
		(void)result_write_error(&err, STDOUT_FILENO);
	request_free(&request);
	return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	const char *name = argc > 0 ? base_name(argv[0]) : "cambric";
	const char *command = getenv("CNI_COMMAND");
	struct inherited inherited;

	process_prepare(&inherited);
	if (command && command[0] != '\0')
		return run_plugin(name, &inherited);
	/* "bridge version" is how people ask a reference plugin for its version: words mean something to ours alone */
	return argc > 1 && !is_reference_name(name) ? command_line_run(argc, argv) : print_about(name);
}
