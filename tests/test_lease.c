/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Row 0: which address an attachment gets, also when fifty ask at once or somebody dies. */
#include "ipam/lease.h"

#include "tests/store_fixture.h"

#include "conf/ranges.h"
#include "store/bits.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static void add_range(struct address_pool *pool, size_t set, const char *subnet, const char *first, const char *last,
		      const char *gateway)
{
	struct range *range = &pool->sets[set].ranges[pool->sets[set].count++];

	*range = (struct range){0};
	if (!prefix_parse(subnet, &range->subnet) || !ip_parse(first, &range->first) || !ip_parse(last, &range->last) ||
	    !ip_parse(gateway, &range->gateway))
		abort();
	if (pool->set_count <= set)
		pool->set_count = set + 1;
}

static void make_pool(struct address_pool *pool, const char *first, const char *last)
{
	*pool = (struct address_pool){0};
	add_range(pool, 0, "10.77.0.0/16", first, last, "10.77.0.1");
}

static void request(struct address_pool *pool, const char *ip)
{
	if (!ip_parse(ip, &pool->requested[pool->requested_count++]))
		abort();
}

static int attach(struct fixture *fixture, struct attachment *want, const struct address_pool *pool, const char *name)
{
	make_attachment(want, "net", name);
	want->pool = pool;
	return lease_ensure(want, fixture->store, NULL, &fixture->err);
}

static int detach(struct fixture *fixture, const struct attachment *want)
{
	if (store_begin(fixture->store, &fixture->err) < 0)
		return -1;
	int status = lease_remove(want, fixture->store, NULL, &fixture->err);
	store_end(fixture->store);
	return status;
}

/** got() - attach and tell the address as text; "-" for a failure */
static const char *got(struct fixture *fixture, const struct address_pool *pool, const char *name)
{
	static struct attachment want;
	static char text[IP_TEXT_SIZE];

	if (attach(fixture, &want, pool, name) < 0)
		return "-";
	return ip_format(&want.addresses[0].ip, text);
}

static void test_next_fit_skips_gateways_and_wraps(void)
{
	struct fixture fixture;
	static struct address_pool pool;
	static struct attachment first, other;

	fixture_open(&fixture);
	pool = (struct address_pool){0};
	add_range(&pool, 0, "10.77.0.0/16", "10.77.0.1", "10.77.0.3", "10.77.0.1");
	add_range(&pool, 0, "10.77.0.0/16", "10.77.0.9", "10.77.0.10", "10.77.0.1");
	ok(attach(&fixture, &first, &pool, "a") == 0 && first.state == ATTACHMENT_PENDING, "pending");
	ok(ip_equal(&first.addresses[0].gateway, &first.addresses[0].next_hop), "completed");
	is_text(got(&fixture, &pool, "b"), "10.77.0.3", "not the gateway, not a taken one");
	ok(detach(&fixture, &first) == 0, "the first goes");
	is_text(got(&fixture, &pool, "c"), "10.77.0.9", "its address rests, the next range follows");
	is_text(got(&fixture, &pool, "d"), "10.77.0.10", "to its end");
	is_text(got(&fixture, &pool, "e"), "10.77.0.2", "then round");
	is_text(got(&fixture, &pool, "f"), "-", "until all are gone");
	is_text(fixture.err.msg,
		"failed to allocate for range 0: no IP addresses available in range set: "
		"10.77.0.1-10.77.0.3,10.77.0.9-10.77.0.10",
		"which is said");
	is_int(failed_with(&fixture), ERROR_POOL_FULL, "error 102");
	is_int(count_records(&fixture, NULL), 4, "a failure leaves no record");
	ok(unlinkat(fixture.store->root, "bits/none", 0) < 0 && attach(&fixture, &other, &pool, "b") < 0 &&
		   fixture.err.errnum == EEXIST && failed_with(&fixture) == ERROR_ALREADY_ATTACHED,
	   "not twice");
	fixture_close(&fixture);
}

