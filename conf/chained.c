/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words for policies. */
#include "conf/chained.h"

#include <string.h>

static const char *const names[POLICY_COUNT] = {
	[POLICY_OPEN] = "open",
	[POLICY_SAME_BRIDGE] = "same-bridge",
	[POLICY_ISOLATED] = "isolated",
};

const char *chained_policy_name(enum chained_policy policy)
{
	return names[policy];
}

bool chained_policy_find(const char *name, enum chained_policy *policy)
{
	for (int i = 0; i < POLICY_COUNT; i++)
		if (strcmp(names[i], name) == 0) {
			*policy = (enum chained_policy)i;
			return true;
		}
	return false;
}
