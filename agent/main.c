/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's command line: cambricd run | sync | status | leave. */
#include "agent/agent.h"
#include "agent/config.h"
#include "agent/log.h"
#include "agent/share.h"
#include "plugin/version.h"

#include <argp.h>
#include <curl/curl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char DEFAULT_CONFIG[] = "/etc/cambric/cambricd.json";

/* Bytes from which on memory is the kernel's again at once. Left alone, malloc() raises this to the largest block that was freed, and lists
   of all peers, which are made anew with each change, leave holes in the heap: a fifth of all memory with 5,000 of them */
enum { LARGE_BLOCK = 128 * 1024 };

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

static int run(const struct agent_config *config, struct error *err)
{
	return agent_run(config, false, err);
}

static int sync_once(const struct agent_config *config, struct error *err)
{
	return agent_run(config, true, err);
}

/** print_status() - what is written here; etcd is not asked */
static int print_status(const struct agent_config *config, struct error *err)
{
	char path[AGENT_PATH_SIZE * 2], text[PREFIX_TEXT_SIZE];
	struct share share;
	bool found;

	share_file(config, path);
	share_read(path, &share, &found);
	if (!found)
		return error_set(err, ERROR_NOT_AVAILABLE, 0, "%s is not there: no agent has run since the start",
				 path);
	(void)printf("network %s: %s%s%s\n", config->network, share.overlay.ready ? "ready" : "not ready",
		     share.overlay.ready ? "" : ": ", share.overlay.ready ? "" : share.overlay.reason);
	for (size_t i = 0; i < share.overlay.subnet_count; i++)
		(void)printf("subnet %s\n", prefix_format(&share.overlay.subnets[i], text));
	(void)printf("peers %zu\nrevision %lld\n", share.overlay.peer_count, (long long)share.revision);
	const bool ready = share.overlay.ready;
	share_clear(&share);
	return ready ? 0 : error_set(err, ERROR_NOT_AVAILABLE, 0, "not ready");
}

static const struct command {
	const char *name;
	int (*function)(const struct agent_config *config, struct error *err);
} commands[] = {
	{"run", run},
	{"sync", sync_once},
	{"status", print_status},
	{"leave", agent_leave},
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; name && i < sizeof commands / sizeof *commands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int run_command(const struct command *command, const char *path, struct error *err)
{
	struct agent_config config;
	int status = agent_config_read(&config, path, err);

	if (status == 0)
		status = command->function(&config, err);
	agent_config_clear(&config);
	return status;
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
	struct error err = ERROR_INIT;

	argp_program_version = "cambricd " CAMBRIC_VERSION;
	if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0)
		return EXIT_FAILURE;
	const struct command *command = find_command(arguments.command);
	if (!command) {
		argp_help(&argp, stderr, ARGP_HELP_STD_USAGE, argv[0]);
		return EXIT_FAILURE;
	}
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return EXIT_FAILURE;
	int status = run_command(command, arguments.config, &err);
	if (status < 0)
		log_error(LOG_LEVEL_ERROR, command->name, &err);
	curl_global_cleanup();
	return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
