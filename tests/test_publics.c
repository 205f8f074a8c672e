/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Public addresses in the store: who may have which, who is named, what a record says of them. */
#include "store/record.h"

#include "tests/store_fixture.h"

#include "base/cleanup.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define POOL_FIRST "198.51.100.20"
#define PUBLIC(of, ip)                                                                                                 \
	{                                                                                                              \
		.network = (of), .public = (ip)                                                                        \
	}
#define POOL(of, end)                                                                                                  \
	{                                                                                                              \
		.network = (of), .last = (end)                                                                         \
	}
#define SOURCE(of, ip)                                                                                                 \
	{                                                                                                              \
		.network = (of), .snat = (ip)                                                                          \
	}

static struct ip address(const char *text)
{
	struct ip ip = {.family = AF_UNSPEC};

	if (text && !ip_parse(text, &ip))
		abort();
	return ip;
}

/** make() - container @name of @network with what is given: a static public address, a pool up to @last, a source */
static void make(struct attachment *into, const char *network, const char *name, const char *public, const char *last,
		 const char *snat)
{
	static unsigned host = 1;
	char text[IP_TEXT_SIZE];

	make_attachment(into, network, name);
	(void)snprintf(text, sizeof text, "10.77.0.%u", ++host);
	add_address(into, text, "10.77.0.0/16", NULL);
	(void)snprintf(text, sizeof text, "fd00:77::%u", host);
	add_address(into, text, "fd00:77::/64", NULL);
	if (public) {
		const struct ip ip = address(public);

		into->nat.statics[into->nat.static_count++] =
			(struct static_nat){.private = into->addresses[nat_family(ip.family)].ip, .public = ip};
	}
	if (last) {
		into->nat.pools[0].first = address(POOL_FIRST);
		into->nat.pools[0].last = address(last);
	}
	into->nat.snat[0] = address(snat);
}

/** attach() - choose and record, as the row "lease" does */
static int attach(struct fixture *fixture, struct attachment *attachment)
{
	if (store_begin(fixture->store, &fixture->err) < 0)
		return -1;
	int status = publics_choose(fixture->store, attachment, &fixture->err);
	if (status == 0)
		status = record_create(fixture->store, attachment, &fixture->err);
	store_end(fixture->store);
	return status;
}

static void test_claims_exclude_each_other(void)
{
	static const struct claim_case {
		const char *name;
		struct {
			const char *network, *public, *last, *snat;
		} first, second;
		const char *taken;
	} cases[] = {
		{"one public address twice", PUBLIC("a", "192.0.2.9"), PUBLIC("b", "192.0.2.9"), "192.0.2.9"},
		{"also within a network", PUBLIC("a", "192.0.2.9"), PUBLIC("a", "192.0.2.9"), "192.0.2.9"},
		{"two public addresses", PUBLIC("a", "192.0.2.9"), PUBLIC("b", "192.0.2.10"), NULL},
		{"over IPv6", PUBLIC("a", "2001:db8::9"), PUBLIC("b", "2001:db8::9"), "2001:db8::9"},
		{"one of a pool", POOL("a", "198.51.100.27"), PUBLIC("b", "198.51.100.27"), "198.51.100.27"},
		{"also of its own", POOL("a", "198.51.100.27"), PUBLIC("a", "198.51.100.27"), "198.51.100.27"},
		{"one behind a pool", POOL("a", "198.51.100.27"), PUBLIC("b", "198.51.100.28"), NULL},
		{"a pool around it", PUBLIC("a", "198.51.100.22"), POOL("b", "198.51.100.27"), "198.51.100.22"},
		{"two pools", POOL("a", "198.51.100.27"), POOL("b", "198.51.100.30"), POOL_FIRST},
		{"the same of two networks", POOL("a", "198.51.100.27"), POOL("b", "198.51.100.27"), POOL_FIRST},
		{"a pool that grew", POOL("a", "198.51.100.27"), POOL("a", "198.51.100.30"), NULL},
		{"over page borders", PUBLIC("a", "198.51.128.1"), POOL("b", "198.51.200.1"), "198.51.128.1"},
		{"two sources", SOURCE("a", "192.0.2.1"), SOURCE("b", "192.0.2.1"), NULL},
		{"a source that is public", PUBLIC("a", "192.0.2.1"), SOURCE("b", "192.0.2.1"), "192.0.2.1"},
		{"the other way round", SOURCE("a", "192.0.2.1"), PUBLIC("b", "192.0.2.1"), "192.0.2.1"},
		{"a pool with a source in it", SOURCE("a", "198.51.100.21"), POOL("b", "198.51.100.27"),
		 "198.51.100.21"},
		{"a network that went from source to pool", SOURCE("a", "198.51.100.21"), POOL("a", "198.51.100.27"),
		 NULL},
	};
	static struct attachment one, two;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct claim_case *wanted = &cases[i];
		struct fixture fixture;

		fixture_open(&fixture);
		make(&one, wanted->first.network, "one", wanted->first.public, wanted->first.last, wanted->first.snat);
		make(&two, wanted->second.network, "two", wanted->second.public, wanted->second.last,
		     wanted->second.snat);
		ok(attach(&fixture, &one) == 0, wanted->name);
		ok((attach(&fixture, &two) < 0) == (wanted->taken != NULL), wanted->name);
		printf("# %s\n", fixture.err.msg);
		if (wanted->taken)
			ok(fixture.err.code == ERROR_ADDRESS_TAKEN && strstr(fixture.err.msg, wanted->taken) &&
				   strstr(fixture.err.msg, "container \"one\""),
			   "address and holder are named");
		(void)failed_with(&fixture);
		ok(erase(&fixture, &one) == 0 && (wanted->taken == NULL || attach(&fixture, &two) == 0),
		   "when the first has gone, the second may have it");
		is_text(fixture.err.msg, "", wanted->name);
		fixture_close(&fixture);
	}
}

