/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line for people. Prints, as main.c does: it is the other half of the executable's face. */
#include "plugin/command_line.h"

#include "base/cleanup.h"
#include "conf/input.h"
#include "conf/marks.h"
#include "kernel/kernel.h"
#include "nat/forwarding.h"
#include "nat/nat.h"
#include "plugin/check_config.h"
#include "plugin/names.h"
#include "plugin/overlay_sync.h"
#include "plugin/version.h"
#include "store/store.h"

#include <argp.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

const char *argp_program_version = "cambric " CAMBRIC_VERSION;

/** struct arguments - what the user typed */
struct arguments {
	const char *command, *operand, *second, *data_dir;
};

static const char DOCUMENTATION[] =
	"Look at and mend what the CNI plugin cambric has made.\v"
	"Commands:\n"
	"  check-config FILE  errors, unknown keys and rules that can never match, one per line; status 1 if in error\n"
	"  install-names DIR  take the place of the reference plugins there (links to a copy of this file); they are "
	"kept\n"
	"  remove-names DIR   put them back\n"
	"  list       one line per attachment: network, container, interface, kind, state, addresses, ports\n"
	"  reload     rebuild the nftables table from the records, for instance after a flush\n"
	"  overlay sync FILE      make tunnels and routes to other hosts as a list of plugins says, and keep them\n"
	"  overlay show [NETWORK] what is applied: one line per network, one per peer\n"
	"  overlay leave NETWORK  end that; they go with the last container of the network\n"
	"  guard off  let packets pass between interfaces that existed before forwarding was turned on\n";

static const struct argp_option OPTIONS[] = {
	{"data-dir", 'd', "DIR", 0, "root of the store (ipam.dataDir), default " DEFAULT_DATA_DIR, 0},
	{0},
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'd':
		arguments->data_dir = value;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 2)
			argp_usage(state);
		*(state->arg_num == 0	? &arguments->command
		  : state->arg_num == 1 ? &arguments->operand
					: &arguments->second) = value;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *state_name(enum attachment_state state)
{
	static const char *const names[] = {"pending", "ready", "removing"};

	return names[state];
}

static void print_ports(const struct attachment *record)
{
	char host[IP_TEXT_SIZE];

	for (size_t i = 0; i < record->port_count; i++) {
		const struct port_mapping *mapping = &record->ports[i];
		bool is_ipv6 = mapping->host_ip.family == AF_INET6;
		(void)printf(" %s%s%s%s%u", is_ipv6 ? "[" : "", ip_format(&mapping->host_ip, host), is_ipv6 ? "]" : "",
			     ip_is_set(&mapping->host_ip) ? ":" : "", mapping->host_port);
		if (mapping->count > 1)
			(void)printf("-%d", mapping->host_port + mapping->count - 1);
		(void)printf("->%u/%s", mapping->container_port, protocol_name(mapping->protocol));
	}
}

/** host_end() - what the container is behind on this host; "-" when that is not known */
static const char *host_end(const struct attachment *record)
{
	if (record->mode == MODE_CHAINED)
		return record->chained.ifname[0] ? record->chained.ifname : "-";
	return record->mode & (MODE_ROUTED | MODE_BRIDGE | MODE_TAP) && !attachment_is_overlay(record)
		       ? record->host_ifname
		       : "-";
}

static int print_record(const struct attachment *record, void *argument, struct error *err)
{
	char text[IP_TEXT_SIZE];

	(void)argument;
	(void)err;
	(void)printf("%s %s %s %s %s %s", record->id.network, record->id.container, record->id.ifname, record->id.kind,
		     state_name(record->state), host_end(record));
	for (size_t i = 0; i < record->address_count; i++)
		(void)printf(" %s", ip_format(&record->addresses[i].ip, text));
	print_ports(record);
	(void)putchar('\n');
	return 0;
}

static int list(struct store *store, struct kernel *kernel, struct error *err)
{
	(void)kernel;
	return record_walk(store, NULL, print_record, NULL, err);
}

static int reload(struct store *store, struct kernel *kernel, struct error *err)
{
	return nat_rebuild(store, kernel, false, err);
}

