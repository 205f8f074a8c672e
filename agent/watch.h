/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Following what etcd knows of the hosts: list, watch, and list again where the watch cannot go on. */
#pragma once

#include "agent/backoff.h"
#include "agent/etcd.h"
#include "agent/hosts.h"

#include <stdbool.h>
#include <stdint.h>

enum { RELIST_MS = 10 * 60 * 1000, HEALTHY_MS = 30 * 1000 };

/**
 * struct follower - where we are
 * @resume:  revision from which the next watch begins; 0: list first
 * @next_ms: when to list or watch again, while there is no watch
 * @listed_ms: when the last list was read, 0: never. @begun_ms: when the watch began
 * @lists, @breaks: how many since the start
 */
struct follower {
	int64_t resume, next_ms, listed_ms, begun_ms;
	struct backoff backoff;
	uint64_t lists, breaks;
};

/** follow() - list or begin a watch if that is due, and take what has come. Return: whether @hosts differ from before */
bool follow(struct follower *follower, struct etcd *etcd, const struct agent_config *config, struct hosts *hosts);

/** follow_break() - give up the watch that there is, at the endpoint that it is at; follow() begins another */
void follow_break(struct follower *follower, struct etcd *etcd, const struct error *why);

/**
 * follow_line() - one line of a watch
 * @changed: set when @hosts differ from before
 *
 * Return: 0, or -1: the watch is of no use any longer, and @err says why; @follower->resume says where to go on
 */
int follow_line(struct follower *follower, const json_t *line, const struct agent_config *config, struct hosts *hosts,
		bool *changed, struct error *err);

/** follow_due_ms() - when follow() has something to do even if nothing comes */
int64_t follow_due_ms(const struct follower *follower, const struct etcd *etcd);
