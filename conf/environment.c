/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CNI_* variables, checked in the order of the reference library. */
#include "conf/environment.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const commands[] = {
	[COMMAND_ADD] = "ADD", [COMMAND_DEL] = "DEL",	    [COMMAND_CHECK] = "CHECK",
	[COMMAND_GC] = "GC",   [COMMAND_STATUS] = "STATUS", [COMMAND_VERSION] = "VERSION",
};

/* Sets of verbs as bits, 1 << enum command */
enum {
	FOR_ADD_AND_CHECK = 1 << COMMAND_ADD | 1 << COMMAND_CHECK,
	FOR_ATTACHMENT = FOR_ADD_AND_CHECK | 1 << COMMAND_DEL,
	FOR_ALL = FOR_ATTACHMENT | 1 << COMMAND_GC | 1 << COMMAND_STATUS,
};

bool command_find(const char *text, enum command *command)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i], text) != 0)
			continue;
		*command = (enum command)i;
		return true;
	}
	return false;
}

static bool is_alphanumeric(char letter)
{
	return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

bool name_is_valid(const char *text)
{
	if (!is_alphanumeric(text[0]))
		return false;
	for (; *text; text++)
		if (!is_alphanumeric(*text) && !strchr("_.-", *text))
			return false;
	return true;
}

static int check_container_id(const char *id, struct error *err)
{
	if (strlen(id) > MAX_CONTAINER_ID)
		return error_set(err, ERROR_ENVIRONMENT, 0, "CNI_CONTAINERID is longer than %d bytes",
				 MAX_CONTAINER_ID);
	if (name_is_valid(id))
		return 0;
	(void)error_set(err, ERROR_ENVIRONMENT, 0, "invalid characters in containerID");
	error_detail(err, "%s", id);
	return -1;
}

static int check_netns(const char *path, struct error *err)
{
	if (strlen(path) > MAX_NETNS_PATH)
		return error_set(err, ERROR_ENVIRONMENT, 0, "CNI_NETNS is longer than %d bytes", MAX_NETNS_PATH);
	return 0;
}

const char *ifname_fault(const char *ifname)
{
	if (strlen(ifname) >= IFNAMSIZ)
		return "interface name is too long";
	if (strcmp(ifname, ".") == 0 || strcmp(ifname, "..") == 0)
		return "interface name is . or ..";
	for (const char *letter = ifname; *letter; letter++) {
		if (*letter == '/' || *letter == ':')
			return "interface name contains / or :";
		if (*letter == '%') /* to the kernel a pattern: eth%d becomes eth0 or eth1 (dev_alloc_name) */
			return "interface name contains %";
		if (strchr(" \t\n\v\f\r", *letter))
			return "interface name contains whitespace characters";
		if (*letter < 0x21 || *letter > 0x7e)
			return "interface name contains characters that are not printable ASCII";
	}
	return NULL;
}

static int check_ifname(const char *ifname, struct error *err)
{
	const char *fault = ifname_fault(ifname);

	if (!fault)
		return 0;
	(void)error_set(err, ERROR_ENVIRONMENT, 0, "%s", fault);
	error_detail(err, "CNI_IFNAME is \"%.32s\"", ifname);
	return -1;
}

/** check_not_reserved() - names that exist in every namespace, or mean a whole set of sysctls */
static int check_not_reserved(const char *ifname, struct error *err)
{
	if (strcmp(ifname, "lo") != 0 && strcmp(ifname, "all") != 0 && strcmp(ifname, "default") != 0)
		return 0;
	return error_set(err, ERROR_ENVIRONMENT, 0, "CNI_IFNAME \"%s\" is reserved", ifname);
}

static const char *find_variable(char **variables, const char *name)
{
	size_t length = strlen(name);

	for (; *variables; variables++)
		if (strncmp(*variables, name, length) == 0 && (*variables)[length] == '=')
			return *variables + length + 1;
	return "";
}

/** struct variable - one CNI_* variable: where it goes, which verbs require it (and then have it checked) */
struct variable {
	const char *name;
	const char **value;
	unsigned required;
	int (*check)(const char *value, struct error *err);
};

/** read_variables() - in order; names of those that are missing go to @missing */
static int read_variables(const struct variable rows[], size_t count, char **variables, char *missing, size_t room,
			  struct error *err)
{
	unsigned verb = 0; /* unknown: nothing but CNI_COMMAND, the first row, is required */
	enum command command;

	for (size_t i = 0; i < count; i++) {
		*rows[i].value = find_variable(variables, rows[i].name);
		if (i == 0 && command_find(*rows[0].value, &command))
			verb = 1U << command;
		if (i > 0 && !(rows[i].required & verb))
			continue;
		if (**rows[i].value == '\0')
			(void)snprintf(missing + strlen(missing), room - strlen(missing), "%s%s", *missing ? "," : "",
				       rows[i].name);
		else if (rows[i].check && rows[i].check(*rows[i].value, err) < 0)
			return -1;
	}
	return 0;
}

int environment_read(struct environment *environment, char **variables, bool makes_interface, struct error *err)
{
	const char *override = "";
	char missing[256] = "";
	const struct variable rows[] = {
		{.name = "CNI_COMMAND", .value = &environment->command},
		{.name = "CNI_CONTAINERID",
		 .value = &environment->container_id,
		 .required = FOR_ATTACHMENT,
		 .check = check_container_id},
		{.name = "CNI_NETNS",
		 .value = &environment->netns,
		 .required = FOR_ADD_AND_CHECK,
		 .check = check_netns},
		{.name = "CNI_IFNAME",
		 .value = &environment->ifname,
		 .required = FOR_ATTACHMENT,
		 .check = check_ifname},
		{.name = "CNI_ARGS", .value = &environment->args},
		{.name = "CNI_PATH", .value = &environment->path, .required = FOR_ALL},
		{.name = "CNI_NETNS_OVERRIDE", .value = &override},
	};
	enum command command = COMMAND_VERSION;

	if (read_variables(rows, sizeof rows / sizeof *rows, variables, missing, sizeof missing, err) < 0)
		return -1;
	if (missing[0])
		return error_set(err, ERROR_ENVIRONMENT, 0, "required env variables [%s] missing", missing);
	environment->all = variables;
	environment->netns_override = strcmp(override, "1") == 0 || strcasecmp(override, "true") == 0;
	if (!command_find(environment->command, &command) || !(FOR_ATTACHMENT & 1U << command))
		return 0;
	if (check_netns(environment->netns, err) < 0)
		return -1;
	return makes_interface ? check_not_reserved(environment->ifname, err) : 0;
}
