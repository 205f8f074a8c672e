/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The open sockets of one run. No CNI words in this room. */
#pragma once

#include "base/error.h"
#include "kernel/rtnl.h"

#include <stdbool.h>
#include <stdint.h>

struct nft_socket;

/**
 * struct kernel - how this run talks to the kernel
 * @host:            rtnetlink in the namespace the program was started in
 * @container:       rtnetlink in the container's namespace; NULL when that is gone or not wanted
 * @nft:             nfnetlink in the host's namespace
 * @container_netns: descriptor of the container's namespace, -1 as above
 * @container_cookie: identity of the container's namespace, 0 as above
 */
struct kernel {
	struct rtnl *host, *container;
	struct nft_socket *nft;
	int container_netns;
	uint64_t container_cookie;
};

#define KERNEL_CLOSED                                                                                                  \
	{                                                                                                              \
		.container_netns = -1                                                                                  \
	}

/** kernel_open() - the sockets of the host side; the container side stays closed */
int kernel_open(struct kernel *kernel, struct error *err);

/**
 * kernel_enter() - open the container side
 * @path: CNI_NETNS
 *
 * The process visits the namespace, opens a socket there and is back home before this returns.
 * ERROR_NETNS: not there, not a network namespace, or the host's own (unless @allow_host).
 */
int kernel_enter(struct kernel *kernel, const char *path, bool allow_host, struct error *err);

/** kernel_refuse_own() - the checks of kernel_enter() without going there */
int kernel_refuse_own(const char *path, bool allow_host, struct error *err);

/** kernel_close() - accepts KERNEL_CLOSED and half-open objects */
void kernel_close(struct kernel *kernel);
