/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for the kernel to say that something about one interface has changed. */
#pragma once

#include "base/error.h"

#include <stdint.h>

/** struct watch - an open subscription */
struct watch {
	int fd;
	int64_t deadline_ms;
};

#define WATCH_CLOSED                                                                                                   \
	{                                                                                                              \
		.fd = -1                                                                                               \
	}

/**
 * watch_open() - subscribe to messages of one type about one interface
 * @netns:   descriptor of the namespace it is in, -1: this one
 * @group:   RTMGRP_...; @type: RTM_NEW...: both of linux/rtnetlink.h; the message must have the index in its second word
 * @wait_ms: how long watch_next() will wait, in all
 *
 * Whoever subscribes first and looks then misses nothing.
 */
int watch_open(struct watch *watch, int netns, uint32_t group, uint16_t type, int ifindex, unsigned wait_ms,
	       struct error *err);
void watch_close(struct watch *watch);

/** watch_next() - wait for the next message, and drop it: 1, or 0 when the time is over, -1 with @err set */
int watch_next(const struct watch *watch, struct error *err);
