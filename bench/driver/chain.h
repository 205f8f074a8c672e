/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One attachment and the verbs that a runtime calls for it, through all plugins of the list. */
#pragma once

#include "bench/driver/competitor.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>

enum { POD_NAME_SIZE = 32 };

/**
 * struct chain - one container on the network of one competitor
 * @pod:       the container: its id, and the name of its namespace in /run/netns
 * @host_port: the port that is published for it
 * @under:     a program that is to run each plugin (strace, say); NULL: none
 * @result:    what ADD returned, NULL before
 * @address, @host_ifname: out of @result, "" when it has none
 * @start, @end: of the last verb: spawn of the first plugin, end of the last; microseconds
 * @complaint: why the last CHECK failed; NULL: it did not
 */
struct chain {
	const struct competitor *competitor;
	char pod[POD_NAME_SIZE];
	unsigned host_port;
	const char *under;
	json_t *result;
	char address[INET6_ADDRSTRLEN], host_ifname[IFNAMSIZ];
	uint64_t start, end;
	char *complaint;
};

/** chain_init() - container number @number: pod7, published on 20007 */
void chain_init(struct chain *chain, const struct competitor *competitor, unsigned number, const char *under);
void chain_free(struct chain *chain);

/**
 * chain_add(), chain_check(), chain_del() - as libcni does it
 *
 * In the order of the list, for DEL the other way round; each plugin of an ADD gets the result of the one before, CHECK
 * and DEL that of the last. ADD and DEL that fail end the bench, and so does a CHECK that has no leave to.
 *
 * Return: microseconds
 */
uint32_t chain_add(struct chain *chain);
uint32_t chain_check(struct chain *chain);
uint32_t chain_del(struct chain *chain);
