/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store in a directory of its own, and attachments to put into it. */
#pragma once

#include "store/inside.h"
#include "tests/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
	char dir[64];
	struct store *store;
	struct error err;
};

/** fixture_open_in() - below a directory, for a file system of one's choice */
static inline void fixture_open_in(struct fixture *fixture, const char *parent)
{
	*fixture = (struct fixture){.err = ERROR_INIT};
	(void)snprintf(fixture->dir, sizeof fixture->dir, "%s/cambric-test-XXXXXX", parent);
	if (!mkdtemp(fixture->dir) || store_open(&fixture->store, fixture->dir, true, &fixture->err) < 0) {
		printf("Bail out! no store in %s: %s\n", fixture->dir, fixture->err.msg);
		exit(1);
	}
}

static inline void fixture_open(struct fixture *fixture)
{
	fixture_open_in(fixture, "/tmp");
}

static inline void fixture_close(struct fixture *fixture)
{
	unsigned budget = 1000000;

	store_close(&fixture->store);
	tree_remove(AT_FDCWD, fixture->dir, 8, &budget);
}

/** failed_with() - what the last call left in the error, cleared for the next one */
static inline enum error_code failed_with(struct fixture *fixture)
{
	enum error_code code = fixture->err.code;

	fixture->err = (struct error)ERROR_INIT;
	return code;
}

static inline void make_attachment(struct attachment *into, const char *network, const char *container)
{
	attachment_init(into);
	(void)snprintf(into->id.network, sizeof into->id.network, "%s", network);
	(void)snprintf(into->id.container, sizeof into->id.container, "%s", container);
	(void)snprintf(into->id.ifname, sizeof into->id.ifname, "eth0");
	(void)snprintf(into->id.kind, sizeof into->id.kind, "cambric");
	attachment_derive_names(into, 0);
}

static inline void add_address(struct attachment *into, const char *ip, const char *subnet, const char *gateway)
{
	struct address *address = &into->addresses[into->address_count++];

	*address = (struct address){0};
	if (!ip_parse(ip, &address->ip) || !prefix_parse(subnet, &address->subnet) ||
	    (gateway && !ip_parse(gateway, &address->gateway)))
		abort();
}

static inline void add_port(struct attachment *into, uint8_t protocol, const char *host_ip, uint16_t port,
			    uint16_t count)
{
	struct port_mapping *mapping = &into->ports[into->port_count++];

	*mapping = (struct port_mapping){.host_port = port, .container_port = 80, .count = count, .protocol = protocol};
	if (host_ip && !ip_parse(host_ip, &mapping->host_ip))
		abort();
}

/** create(), erase() - one record in a section of its own */
static inline int create(struct fixture *fixture, const struct attachment *attachment)
{
	if (store_begin(fixture->store, &fixture->err) < 0)
		return -1;
	int status = record_create(fixture->store, attachment, &fixture->err);
	store_end(fixture->store);
	return status;
}

static inline int erase(struct fixture *fixture, const struct attachment *attachment)
{
	if (store_begin(fixture->store, &fixture->err) < 0)
		return -1;
	int status = record_remove(fixture->store, attachment, &fixture->err);
	store_end(fixture->store);
	return status;
}

static inline bool there(struct fixture *fixture, const char *path)
{
	struct stat status;

	return fstatat(fixture->store->root, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline int count_record(const struct attachment *attachment, void *argument, struct error *err)
{
	(void)attachment;
	(void)err;
	++*(int *)argument;
	return 0;
}

static inline int count_records(struct fixture *fixture, const char *network)
{
	int count = 0;

	return record_walk(fixture->store, network, count_record, &count, &fixture->err) < 0 ? -1 : count;
}
