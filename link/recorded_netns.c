/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container's namespace of a record. */
#include "link/recorded_netns.h"

int recorded_netns_enter(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (kernel_enter(kernel, want->netns, true, &refusal) == 0)
		return want->netns_cookie == 0 || kernel->container_cookie == want->netns_cookie;
	if (!error_retry_helps(&refusal))
		return 0;
	error_merge(err, &refusal);
	return -1;
}
