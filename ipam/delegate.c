/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The delegate's side of each verb. */
#include "ipam/delegate.h"

#include "base/cleanup.h"
#include "conf/cni_result.h"
#include "conf/json_text.h"
#include "ipam/program.h"
#include "store/store.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { VARIABLE_SIZE = 64 + MAX_NETNS_PATH, MAX_VARIABLES = 4, MAX_ENVIRONMENT = 65536 };
/* What the specification gives a meaning or keeps for itself: 1 to 99 */
enum { SPECIFIED_CODES = 99 };

static bool is_served(const struct delegate *delegate)
{
	return delegate->type && delegate->type[0] != '\0';
}

/** find() - the first regular file of the delegate's name in the search path, links followed */
static int find(const struct delegate *delegate, char path[static PATH_MAX], struct error *err)
{
	const char *directory = delegate->search_path ? delegate->search_path : "";
	struct stat status;

	if (strchr(delegate->type, '/') || strcmp(delegate->type, ".") == 0 || strcmp(delegate->type, "..") == 0)
		return error_set(err, ERROR_CONFIG, 0, "invalid ipam.type \"%.100s\": a name of a plugin, not a path",
				 delegate->type);
	while (*directory != '\0') {
		size_t length = strcspn(directory, ":");

		if (length > 0 &&
		    snprintf(path, PATH_MAX, "%.*s/%s", (int)length, directory, delegate->type) < PATH_MAX &&
		    stat(path, &status) == 0 && S_ISREG(status.st_mode))
			return 0;
		directory += length + (directory[length] == ':');
	}
	(void)error_set(err, ERROR_DELEGATE, 0, "failed to find plugin \"%.100s\" in path [%.200s]", delegate->type,
			delegate->search_path ? delegate->search_path : "");
	err->errnum = PROGRAM_NOT_RUN;
	return -1;
}

/** struct variables - what a delegate's environment has in place of the runtime's */
struct variables {
	size_t count;
	char texts[MAX_VARIABLES][VARIABLE_SIZE];
};

static void set_variable(struct variables *variables, const char *name, const char *value)
{
	(void)snprintf(variables->texts[variables->count++], VARIABLE_SIZE, "%s=%s", name, value);
}

/** is_replaced() - whether one of ours has the name of this one */
static bool is_replaced(const struct variables *variables, const char *variable)
{
	size_t name = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < variables->count; i++)
		if (strncmp(variables->texts[i], variable, name) == 0)
			return true;
	return false;
}

/** merge_environment() - the runtime's own, with ours in place of those of the same names. Freed by the caller */
static char **merge_environment(char **environment, struct variables *variables)
{
	size_t count = 0, used = 0;

	while (environment && environment[count] && count < MAX_ENVIRONMENT)
		count++;
	char **merged = calloc(count + variables->count + 1, sizeof *merged);
	if (!merged)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (!is_replaced(variables, environment[i]))
			merged[used++] = environment[i];
	for (size_t i = 0; i < variables->count; i++)
		merged[used++] = variables->texts[i];
	return merged;
}

static const char *variable_of(char **environment, const char *name)
{
	size_t length = strlen(name);

	for (; environment && *environment; environment++)
		if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
			return *environment + length + 1;
	return "";
}

/**
 * choose_variables() - CNI_COMMAND, and the attachment when the runtime speaks of none or of another one
 * @want: NULL for a verb that is about none
 */
static void choose_variables(struct variables *variables, const struct delegate *delegate, const char *command,
			     const struct attachment *want)
{
	variables->count = 0;
	set_variable(variables, "CNI_COMMAND", command);
	if (!want || (strcmp(variable_of(delegate->environment, "CNI_CONTAINERID"), want->id.container) == 0 &&
		      strcmp(variable_of(delegate->environment, "CNI_IFNAME"), want->id.ifname) == 0))
		return;
	set_variable(variables, "CNI_CONTAINERID", want->id.container);
	set_variable(variables, "CNI_NETNS", want->netns);
	set_variable(variables, "CNI_IFNAME", want->id.ifname);
}

/** decode() - what a delegate printed; nothing is no document */
static json_t *decode(const char *output, json_error_t *fault)
{
	return json_decode(output, output ? strlen(output) : 0, 0, fault);
}

/** pass_on() - a delegate's error object is ours, as far as its code means the same to all; else its exit status */
static int pass_on(const struct delegate *delegate, const char *command, const char *output, int status,
		   struct error *err)
{
	json_error_t ignored;
	json_auto_t *document = decode(output, &ignored);
	json_int_t code = json_integer_value(json_object_get(document, "code"));
	const char *msg = json_string_value(json_object_get(document, "msg"));
	const char *details = json_string_value(json_object_get(document, "details"));