static void test_ranges_shrink_grow_and_roll_back_on_the_same_bits(void)
{
	struct fixture fixture;
	static struct address_pool wide, narrow, wider;

	fixture_open(&fixture);
	make_pool(&wide, "10.77.0.2", "10.77.0.5");
	make_pool(&narrow, "10.77.0.2", "10.77.0.3");
	make_pool(&wider, "10.77.0.2", "10.77.0.6");
	is_text(got(&fixture, &wide, "a"), "10.77.0.2", "wide");
	is_text(got(&fixture, &wide, "b"), "10.77.0.3", "wide");
	is_text(got(&fixture, &wide, "c"), "10.77.0.4", "wide");
	is_text(got(&fixture, &narrow, "d"), "-", "shrunk: all taken");
	is_int(failed_with(&fixture), ERROR_POOL_FULL, "full");
	is_text(got(&fixture, &wider, "e"), "10.77.0.5", "grown: only what is free");
	is_text(got(&fixture, &wide, "f"), "-", "rolled back: all taken");
	is_int(failed_with(&fixture), ERROR_POOL_FULL, "full");
	is_text(got(&fixture, &wider, "g"), "10.77.0.6", "grown again: the last");
	fixture_close(&fixture);
}

static void test_requested_addresses(void)
{
	struct fixture fixture;
	static struct address_pool pool;

	fixture_open(&fixture);
	make_pool(&pool, "10.77.0.2", "10.77.0.9");
	request(&pool, "10.77.0.7");
	is_text(got(&fixture, &pool, "a"), "10.77.0.7", "as asked");
	is_text(got(&fixture, &pool, "b"), "-", "not twice");
	is_text(fixture.err.msg,
		"failed to allocate for range 0: requested IP address 10.77.0.7 is not available in range set "
		"10.77.0.2-10.77.0.9",
		"which is said");
	is_int(failed_with(&fixture), ERROR_ADDRESS_TAKEN, "error 103");
	(void)ip_parse("10.78.0.1", &pool.requested[0]);
	is_text(got(&fixture, &pool, "c"), "-", "of no set");
	ok(strstr(fixture.err.msg, "10.78.0.1") && failed_with(&fixture) == ERROR_CONFIG, "error 7 names it");
	add_range(&pool, 1, "fd00::/64", "fd00::2", "fd00::ffff:ffff", "fd00::1");
	(void)ip_parse("fd00::f000:1", &pool.requested[0]);
	is_text(got(&fixture, &pool, "d"), "10.77.0.8", "the set without a request goes on");
	ok(there(&fixture, "bits/host-fd00::f000:0_113"), "any address of a huge range can be asked for");
	fixture_close(&fixture);
}

static void test_failure_in_a_later_set_leaves_nothing_of_the_earlier(void)
{
	struct fixture fixture;
	static struct address_pool pool, first;

	fixture_open(&fixture);
	make_pool(&pool, "10.77.0.2", "10.77.0.2");
	first = pool;
	add_range(&pool, 1, "fd00::/64", "fd00::1", "fd00::1", "fd00::1");
	is_text(got(&fixture, &pool, "a"), "-", "the second set has only its gateway");
	ok(strstr(fixture.err.msg, "range 1") && failed_with(&fixture) == ERROR_POOL_FULL, "and is named");
	is_text(got(&fixture, &first, "a"), "10.77.0.2", "the first set has lost nothing");
	fixture_close(&fixture);
}

static void test_verify_and_probe(void)
{
	struct fixture fixture;
	static struct address_pool pool;
	static struct attachment want, other;

	fixture_open(&fixture);
	make_pool(&pool, "10.77.0.2", "10.77.0.2");
	make_attachment(&want, "net", "a");
	ok(lease_verify(&want, fixture.store, NULL, &fixture.err) < 0 && failed_with(&fixture) == ERROR_DRIFT,
	   "no record");
	want.pool = &pool;
	ok(lease_probe(&want, fixture.store, NULL, &fixture.err) == 0 && !fixture.err.warning[0], "could be served");
	ok(attach(&fixture, &want, &pool, "a") == 0, "attached");
	ok(lease_verify(&want, fixture.store, NULL, &fixture.err) < 0 && failed_with(&fixture) == ERROR_DRIFT,
	   "pending");
	want.state = ATTACHMENT_READY;
	ok(record_update(fixture.store, &want, &fixture.err) == 0 &&
		   lease_verify(&want, fixture.store, NULL, &fixture.err) == 0,
	   "ready");
	other = want;
	other.netns_cookie++;
	ok(lease_verify(&other, fixture.store, NULL, &fixture.err) < 0 && strstr(fixture.err.msg, "namespace") &&
		   failed_with(&fixture) == ERROR_DRIFT,
	   "another namespace");
	ok(lease_probe(&want, fixture.store, NULL, &fixture.err) == 0 &&
		   strstr(fixture.err.warning, "10.77.0.2-10.77.0.2"),
	   "full is a warning");
	ok(!there(&fixture, "probe"), "the probe stays not");
	store_close(&fixture.store);
	ok(store_open(&fixture.store, "/proc/cambric", false, &fixture.err) == 0 &&
		   lease_probe(&want, fixture.store, NULL, &fixture.err) < 0 && strstr(fixture.err.msg, "dataDir") &&
		   failed_with(&fixture) == ERROR_NOT_AVAILABLE,
	   "a place that cannot be written is error 50");
	fixture_close(&fixture);
}

