/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lo has index 1 in every namespace (net/core/dev.c, LOOPBACK_IFINDEX). */
#include "link/loopback.h"

#include "link/messages.h"

enum { LOOPBACK_IFINDEX = 1 };

int loopback_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)want;
	(void)store;
	return link_set_up(kernel->container, LOOPBACK_IFINDEX, true, err);
}

int loopback_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state lo;
	bool exists;

	(void)want;
	(void)store;
	if (link_query_index(kernel->container, LOOPBACK_IFINDEX, &lo, &exists, err) < 0)
		return -1;
	if (!exists || !(lo.flags & IFF_UP))
		return error_set(err, ERROR_DRIFT, 0, "interface lo is down in the container");
	return 0;
}

int loopback_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)want;
	(void)store;
	return kernel->container ? link_set_up(kernel->container, LOOPBACK_IFINDEX, false, err) : 0;
}
