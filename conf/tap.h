/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attachment in tap mode has beside the others: who may open its tap, and how. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The kernel's number for no user and no group (include/linux/uidgid.h, INVALID_UID) */
#define TAP_ANYBODY UINT32_MAX

/**
 * struct tap - of MODE_TAP
 * @owner, @group: who opens it without CAP_NET_ADMIN: this user, a member of this group; both, where both are given.
 *                 TAP_ANYBODY: not asked for. Numbers of the user namespace that the plugin runs in
 * @multi_queue:   a descriptor for each queue. Whoever opens the tap has to say the same of it, or gets EINVAL
 *                 (drivers/net/tun.c, tun_set_iff)
 */
struct tap {
	uint32_t owner, group;
	bool multi_queue;
};
