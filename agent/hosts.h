/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All hosts that etcd knows of: a table of records by key, as of one revision. */
#pragma once

#include "agent/etcd.h"
#include "agent/record.h"

enum { PAGE_LIMIT = 1000, MAX_HOSTS = 16384 };

/**
 * struct hosts - @records sorted by key, owned
 * @revision: of the store that they are as of
 * @broken:   how many values could not be read since the start
 */
struct hosts {
	struct record *records;
	size_t count, room;
	int64_t revision;
	uint64_t broken;
};

/**
 * hosts_list() - read all of them, page by page, all as of one revision
 *
 * On failure @hosts is as it was. A value that cannot be read keeps the record that @hosts had of its key.
 */
int hosts_list(struct hosts *hosts, struct etcd *etcd, const struct agent_config *config, struct error *err);

/** hosts_take() - records out of "kvs" of an answer, which come in order */
int hosts_take(struct hosts *hosts, const json_t *kvs, const struct agent_config *config, struct error *err);

/** hosts_apply() - one event of a watch. Return: 1 when something differs from before, 0, or -1 without memory */
int hosts_apply(struct hosts *hosts, const json_t *event, const struct agent_config *config, struct error *err);

/** hosts_find() - NULL: there is none */
struct record *hosts_find(const struct hosts *hosts, const char *key);

void hosts_clear(struct hosts *hosts);