static void test_what_nobody_explains_is_free(void)
{
	static struct attachment one, two;
	struct fixture fixture;

	fixture_open(&fixture);
	make(&one, "a", "one", "192.0.2.9", NULL, NULL);
	make(&two, "b", "two", "192.0.2.9", NULL, NULL);
	ok(attach(&fixture, &one) == 0, "one");
	char path[PATH_SIZE];
	ok(unlinkat(fixture.store->root, record_path(&one.id, path), 0) == 0, "its record is lost");
	ok(attach(&fixture, &two) == 0, "a mark without a record is nobody's");
	fixture_close(&fixture);
}

enum { CLIENTS = 6, POOL_SIZE = 4 };

/** count_same() - how many of the clients leave with this one's address */
static int count_same(const struct attachment clients[], size_t index)
{
	int count = 0;

	for (size_t i = 0; i < CLIENTS; i++)
		count += ip_equal(&clients[i].nat.pools[0].chosen, &clients[index].nat.pools[0].chosen);
	return count;
}

static void test_a_pool_is_given_out_one_by_one_and_then_shared(void)
{
	static struct attachment clients[CLIENTS], again;
	struct fixture fixture;
	char name[16];

	fixture_open(&fixture);
	for (int i = 0; i < CLIENTS; i++) {
		(void)snprintf(name, sizeof name, "client%d", i);
		make(&clients[i], "a", name, NULL, "198.51.100.23", NULL);
		ok(attach(&fixture, &clients[i]) == 0, name);
		ok(nat_pool_contains(&clients[i].nat.pools[0], &clients[i].nat.pools[0].chosen), "has one of the pool");
		ok(clients[i].nat.pools[0].shared == (i >= POOL_SIZE), "for itself as long as there are some");
		is_int(clients[i].nat.public_count, 1, "which is to be announced");
		if (i < POOL_SIZE)
			is_int(count_same(clients, (size_t)i), 1, "no other has it");
	}
	again = clients[1];
	again.nat.pools[0].chosen = address(NULL);
	again.nat.public_count = 0;
	ok(erase(&fixture, &clients[1]) == 0 && attach(&fixture, &again) == 0, "one goes and comes back");
	ok(!again.nat.pools[0].shared && ip_equal(&again.nat.pools[0].chosen, &clients[1].nat.pools[0].chosen),
	   "it finds the address that became free");
	fixture_close(&fixture);
}

/** name_addresses() - what the row "delegate" does with an answer, traced by the parent */
static void name_addresses(const struct fixture *parent, struct attachment *named)
{
	struct fixture own = *parent;

	own.store = NULL;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0 ||
	    store_open(&own.store, own.dir, true, &own.err) < 0 ||
	    record_update_addresses(own.store, named, &own.err) < 0)
		_exit(1);
	_exit(0);
}

/** killed_at() - before or after a system call, which both count. Return: false when the child ended before */
static bool killed_at(const struct fixture *fixture, struct attachment *named, int stop)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		name_addresses(fixture, named);
	for (int i = 0; waitpid(child, &status, 0) == child && WIFSTOPPED(status) && i < stop; i++)
		ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	if (!WIFSTOPPED(status))
		return WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return true;
}