	if (code > 0 && code <= SPECIFIED_CODES && msg) {
		(void)error_set(err, (enum error_code)code, 0, "%s", msg);
	} else if (code > 0 && msg) {
		/* Its own, of which ours of the same number knows nothing: whoever branches on codes must not see it */
		(void)error_set(err, ERROR_DELEGATE, 0, "%s: code %" JSON_INTEGER_FORMAT ": %s", delegate->type, code,
				msg);
	} else if (WIFSIGNALED(status)) {
		(void)error_set(err, ERROR_DELEGATE, 0, "IPAM plugin \"%s\" was killed by signal %d", delegate->type,
				WTERMSIG(status));
	} else {
		(void)error_set(err, ERROR_DELEGATE, 0,
				"IPAM plugin \"%s\" failed with exit status %d and no error object", delegate->type,
				WEXITSTATUS(status));
	}
	if (code > 0 && msg && details && details[0] != '\0')
		error_detail(err, "%s", details);
	error_detail(err, "%s of IPAM plugin \"%s\"", command, delegate->type);
	return -1;
}

/** run() - one verb of the delegate. @output: to be freed by the caller */
static int run(const struct delegate *delegate, const char *command, const struct attachment *want, char **output,
	       struct error *err)
{
	struct variables variables;
	char path[PATH_MAX], *text = NULL;
	size_t length;
	int status;

	if (find(delegate, path, err) < 0)
		return -1;
	choose_variables(&variables, delegate, command, want);
	AUTO_FREE char **environment = merge_environment(delegate->environment, &variables);
	if (!environment)
		return error_set(err, ERROR_DELEGATE, ENOMEM, "run %s", path);
	const struct program program = {
		.path = path,
		.environment = environment,
		.input = delegate->config,
		.input_length = delegate->config_length,
		.inherited = delegate->inherited,
		.wait_ms = PROGRAM_WAIT_MS,
	};
	if (program_run(&program, &text, &length, &status, err) < 0)
		return -1;
	*output = text;
	return status == 0 ? 0 : pass_on(delegate, command, text, status, err);
}

static int run_quietly(const struct delegate *delegate, const char *command, const struct attachment *want,
		       struct error *err)
{
	AUTO_FREE char *output = NULL;

	return run(delegate, command, want, &output, err);
}

/** config_version() - what the delegate was asked in, and so answers in; keys match without regard to case */
static enum cni_version config_version(const json_t *config)
{
	const char *key;
	json_t *value;

	/* jansson's iterator takes a non-const object but does not change it */
	json_object_foreach((json_t *)(uintptr_t)config, key, value)
	{
		if (strcasecmp(key, "cniVersion") != 0 || !json_is_string(value))
			continue;
		for (enum cni_version version = CNI_0_1_0; version < CNI_VERSION_COUNT; version++)
			if (strcmp(json_string_value(value), cni_version_text(version)) == 0)
				return version;
	}
	return CNI_0_1_0;
}

static int read_answer(struct attachment *want, const char *output, struct error *err)
{
	json_error_t where, fault;
	json_auto_t *document = decode(output, &where);
	json_auto_t *config = json_decode(want->delegate.config, want->delegate.config_length, 0, &fault);

	if ((!document && json_error_code(&where) == json_error_out_of_memory) ||
	    (!config && json_error_code(&fault) == json_error_out_of_memory))
		return error_set(err, ERROR_DELEGATE, ENOMEM, "answer of IPAM plugin \"%s\"", want->delegate.type);
	if (!document)
		return error_set(err, ERROR_DELEGATE, 0, "IPAM plugin \"%s\" answered no JSON (line %d: %.100s)",
				 want->delegate.type, where.line, where.text);
	return cni_result_read_ipam(want, document, config_version(config), err);
}

static int add(struct attachment *want, struct store *store, struct error *err)
{
	AUTO_FREE char *output = NULL;

	if (run(&want->delegate, "ADD", want, &output, err) < 0 || read_answer(want, output, err) < 0)
		return -1;
	attachment_complete(want);
	if (attachment_check_nat(want, err) < 0)
		return -1;
	return record_update_addresses(store, want, err);
}

int delegate_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)kernel;
	return is_served(&want->delegate) ? add(want, store, err) : 0;
}

int delegate_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	(void)kernel;
	return is_served(&want->delegate) ? run_quietly(&want->delegate, "CHECK", want, err) : 0;
}

/** warn_orphaned() - the record speaks of another plugin's addresses, the configuration of none */
static void warn_orphaned(const struct attachment *want, struct error *err)
{
	error_warn(err,
		   "container \"%.64s\" has addresses of another IPAM plugin, but the configuration names none:"
		   " they stay with it",
		   want->id.container);
}

int delegate_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;

	(void)store;
	(void)kernel;
	if (!is_served(&want->delegate)) {
		if (want->delegated)
			warn_orphaned(want, err);
		return 0;
	}
	if (run_quietly(&want->delegate, "DEL", want, &refusal) == 0)
		return 0;
	/* One that cannot be run has given nothing, unless the record knows better */
	if (refusal.errnum == PROGRAM_NOT_RUN && (!attachment_has_record(want) || want->address_count == 0)) {
		error_warn(err, "%s", refusal.msg);
		return 0;
	}
	error_merge(err, &refusal);
	return -1;
}

int delegate_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	(void)kernel;
	return is_served(&want->delegate) ? run_quietly(&want->delegate, "STATUS", NULL, err) : 0;
}

int delegate_collect(const struct delegate *delegate, struct error *err)
{
	return is_served(delegate) ? run_quietly(delegate, "GC", NULL, err) : 0;
}
