/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the sockets of one run; each stays in the namespace it was opened in. */
#include "kernel/kernel.h"

#include "base/cleanup.h"
#include "kernel/netns.h"
#include "kernel/nft.h"

int kernel_open(struct kernel *kernel, struct error *err)
{
	if (rtnl_open(&kernel->host, err) < 0)
		return -1;
	return nft_socket_open(&kernel->nft, err);
}

/** open_inside() - runs in the container's namespace */
static int open_inside(void *argument, struct error *err)
{
	struct kernel *kernel = argument;

	if (netns_cookie(&kernel->container_cookie, err) < 0)
		return -1;
	return rtnl_open(&kernel->container, err);
}

/** open_other() - a namespace that is not ours. Return: its descriptor */
static int open_other(const char *path, bool allow_host, struct error *err)
{
	AUTO_CLOSE int netns = netns_open(path, err);

	if (netns < 0)
		return -1;
	int own = netns_is_own(netns, err);
	if (own < 0)
		return -1;
	if (own && !allow_host)
		return error_set(err, ERROR_NETNS, 0, "plugin's netns and netns from CNI_NETNS should not be the same");
	return take_fd(&netns);
}

int kernel_refuse_own(const char *path, bool allow_host, struct error *err)
{
	AUTO_CLOSE int netns = open_other(path, allow_host, err);

	return netns < 0 ? -1 : 0;
}

int kernel_enter(struct kernel *kernel, const char *path, bool allow_host, struct error *err)
{
	AUTO_CLOSE int netns = open_other(path, allow_host, err);

	if (netns < 0)
		return -1;
	if (netns_visit(netns, open_inside, kernel, err) < 0)
		return -1;
	kernel->container_netns = take_fd(&netns);
	return 0;
}

void kernel_close(struct kernel *kernel)
{
	rtnl_close(&kernel->container);
	rtnl_close(&kernel->host);
	nft_socket_close(&kernel->nft);
	cleanup_close(&kernel->container_netns);
	kernel->container_netns = -1;
}