static void test_killed_while_a_delegate_names_addresses(void)
{
	static struct attachment named, other, first, pending, found, stranger;
	int given_twice = 0, failed = 0, chosen = 0, stop = 0;
	bool killed = true, exists = false;

	make(&named, "a", "one", NULL, "198.51.100.21", NULL);
	named.delegated = true;
	make(&other, "a", "two", NULL, "198.51.100.21", NULL);
	for (; killed && stop < 2000; stop++) {
		struct fixture fixture;

		fixture_open(&fixture);
		attachment_copy(&pending, &named);
		pending.address_count = 0;
		make_attachment(&first, "a", "three");
		add_address(&first, "10.77.1.1", "10.77.0.0/16", NULL);
		first.nat.pools[0] = named.nat.pools[0];
		failed += attach(&fixture, &first) < 0 || attach(&fixture, &pending) < 0;
		killed = killed_at(&fixture, &named, stop);
		attachment_copy(&stranger, &other);
		failed += attach(&fixture, &stranger) < 0 ||
			  record_find(fixture.store, &named.id, &found, &exists, &fixture.err) < 0 || !exists;
		chosen += ip_is_set(&found.nat.pools[0].chosen);
		given_twice += !stranger.nat.pools[0].shared &&
			       ip_equal(&found.nat.pools[0].chosen, &stranger.nat.pools[0].chosen);
		fixture_close(&fixture);
	}
	ok(!killed && chosen > 0 && chosen < stop, "killed before and after it had its address of the pool");
	is_int(failed, 0, "a stranger gets one");
	is_int(given_twice, 0, "and that of the record only knowingly");
	printf("# %d instants\n", stop);
}

static void test_uses(void)
{
	static struct attachment one;
	struct fixture fixture;

	fixture_open(&fixture);
	make(&one, "a", "one", "2001:db8::9", "198.51.100.23", NULL);
	ok(attach(&fixture, &one) == 0 && there(&fixture, "use/announce-2001:db8::9"), "what is announced is counted");
	ok(there(&fixture, "bits/public-198.51.0.0_17"), "and marked");
	ok(erase(&fixture, &one) == 0 && !there(&fixture, "use/announce-2001:db8::9"), "and goes with the last user");
	fixture_close(&fixture);
}

static void make_full(struct attachment *into)
{
	make(into, "net", "full", "192.0.2.9", "198.51.100.27", NULL);
	into->addresses[0].ip = into->nat.statics[0].private = address("10.77.0.9");
	into->nat.announce = ANNOUNCE_ADDRESS;
	into->nat.first_port = 20000;
	into->nat.last_port = 29999;
	into->nat.pools[0].chosen = address("198.51.100.21");
	into->nat.pools[0].shared = true;
	into->nat.snat[1] = address("2001:db8::1");
	nat_list_publics(&into->nat);
	(void)snprintf(into->nat.publics[0].uplink, sizeof into->nat.publics[0].uplink, "uplink");
	into->nat.publics[0].ifindex = 7;
}

/** change() - as in tests/test_records.c. Return: errnum, 0 when it is read into @read */
static int change(const char *from, const char *to, struct attachment *read)
{
	static struct attachment full;
	struct error err = ERROR_INIT;
	AUTO_FREE char *text = NULL, *changed = NULL;
	size_t length;

	make_full(&full);
	if (record_format(&full, &text, &length, &err) < 0)
		return -1;
	char *at = strstr(text, from);
	if (!at || asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) < 0)
		return -1;
	return record_parse(read, changed, strlen(changed), &err) == 0 ? 0 : err.errnum;
}

static void test_record(void)
{
	static const char *const bad[][2] = {
		{"\"nat\": {", "\"nat\": 7, \"x\": {"},
		{"\"announce\": \"address\"", "\"announce\": \"loudly\""},
		{"\"announce\": \"address\"", "\"x\": 1"},
		{"\"firstPort\": 20000", "\"firstPort\": 70000"},
		{"\"firstPort\": 20000", "\"firstPort\": 0"},
		{"\"firstPort\": 20000", "\"firstPort\": 30000"},
		{"\"2001:db8::1\"", "\"x\""},
		{"\"last\": \"198.51.100.27\"", "\"last\": \"198.51.100.1\""},
		{"\"last\": \"198.51.100.27\"", "\"last\": \"2001:db8::\""},
		{"\"last\": \"198.51.100.27\"", "\"last\": \"198.53.0.0\""},
		{"\"chosen\": \"198.51.100.21\"", "\"chosen\": \"198.51.100.28\""},
		{"\"public\": \"192.0.2.9\"", "\"public\": \"2001:db8::9\""},
		{"\"public\": \"192.0.2.9\"", "\"x\": 1"},
		{"\"uplink\": \"uplink\"", "\"uplink\": \"../x\""},
		{"\"uplink\": \"uplink\"", "\"uplink\": \"sixteen-letters-\""},
		{"\"uplink\": \"uplink\"", "\"x\": 1"},
		{"\"ifindex\": 7", "\"ifindex\": 4294967295"},
		{"\"ifindex\": 7", "\"ifindex\": \"x\""},
	};
	static struct attachment full, read;

	make_full(&full);
	ok(change("\"mtu\": 0", "\"mtu\": 1500", &read) == 0, "written and read");
	ok(memcmp(&full.nat, &read.nat, sizeof full.nat) == 0, "the same, bit for bit");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(change(bad[i][0], bad[i][1], &read) == EBADMSG, bad[i][1]);
}

int main(void)
{
	test_claims_exclude_each_other();
	test_what_nobody_explains_is_free();
	test_a_pool_is_given_out_one_by_one_and_then_shared();
	test_killed_while_a_delegate_names_addresses();
	test_uses();
	test_record();
	return done();
}
