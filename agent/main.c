/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's command line: cambricd run | sync | status | leave. */
#include "agent/config.h"
#include "agent/log.h"
#include "plugin/version.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

static const char DEFAULT_CONFIG[] = "/etc/cambric/cambricd.json";

/** struct arguments - of the command line */
struct arguments {
	const char *command, *config;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	if (key == 'c')
		arguments->config = value;
	else if (key == ARGP_KEY_ARG && !arguments->command)
		arguments->command = value;
	else if (key == ARGP_KEY_ARG || key == ARGP_KEY_NO_ARGS)
		argp_usage(state);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

int main(int argc, char *argv[])
{
	static const struct argp_option options[] = {
		{.name = "config", .key = 'c', .arg = "FILE", .doc = "instead of /etc/cambric/cambricd.json"},
		{.name = NULL},
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "run|sync|status|leave",
		.doc = "Lease this host's subnet from etcd and keep the tunnels to the other hosts true.\v"
		       "run: until SIGTERM. sync: once. status: what is known here. leave: give the subnet back.",
	};
	struct arguments arguments = {.config = DEFAULT_CONFIG};
	struct agent_config config;
	struct error err = ERROR_INIT;

	argp_program_version = "cambricd " CAMBRIC_VERSION;
	if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0)
		return EXIT_FAILURE;
	int status = agent_config_read(&config, arguments.config, &err);
	if (status < 0)
		log_error(LOG_LEVEL_ERROR, arguments.config, &err);
	agent_config_clear(&config);
	return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
