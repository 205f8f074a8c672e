/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of a configuration that nobody reads: a runtime's business is not to mind, a person's is. */
#pragma once

#include "conf/field.h"

enum { MAX_UNKNOWN_KEYS = 64 };

/** struct unknown_keys - where they stand; @count goes on counting where @paths ends */
struct unknown_keys {
	size_t count;
	char paths[MAX_UNKNOWN_KEYS][FIELD_PATH_SIZE];
};

/**
 * known_keys_find() - list the keys of a plugin's object that no reader of ours looks at
 *
 * Not looked into: what belongs to others (args, prevResult, the "ipam" of a delegate). "firewall" refuses such keys itself.
 */
void known_keys_find(const struct field *plugin, struct unknown_keys *unknown);
