/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of request_read(): a run with given variables and a configuration written with ' for ". */
#pragma once

#include "conf/request.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_VARIABLES = 16 };

static struct request request;
static struct error err;

/** text_input() - a descriptor to read @text from, its ' turned into " */
static inline int text_input(const char *text)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	for (; *text; text++)
		if (write(fd, *text == '\'' ? "\"" : text, 1) != 1)
			break;
	(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

/** ask_with() - one run with all variables given, up to NULL; the result is in @request and @err */
static inline void ask_with(const char *kind, const char *const variables[], const char *config)
{
	static char texts[MAX_VARIABLES][8192];
	static char *environment[MAX_VARIABLES + 1];
	int fd = text_input(config);
	size_t count = 0;

	for (; variables[count] && count < MAX_VARIABLES; count++) {
		(void)snprintf(texts[count], sizeof texts[count], "%s", variables[count]);
		environment[count] = texts[count];
	}
	environment[count] = NULL;
	request_free(&request);
	err = (struct error)ERROR_INIT;
	if (request_read(&request, kind, environment, fd, &err) == 0 && err.code != ERROR_NONE)
		(void)error_set(&err, ERROR_INTERNAL, 0, "success with an error set");
	(void)close(fd);
}

/** ask() - a run with the usual variables; @args is CNI_ARGS */
static inline void ask(const char *kind, const char *verb, const char *args, const char *config)
{
	char command[64], arguments[8192];
	const char *const variables[] = {command,
					 "CNI_CONTAINERID=container",
					 "CNI_NETNS=/run/netns/a",
					 "CNI_IFNAME=eth0",
					 "CNI_PATH=/opt/cni/bin:/x",
					 arguments,
					 NULL};

	(void)snprintf(command, sizeof command, "CNI_COMMAND=%s", verb);
	(void)snprintf(arguments, sizeof arguments, "CNI_ARGS=%s", args);
	ask_with(kind, variables, config);
}

/** add() - the commonest run; @keys are added to a configuration of version 1.1.0 */
static inline void add(const char *args, const char *keys)
{
	char config[16384];

	(void)snprintf(config, sizeof config, "{'cniVersion':'1.1.0','name':'net','type':'cambric'%s%s}",
		       *keys ? "," : "", keys);
	ask("cambric", "ADD", args, config);
}
