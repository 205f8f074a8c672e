/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taps, as the tun driver has them: rtnetlink cannot make them, only show, change and delete them. */
#pragma once

#include "base/error.h"
#include "kernel/rtnl.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * struct tun_wish - a tap
 * @owner, @group: UINT32_MAX for none
 * @ifname:        at most 15 bytes, no '%'
 */
struct tun_wish {
	const char *ifname;
	uint32_t owner, group;
	bool multi_queue;
};

/** struct tun_state - what the kernel says of an interface; @is_tap false: it is something else */
struct tun_state {
	uint32_t owner, group;
	bool is_tap, persistent, multi_queue;
};

/**
 * tun_create() - a tap in the namespace @netns_fd, which goes with its descriptor until tun_keep()
 *
 * So it can be given all that it needs, and whoever is killed meanwhile leaves nothing. EEXIST when any interface has
 * the name (IFF_TUN_EXCL). Return: the descriptor, or -1 with @err set.
 */
int tun_create(int netns_fd, const struct tun_wish *wish, struct error *err);

/** tun_keep() - let the tap outlive @fd, its descriptor */
int tun_keep(int fd, const char *ifname, struct error *err);

/** tun_query() - ask about one interface; its data is shown since Linux 4.17. One that is gone is no tap */
int tun_query(struct rtnl *rtnl, int ifindex, struct tun_state *state, struct error *err);

/** tun_probe() - whether taps can be made at all; ERROR_NOT_AVAILABLE says why not */
int tun_probe(struct error *err);
