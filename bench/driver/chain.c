/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libcni does around its plugins, and the clock. */
#include "bench/driver/chain.h"

#include "base/cleanup.h"
#include "bench/driver/spawn.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_HOST_PORT = 20000, VARIABLES = 5 };

void chain_init(struct chain *chain, const struct competitor *competitor, unsigned number, const char *under)
{
	*chain = (struct chain){.competitor = competitor, .host_port = FIRST_HOST_PORT + number, .under = under};
	(void)snprintf(chain->pod, sizeof chain->pod, "pod%u", number);
}

static void forget(struct chain *chain)
{
	json_decref(chain->result);
	chain->result = NULL;
	chain->address[0] = chain->host_ifname[0] = '\0';
}

void chain_free(struct chain *chain)
{
	forget(chain);
	free(chain->complaint);
	chain->complaint = NULL;
}

/** make_environment() - the runtime's own variables and those of the protocol */
static char **make_environment(const struct chain *chain, const char *verb)
{
	size_t inherited = 0;

	while (environ[inherited])
		inherited++;
	char **environment = calloc(inherited + VARIABLES + 1, sizeof *environment);
	if (!environment)
		fail("no memory");
	environment[0] = text_of("CNI_COMMAND=%s", verb);
	environment[1] = text_of("CNI_CONTAINERID=%s", chain->pod);
	environment[2] = text_of("CNI_NETNS=/run/netns/%s", chain->pod);
	environment[3] = text_of("CNI_IFNAME=eth0");
	environment[4] = text_of("CNI_PATH=%s", chain->competitor->path);
	memcpy(environment + VARIABLES, environ, inherited * sizeof *environment);
	return environment;
}

static void free_environment(char **environment)
{
	for (size_t i = 0; i < VARIABLES; i++)
		free(environment[i]);
	free(environment);
}

/** run_plugin() - one link of the chain. Return: 0 or -1; @output is what it printed, to be freed */
static int run_plugin(const struct chain *chain, size_t index, char *const environment[], char **output)
{
	AUTO_FREE char *config = competitor_config(chain->competitor, index, chain->result, chain->host_port);
	char *program = chain->competitor->programs[index], *wrapper = (char *)(uintptr_t)chain->under;
	char *arguments[] = {wrapper ? wrapper : program, wrapper ? program : NULL, NULL};

	return spawn_run(arguments, environment, config, output) == 0 ? 0 : -1;
}

/** keep_result() - what a plugin of an ADD printed is what the next one gets */
static int keep_result(struct chain *chain, const char *output)
{
	json_t *result = json_loads(output, 0, NULL);

	if (!result)
		return -1;
	json_decref(chain->result);
	chain->result = result;
	return 0;
}

/** complain() - remember why the verb failed, on one line */
static void complain(struct chain *chain, const char *verb, size_t index, const char *output)
{
	chain->complaint = text_of("%s %s of %s: %s", chain->competitor->programs[index], verb, chain->pod,
				   output[0] ? output : "no output");
	for (char *at = chain->complaint; *at; at++)
		if (*at == '\n')
			*at = ' ';
}

/** run() - one verb; what fails leaves its words in chain->complaint */
static int run(struct chain *chain, const char *verb, bool backwards, bool adding)
{
	char **environment = make_environment(chain, verb);
	const size_t count = chain->competitor->count;
	int status = 0;

	free(chain->complaint);
	chain->complaint = NULL;
	chain->start = now_us();
	for (size_t i = 0; i < count && status == 0; i++) {
		const size_t index = backwards ? count - 1 - i : i;
		AUTO_FREE char *output = NULL;
		status = run_plugin(chain, index, environment, &output);
		chain->end = now_us();
		if (status == 0 && adding)
			status = keep_result(chain, output);
		if (status < 0)
			complain(chain, verb, index, output);
	}
	free_environment(environment);
	return status;
}

/** read_result() - the names by which to look for it later: address, and host end (bridges are named before it) */
static void read_result(struct chain *chain)
{
	const char *address =
		json_string_value(json_object_get(json_array_get(json_object_get(chain->result, "ips"), 0), "address"));
	json_t *interface;
	size_t i;

	(void)snprintf(chain->address, sizeof chain->address, "%.*s", address ? (int)strcspn(address, "/") : 0,
		       address ? address : "");
	json_array_foreach(json_object_get(chain->result, "interfaces"), i, interface)
	{
		const char *name = json_string_value(json_object_get(interface, "name"));
		const char *sandbox = json_string_value(json_object_get(interface, "sandbox"));
		if (name && (!sandbox || !sandbox[0]))
			(void)snprintf(chain->host_ifname, sizeof chain->host_ifname, "%s", name);
	}
}

static uint32_t taken(const struct chain *chain)
{
	return (uint32_t)(chain->end - chain->start);
}

uint32_t chain_add(struct chain *chain)
{
	forget(chain);
	if (run(chain, "ADD", false, true) < 0)
		fail("%s", chain->complaint);
	read_result(chain);
	if (chain->competitor->makes && (!chain->address[0] || !chain->host_ifname[0]))
		fail("%s: the result of ADD names no address or no host interface", chain->competitor->name);
	return taken(chain);
}

uint32_t chain_check(struct chain *chain)
{
	if (run(chain, "CHECK", false, false) < 0 && !chain->competitor->check_may_fail)
		fail("%s", chain->complaint);
	return taken(chain);
}

uint32_t chain_del(struct chain *chain)
{
	if (run(chain, "DEL", true, false) < 0)
		fail("%s", chain->complaint);
	return taken(chain);
}