static int guard_off(struct store *store, struct kernel *kernel, struct error *err)
{
	return forwarding_guard_drop(store, kernel, err);
}

/** report() - what went wrong, for a person. Return: the exit status */
static int report(int status, const struct error *err)
{
	if (status == 0)
		return EXIT_SUCCESS;
	(void)fprintf(stderr, "cambric: %s%s%s\n", err->msg, err->details[0] ? "\n  " : "", err->details);
	return EXIT_FAILURE;
}

/** struct command - one row: the words, and what they do */
struct command {
	const char *name, *operand;
	int (*run)(struct store *store, struct kernel *kernel, struct error *err);
};

static const struct command COMMANDS[] = {
	{"list", NULL, list},
	{"reload", NULL, reload},
	{"guard", "off", guard_off},
};

static const struct command *find_command(const struct arguments *arguments)
{
	for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
		const struct command *command = &COMMANDS[i];
		bool operand = command->operand
				       ? arguments->operand && strcmp(command->operand, arguments->operand) == 0
				       : !arguments->operand;
		if (operand && strcmp(command->name, arguments->command) == 0)
			return command;
	}
	return NULL;
}

static int run(const struct command *command, const char *data_dir, struct error *err)
{
	CLEANUP(kernel_close) struct kernel kernel = KERNEL_CLOSED;
	CLEANUP(store_close) struct store *store = NULL;

	if (kernel_open(&kernel, err) < 0 || store_open(&store, data_dir, false, err) < 0 ||
	    store_enter(store, false, err) < 0)
		return -1;
	return command->run(store, &kernel, err);
}

static int sync_file(const char *path, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	AUTO_FREE char *text = NULL;
	size_t length;

	if (fd < 0)
		return error_set(err, ERROR_IO, errno, "open %s", path);
	return input_read(fd, INPUT_TIMEOUT_MS, &text, &length, err) < 0 ? -1 : overlay_sync(text, length, err);
}

/** run_overlay() - the commands that take an operand of their own */
static int run_overlay(const struct arguments *arguments, struct error *err)
{
	const char *what = arguments->operand ? arguments->operand : "", *second = arguments->second;

	if (strcmp(what, "sync") == 0 && second)
		return sync_file(second, err);
	if (strcmp(what, "show") == 0)
		return overlay_show(arguments->data_dir, second, err);
	if (strcmp(what, "leave") == 0 && second)
		return overlay_leave(arguments->data_dir, second, err);
	return error_set(err, ERROR_CONFIG, 0, "overlay sync FILE, overlay show [NETWORK] or overlay leave NETWORK");
}

int command_line_run(int argc, char *argv[])
{
	static const struct argp parser = {OPTIONS, parse_option, "COMMAND", DOCUMENTATION, NULL, NULL, NULL};
	struct arguments arguments = {.data_dir = DEFAULT_DATA_DIR};
	struct error err = ERROR_INIT;

	const int refused = argp_parse(&parser, argc, argv, 0, NULL, &arguments);
	if (refused)
		return report(error_set(&err, ERROR_IO, refused, "read the arguments"), &err);
	if (arguments.operand && strcmp(arguments.command, "check-config") == 0)
		return check_config(arguments.operand);
	if (arguments.operand && strcmp(arguments.command, "install-names") == 0)
		return report(names_install(arguments.operand, &err), &err);
	if (arguments.operand && strcmp(arguments.command, "remove-names") == 0)
		return report(names_remove(arguments.operand, arguments.data_dir, &err), &err);
	if (strcmp(arguments.command, "overlay") == 0) {
		int status = run_overlay(&arguments, &err);
		(void)fputs(err.warning, stderr);
		(void)fputs(err.warning[0] ? "\n" : "", stderr);
		return report(status, &err);
	}
	const struct command *command = arguments.second ? NULL : find_command(&arguments);
	if (!command) {
		(void)fprintf(stderr, "cambric: no command \"%s%s%s\"; cambric --help lists them\n", arguments.command,
			      arguments.operand ? " " : "", arguments.operand ? arguments.operand : "");
		return EXIT_FAILURE;
	}
	return report(run(command, arguments.data_dir, &err), &err);
}
