/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/environment, conf/args: the CNI_* variables, written as /proc/PID/environ shows them. */
#include "conf/args.h"
#include "conf/environment.h"
#include "conf/request.h"

#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_VARIABLES = 16 };

static const char CONFIG[] = "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"type\":\"cambric\",\"prevResult\":{},"
			     "\"ipam\":{\"ranges\":[[{\"subnet\":\"10.77.0.0/16\"}],[{\"subnet\":\"fd77::/64\"}]]}}";

static struct request request;
static struct args args;

/** split() - pointers to the zero-terminated texts in @block, whose last byte is zero */
static void split(char *block, size_t size, char *variables[static MAX_VARIABLES + 1])
{
	size_t count = 0;

	for (size_t i = 0; i < size && count < MAX_VARIABLES; i += strlen(block + i) + 1)
		variables[count++] = block + i;
	variables[count] = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *block = calloc(1, size + 1);
	AUTO_CLOSE int input = memory_input(CONFIG, sizeof CONFIG - 1);
	char *variables[MAX_VARIABLES + 1];

	demand(block != NULL);
	if (size > 0)
		memcpy(block, data, size);
	split(block, size, variables);
	for (int makes_interface = 0; makes_interface <= 1; makes_interface++) {
		struct environment environment = {.args = ""};
		struct error err = ERROR_INIT, args_err = ERROR_INIT;

		demand_verdict(environment_read(&environment, variables, makes_interface, &err), &err);
		demand_verdict(args_read(&args, environment.args, &args_err), &args_err);
	}
	struct error err = ERROR_INIT;
	demand_verdict(request_read(&request, "cambric", variables, input, &err), &err);
	request_free(&request);
	return 0;
}