enum { PROCESSES = 50, PER_PROCESS = 4 };

static void allocate_in_child(const struct fixture *parent, const struct address_pool *pool, int number, int output)
{
	static struct attachment want;
	struct fixture own = *parent;
	char name[32];

	own.store = NULL;
	if (store_open(&own.store, own.dir, true, &own.err) < 0)
		_exit(1);
	for (int i = 0; i < PER_PROCESS; i++) {
		(void)snprintf(name, sizeof name, "c%d-%d", number, i);
		if (attach(&own, &want, pool, name) < 0 || write(output, want.addresses[0].ip.bytes, 4) != 4)
			_exit(1);
	}
	_exit(0);
}

static void test_fifty_processes_at_once_get_distinct_addresses(void)
{
	struct fixture fixture;
	static struct address_pool pool;
	static bool seen[UINT16_MAX + 1];
	int ends[2], failed = 0, received = 0, duplicates = 0, status;
	uint8_t ip[4];

	fixture_open(&fixture);
	make_pool(&pool, "10.77.0.2", "10.77.0.205"); /* 204 addresses for 200 */
	ok(pipe(ends) == 0, "a pipe");
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			allocate_in_child(&fixture, &pool, i, ends[1]);
	close(ends[1]);
	for (; read(ends[0], ip, sizeof ip) == sizeof ip; received++) {
		duplicates += seen[ip[2] << 8 | ip[3]];
		seen[ip[2] << 8 | ip[3]] = true;
	}
	for (int i = 0; i < PROCESSES; i++)
		failed += wait(&status) < 0 || status != 0;
	close(ends[0]);
	is_int(failed, 0, "none failed");
	is_int(received, PROCESSES * PER_PROCESS, "all got one");
	is_int(duplicates, 0, "no two the same");
	is_int(count_records(&fixture, NULL), PROCESSES * PER_PROCESS, "all are recorded");
	fixture_close(&fixture);
}

/** count_bits() - addresses that are marked in one page */
static int count_bits(struct fixture *fixture, const char *page)
{
	uint8_t bits[ADDRESS_PAGE_BITS / 8] = {0};
	int fd = openat(fixture->store->root, page, O_RDONLY | O_CLOEXEC), count = 0;

	if (fd < 0 || read(fd, bits, sizeof bits) != sizeof bits)
		return -1;
	close(fd);
	for (size_t i = 0; i < ADDRESS_PAGE_BITS; i++)
		count += (bits[i / 8] >> i % 8) & 1;
	return count;
}

/** live() - open, attach, become ready, detach: all that ever writes, traced by the parent */
static void live(const struct fixture *parent, const struct address_pool *pool)
{
	static struct attachment want;
	struct fixture own = *parent;

	own.store = NULL;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0)
		_exit(1);
	if (store_open(&own.store, own.dir, true, &own.err) < 0 || attach(&own, &want, pool, "victim") < 0)
		_exit(1);
	want.state = ATTACHMENT_READY;
	if (record_update(own.store, &want, &own.err) < 0 || detach(&own, &want) < 0)
		_exit(1);
	_exit(0);
}

/** killed_at() - let a child live up to its system call number @stop. Return: false when it ended before */
static bool killed_at(const struct fixture *fixture, const struct address_pool *pool, int stop)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		live(fixture, pool);
	/* Each call stops twice, before and after: both are instants to die at */
	for (int i = 0; waitpid(child, &status, 0) == child && WIFSTOPPED(status) && i < stop; i++)
		ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	if (!WIFSTOPPED(status))
		return WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return true;
}

