/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ipam/reservations: the files of the reference's host-local, which anybody may have written.
 *
 * An input's first byte says what the rest is: the content of an address's file (a), that of the cursor's (c), or the name
 * of a file (n).
 */
#include "ipam/reservations.h"

#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"
#include "tests/store_fixture.h"

#include <limits.h>

static struct fixture fixture;
static struct reservations files = RESERVATIONS_CLOSED;
static const struct ip address = {.family = AF_INET, .bytes = {10, 1, 2, 3}};

static void remove_all(void)
{
	reservations_close(&files);
	fixture_close(&fixture);
}

static void start(void)
{
	char dir[128];

	fixture_open_in(&fixture, "/dev/shm");
	(void)atexit(remove_all);
	(void)snprintf(dir, sizeof dir, "%s/networks", fixture.dir);
	demand(reservations_open(&files, dir, "net", true, &fixture.err) == 0);
}

/** put() - as somebody else writes, so not at the time that marks ours */
static void put(const char *name, const uint8_t *content, size_t size)
{
	const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	AUTO_CLOSE int fd = openat(files.dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	demand(fd >= 0 && write(fd, content, size) == (ssize_t)size && futimens(fd, times) == 0);
}

static struct reservation read_it(void)
{
	struct reservation found;

	demand_verdict(reservation_read(&files, &address, &found, &fixture.err), &fixture.err);
	demand(failed_with(&fixture) == ERROR_NONE);
	return found;
}

/** demand_taken_over() - a reservation of theirs can become one of ours that says the same, and go */
static void demand_taken_over(const struct reservation *theirs)
{
	struct attachment_id id = {.network = "net"};

	(void)snprintf(id.container, sizeof id.container, "%s", theirs->container);
	(void)snprintf(id.ifname, sizeof id.ifname, "%s", theirs->ifname);
	demand(reservation_is_of(theirs, &id, true) && reservation_is_of(theirs, &id, false) == (id.ifname[0] != '\0'));
	demand(reservation_write(&files, &address, &id, &fixture.err) == 0);
	const struct reservation ours = read_it();
	demand(ours.state == RESERVATION_HELD && ours.ours && reservation_is_of(&ours, &id, true));
}

static void try_content(const uint8_t *data, size_t size)
{
	put("10.1.2.3", data, size);
	const struct reservation found = read_it();

	demand(found.state != RESERVATION_NONE && !found.ours);
	demand(memchr(found.container, '\0', sizeof found.container) &&
	       memchr(found.ifname, '\0', sizeof found.ifname));
	demand((found.state == RESERVATION_HELD) == (found.container[0] != '\0'));
	if (found.state == RESERVATION_HELD)
		demand_taken_over(&found);
	demand(reservation_remove(&files, &address, &fixture.err) == 0);
	demand(read_it().state == RESERVATION_NONE);
}

static void try_cursor(const uint8_t *data, size_t size)
{
	struct ip cursor, again;

	put("last_reserved_ip.0", data, size);
	reservation_cursor_load(&files, 0, &cursor);
	if (cursor.family == AF_UNSPEC)
		return;
	demand(reservation_cursor_save(&files, 0, &cursor, &fixture.err) == 0);
	reservation_cursor_load(&files, 0, &again);
	demand(ip_equal(&cursor, &again));
}

static int count(const struct reservations *walked, const struct ip *ip, const struct reservation *found,
		 void *argument, struct error *err)
{
	demand(found->state == RESERVATION_HELD && !found->ours);
	++*(size_t *)argument;
	return reservation_remove(walked, ip, err); /* which finds what was shown */
}

/** try_name() - a walk shows an address once, by the name it goes by, and nothing else */
static void try_name(const uint8_t *data, size_t size)
{
	static const uint8_t content[] = "one\r\neth0";
	char name[NAME_MAX + 1], text[IP_TEXT_SIZE];
	struct ip ip;
	size_t seen = 0;

	if (size == 0 || size > NAME_MAX || data[0] == '.' || memchr(data, '/', size) || memchr(data, '\0', size))
		return;
	memcpy(name, data, size);
	name[size] = '\0';
	const bool is_address = ip_parse(name, &ip) && strcmp(ip_format(&ip, text), name) == 0;
	put(name, content, sizeof content - 1);
	demand(reservations_walk(&files, true, count, &seen, &fixture.err) == 0);
	demand(seen == is_address);
	demand((unlinkat(files.dirfd, name, 0) == 0) == !is_address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (files.dirfd < 0)
		start();
	if (size == 0)
		return 0;
	if (data[0] == 'c')
		try_cursor(data + 1, size - 1);
	else if (data[0] == 'n')
		try_name(data + 1, size - 1);
	else
		try_content(data + 1, size - 1);
	return 0;
}
