/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store/bits, store/page, store/ports and the repair of store/records: whatever bytes the caches and the intent hold, an
 * address or a port that a record holds is not given out, and afterwards the bits are again what the records say.
 *
 * An input is a list of files to be overwritten: a byte for the file, two for the length (low one first), the content. A
 * byte with its highest bit set stretches the content to the size of the file it is meant for.
 */
#include "store/bits.h"
#include "store/record.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/store_fixture.h"

enum { LIVING = 3, STRETCH = 0x80, LARGEST = 1 << 16 };

static struct fixture fixture;
static struct attachment living[LIVING], newcomer;

/** struct target - a file that is overwritten; the size that a page of it has, 0: none of its own */
struct target {
	const char *path;
	size_t size;
};

static const struct target targets[] = {
	{"bits/host-10.77.0.0_17", ADDRESS_PAGE_BITS / 8 + 8},
	{"bits/host-fd77::_113", ADDRESS_PAGE_BITS / 8 + 8},
	{"bits/ports-ipv4-tcp", 2 * PORT_PAGE_BITS / 8 + 8},
	{"bits/ports-ipv4-tcp-192.0.2.1", PORT_PAGE_BITS / 8 + 8},
	{"bits/cursor-0000000000000001", 64},
	{"bits/new", 0},
	{"update", 0},
	{"intent", 0},
};

static void remove_store(void)
{
	fixture_close(&fixture);
}

static void start(void)
{
	/* tmpfs, as /run: ext4 waits for the disk when a file is truncated or replaced */
	fixture_open_in(&fixture, "/dev/shm");
	(void)atexit(remove_store);
	for (size_t i = 0; i < LIVING; i++) {
		const char name[] = {(char)('a' + i), '\0'};
		char ipv4[IP_TEXT_SIZE], ipv6[IP_TEXT_SIZE];

		make_attachment(&living[i], i == 2 ? "other" : "net", name);
		(void)snprintf(ipv4, sizeof ipv4, "10.77.0.%zu", 2 + 2 * i);
		(void)snprintf(ipv6, sizeof ipv6, "fd77::%zu", 2 + 2 * i);
		add_address(&living[i], ipv4, "10.77.0.0/24", "10.77.0.1");
		add_address(&living[i], ipv6, "fd77::/64", NULL);
		add_port(&living[i], IPPROTO_TCP, i == 1 ? "192.0.2.1" : NULL, (uint16_t)(8080 + i), 1);
		demand(create(&fixture, &living[i]) == 0);
	}
	make_attachment(&newcomer, "net", "newcomer");
	add_address(&newcomer, "10.77.0.3", "10.77.0.0/24", "10.77.0.1");
	add_address(&newcomer, "fd77::3", "fd77::/64", NULL);
}

static void overwrite(const struct target *target, bool stretch, const uint8_t *content, size_t length)
{
	static uint8_t bytes[LARGEST];
	size_t size = stretch && length > 0 && target->size > length ? target->size : length;

	for (size_t i = 0; i < size; i++)
		bytes[i] = content[i % length];
	demand(file_write(fixture.store->root, target->path, bytes, size, &fixture.err) == 0);
}

/** tamper() - overwrite what the input names */
static void tamper(const uint8_t *data, size_t size)
{
	AUTO_CLOSE __attribute__((unused)) int bits = dir_open(fixture.store->root, "bits", true, &fixture.err);

	while (size >= 3) {
		size_t length = (size_t)(data[1] | data[2] << 8);
		if (length > size - 3)
			length = size - 3;
		overwrite(&targets[(data[0] % STRETCH) % (sizeof targets / sizeof *targets)], data[0] & STRETCH,
			  data + 3, length);
		data += 3 + length;
		size -= 3 + length;
	}
}

/** demand_refused() - the newcomer gets nothing of what it wants, for that reason */
static void demand_refused(enum error_code code)
{
	demand(record_create(fixture.store, &newcomer, &fixture.err) < 0);
	demand(failed_with(&fixture) == code);
}

