/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container's namespace of a record. */
#include "link/recorded_netns.h"

#include "base/cleanup.h"

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

int recorded_netns_is_alive(const struct attachment *want, bool *alive, struct error *err)
{
	CLEANUP(kernel_close) struct kernel visit = KERNEL_CLOSED;

	/* It could not be opened when the record was made: nothing was ever known of it */
	*alive = want->netns_cookie == 0;
	if (*alive)
		return 0;
	int found = recorded_netns_enter(want, &visit, err);

	*alive = found == 1;
	return found < 0 ? -1 : 0;
}
