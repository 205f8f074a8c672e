/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Competitors out of files, configurations out of competitors. */
#include "bench/driver/competitor.h"

#include "bench/driver/spawn.h"

#include <unistd.h>

enum { CONTAINER_PORT = 80 };

static void find_programs(struct competitor *competitor, const char *file)
{
	competitor->count = json_array_size(competitor->plugins);
	if (competitor->count == 0 || competitor->count > MAX_PLUGINS)
		fail("%s: between 1 and %d plugins", file, MAX_PLUGINS);
	for (size_t i = 0; i < competitor->count; i++) {
		const char *type = json_string_value(json_object_get(json_array_get(competitor->plugins, i), "type"));
		competitor->programs[i] = text_of("%s/%s", competitor->path, type ? type : "");
		if (access(competitor->programs[i], X_OK) < 0)
			fail("%s: no plugin %s", file, competitor->programs[i]);
	}
}

void competitor_read(struct competitor *competitor, const char *path)
{
	int makes = 0, checks = 0, check_may_fail = 0;
	json_error_t mistake;

	*competitor = (struct competitor){.document = json_load_file(path, 0, &mistake)};
	if (!competitor->document ||
	    json_unpack_ex(competitor->document, &mistake, 0, "{s:s, s:s, s?s, s?b, s?b, s?b, s:{s:s, s:s, s:o}}",
			   "name", &competitor->name, "path", &competitor->path, "state", &competitor->state, "makes",
			   &makes, "check", &checks, "checkMayFail", &check_may_fail, "conflist", "name",
			   &competitor->network, "cniVersion", &competitor->version, "plugins",
			   &competitor->plugins) < 0)
		fail("%s: %s", path, mistake.text);
	competitor->makes = makes;
	competitor->checks = checks;
	competitor->check_may_fail = check_may_fail;
	find_programs(competitor, path);
}

char *competitor_config(const struct competitor *competitor, size_t index, json_t *result, unsigned host_port)
{
	json_t *config = json_copy(json_array_get(competitor->plugins, index));
	int failed = json_object_set_new(config, "name", json_string(competitor->network)) |
		     json_object_set_new(config, "cniVersion", json_string(competitor->version));

	if (result)
		failed |= json_object_set(config, "prevResult", result);
	if (json_is_true(json_object_get(json_object_get(config, "capabilities"), "portMappings")))
		failed |= json_object_set_new(config, "runtimeConfig",
					      json_pack("{s:[{s:i, s:i, s:s}]}", "portMappings", "hostPort",
							(int)host_port, "containerPort", CONTAINER_PORT, "protocol",
							"tcp"));
	char *text = json_dumps(config, JSON_COMPACT);
	if (failed || !text)
		fail("no memory");
	json_decref(config);
	return text;
}