/** demand_exclusion() - of one address and one port; which ones, the input decides */
static void demand_exclusion(size_t which)
{
	const struct attachment *holder = &living[which % LIVING];
	const size_t family = which / LIVING % holder->address_count;
	const struct ip own = newcomer.addresses[family].ip;

	newcomer.addresses[family].ip = holder->addresses[family].ip;
	demand_refused(ERROR_ADDRESS_TAKEN);
	newcomer.addresses[family].ip = own;
	newcomer.ports[0] = holder->ports[0];
	newcomer.port_count = 1;
	demand_refused(ERROR_PORT_TAKEN);
	newcomer.port_count = 0;
}

/** allocate() - what is found free is free, and then it is the newcomer's */
static void allocate(void)
{
	for (size_t i = 0; i < newcomer.address_count; i++) {
		const struct ip first = prefix_network(&newcomer.addresses[i].subnet).ip;
		const struct ip last = ip_add(&first, 255);
		struct ip found, from = ip_add(&first, 2);

		demand(address_find_free(fixture.store, "host", &from, &last, &found, &fixture.err) == 0);
		demand(ip_equal(&found, &(const struct ip){0}) == false);
		for (size_t j = 0; j < LIVING; j++)
			demand(!ip_equal(&found, &living[j].addresses[i].ip));
		newcomer.addresses[i].ip = found;
	}
	demand(record_create(fixture.store, &newcomer, &fixture.err) == 0);
}

/** demand_bits() - a page holds what the records hold, no more and no less */
static void demand_bits(const char *path, size_t index)
{
	uint8_t expected[ADDRESS_PAGE_BITS / 8] = {0}, found[ADDRESS_PAGE_BITS / 8];
	AUTO_CLOSE int fd = file_open(fixture.store->root, path, O_RDONLY, &fixture.err);

	for (size_t i = 0; i < LIVING; i++) {
		const uint8_t last = living[i].addresses[index].ip.bytes[index == 0 ? 3 : 15];
		expected[last / 8] |= (uint8_t)(1U << last % 8);
	}
	demand(fd >= 0 && file_read_at(fd, found, sizeof found, 0, path, &fixture.err) == 0);
	demand(memcmp(expected, found, sizeof found) == 0);
}

/** demand_verified() - a page of ports that nobody needed may be wrong still, and CHECK tells */
static void demand_verified(const struct attachment *holder)
{
	demand(uses_verify(fixture.store, holder, &fixture.err) == 0);
	demand(ports_verify(fixture.store, holder, &fixture.err) == 0 || failed_with(&fixture) == ERROR_DRIFT);
}

static void forget_caches(void)
{
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
		demand(file_remove(fixture.store->root, targets[i].path, &fixture.err) == 0);
}

/** make_caches() - all pages, as the records want them */
static void make_caches(void)
{
	demand(store_begin(fixture.store, &fixture.err) == 0);
	for (size_t i = 0; i < LIVING; i++) {
		demand(addresses_check(fixture.store, &living[i], &fixture.err) < 0 &&
		       failed_with(&fixture) == ERROR_ADDRESS_TAKEN);
		demand(ports_check(fixture.store, &living[i], &fixture.err) < 0 &&
		       failed_with(&fixture) == ERROR_PORT_TAKEN);
	}
	for (size_t i = 0; i < newcomer.address_count; i++) {
		bool taken;

		demand(address_is_taken(fixture.store, "host", &newcomer.addresses[i].ip, &taken, &fixture.err) == 0 &&
		       !taken);
	}
	store_end(fixture.store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ip cursor;

	if (!fixture.store)
		start();
	forget_caches();
	make_caches();
	tamper(data, size);
	if (store_begin(fixture.store, &fixture.err) < 0) {
		demand(fixture.err.errnum ==
		       ENOTSUP); /* an intent of another version stays, and nothing is given out */
		demand(failed_with(&fixture) == ERROR_STORE);
		return 0;
	}
	cursor_load(fixture.store, 1, &cursor);
	demand_exclusion(size);
	allocate();
	demand(record_remove(fixture.store, &newcomer, &fixture.err) == 0);
	for (size_t i = 0; i < LIVING; i++)
		demand_verified(&living[i]);
	demand_bits("bits/host-10.77.0.0_17", 0);
	demand_bits("bits/host-fd77::_113", 1);
	store_end(fixture.store);
	demand(count_records(&fixture, NULL) == LIVING && failed_with(&fixture) == ERROR_NONE);
	return 0;
}
