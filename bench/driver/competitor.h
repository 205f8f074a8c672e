/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is measured: a list of plugins as a runtime has it in a conflist, and what must be gone behind them. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { MAX_PLUGINS = 8 };

/**
 * struct competitor - read from a file
 *
 *	{"name": "cambric", "path": "/opt/cni/bin", "conflist": {...},
 *	 "makes": true, "state": "/run/cambric", "check": true, "checkMayFail": false}
 *
 * @path:           CNI_PATH: one directory
 * @programs:       path of each plugin, in the order of the list
 * @makes:          a link and rules of the packet filter, which must be there after ADD and gone after DEL
 * @state:          where a file named after the address or the attachment reserves it; NULL: nowhere
 * @checks:         whether it knows CHECK
 * @check_may_fail: its CHECK is known to be broken: it is timed up to the failure
 */
struct competitor {
	const char *name, *path, *state, *network, *version;
	json_t *document, *plugins;
	char *programs[MAX_PLUGINS];
	size_t count;
	bool makes, checks, check_may_fail;
};

/** competitor_read() - ends the bench when the file is no competitor */
void competitor_read(struct competitor *competitor, const char *path);

/**
 * competitor_config() - what plugin @index gets on standard input, as libcni makes it
 * @result:    becomes prevResult; NULL: none
 * @host_port: is published as port 80 where the plugin has the capability portMappings
 *
 * Return: JSON, to be freed
 */
char *competitor_config(const struct competitor *competitor, size_t index, json_t *result, unsigned host_port);