/** is_consistent() - a stranger gets an address, everything is counted, and can be freed to the last bit */
static bool is_consistent(struct fixture *fixture, const struct address_pool *pool, int *records)
{
	static struct attachment victim, stranger;
	static const char page[] = "bits/host-10.77.0.0_17";

	make_attachment(&victim, "net", "victim");
	if (attach(fixture, &stranger, pool, "stranger") < 0)
		return false;
	*records = count_records(fixture, NULL);
	if (count_bits(fixture, page) != *records || there(fixture, "intent"))
		return false;
	if (detach(fixture, &victim) < 0 || detach(fixture, &stranger) < 0)
		return false;
	return count_bits(fixture, page) == 0 && !there(fixture, "use/gateway-10.77.0.1") &&
	       !there(fixture, "net/net") && fixture->err.warning[0] == '\0';
}

static void test_killed_before_and_after_every_system_call_nothing_leaks(void)
{
	static struct address_pool pool;
	/* Each instant costs a whole life step by step: a sample here, all of them on demand (15 s) */
	int wrong = 0, left_a_record = 0, stop = 0, step = getenv("CAMBRIC_SWEEP") ? 1 : 13;
	bool killed = true;

	make_pool(&pool, "10.77.0.2", "10.77.3.255");
	for (; killed && stop < 2000; stop += step) {
		struct fixture fixture;
		int records = 0;

		fixture_open(&fixture);
		killed = killed_at(&fixture, &pool, stop);
		if (!is_consistent(&fixture, &pool, &records)) {
			printf("# inconsistent when killed at stop %d: %s\n", stop, fixture.err.msg);
			wrong++;
		}
		left_a_record += records > 1;
		fixture_close(&fixture);
	}
	is_int(wrong, 0, "killed before and after every system call");
	printf("# %d instants, %d of them left a record\n", stop, left_a_record);
	ok(!killed && stop > 100 && left_a_record > 3, "of a whole life");
}

enum { MODEL_SIZE = 40, MODEL_STEPS = 1500 };

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void test_random_allocation_agrees_with_a_naive_array(void)
{
	struct fixture fixture;
	static struct address_pool pool;
	static struct attachment want;
	int owner[MODEL_SIZE], address_of[MODEL_SIZE], wrong = 0, used = 0;
	uint32_t state = 1;
	char name[16];

	fixture_open(&fixture);
	make_pool(&pool, "10.77.1.0", "10.77.1.29"); /* 30 addresses for 40 containers */
	for (int i = 0; i < MODEL_SIZE; i++)
		owner[i] = address_of[i] = -1;
	for (int step = 0; step < MODEL_STEPS; step++) {
		int container = (int)(next_random(&state) % MODEL_SIZE);

		(void)snprintf(name, sizeof name, "c%d", container);
		if (address_of[container] >= 0) {
			make_attachment(&want, "net", name);
			wrong += detach(&fixture, &want) < 0;
			owner[address_of[container]] = -1;
			address_of[container] = -1;
			used--;
		} else if (attach(&fixture, &want, &pool, name) == 0) {
			int address = want.addresses[0].ip.bytes[3];

			wrong += address >= 30 || owner[address] >= 0;
			owner[address] = container;
			address_of[container] = address;
			used++;
		} else {
			wrong += used != 30 || failed_with(&fixture) != ERROR_POOL_FULL;
		}
		wrong += step % 50 == 0 && count_records(&fixture, NULL) != used;
	}
	is_int(wrong, 0, "1500 steps");
	fixture_close(&fixture);
}

int main(void)
{
	test_next_fit_skips_gateways_and_wraps();
	test_ranges_shrink_grow_and_roll_back_on_the_same_bits();
	test_requested_addresses();
	test_failure_in_a_later_set_leaves_nothing_of_the_earlier();
	test_verify_and_probe();
	test_fifty_processes_at_once_get_distinct_addresses();
	test_killed_before_and_after_every_system_call_nothing_leaks();
	test_random_allocation_agrees_with_a_naive_array();
	return done();
}
