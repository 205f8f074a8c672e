/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records: text, commit, removal, and what is left when somebody died in between. */
#include "store/record.h"

#include "tests/store_fixture.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "store/bits.h"

#include <jansson.h>

static void make_full(struct attachment *into)
{
	make_attachment(into, "net", "full");
	(void)snprintf(into->netns, sizeof into->netns, "/run/netns/\xc3\xa9");
	into->netns_cookie = UINT64_MAX;
	into->mtu = 1480;
	into->masquerade_ipv4 = into->default_routes = into->forward_guard = true;
	add_address(into, "10.77.0.5", "10.77.0.0/16", "10.77.0.1");
	add_address(into, "fd00::5", "fd00::/64", "fd00::1");
	(void)snprintf(into->reserved.dir, sizeof into->reserved.dir, "/var/lib/cni/networks");
	into->reserved.mirrored = true;
	(void)ip_parse("10.77.0.1", &into->addresses[0].next_hop);
	(void)ip_parse("fe80::1", &into->addresses[1].next_hop);
	into->route_count = 2;
	into->routes[0] = (struct route){.destination = {.ip.family = AF_INET}, .gateway = into->addresses[0].next_hop};
	into->routes[1] = (struct route){.mtu = 1400,
					 .advmss = 1360,
					 .priority = 5,
					 .table = 100,
					 .scope = 253,
					 .fields = ROUTE_HAS_TABLE | ROUTE_HAS_SCOPE};
	(void)prefix_parse("fd01::/48", &into->routes[1].destination);
	into->exclusion_count = 2;
	(void)prefix_parse("10.0.0.0/8", &into->exclusions[0]);
	(void)prefix_parse("fd00::/8", &into->exclusions[1]);
	into->dns = (struct dns){.domain = "example.org",
				 .nameserver_count = 1,
				 .nameservers = {"192.0.2.53"},
				 .search_count = 2,
				 .search = {"a.example", "b.example"}};
	add_port(into, IPPROTO_TCP, NULL, 8080, 1);
	add_port(into, IPPROTO_UDP, "192.0.2.1", 5000, 100);
	add_port(into, IPPROTO_SCTP, "::", 65535, 1);
}

static bool same(const struct attachment *a, const struct attachment *b)
{
	return memcmp(a, b, offsetof(struct attachment, ports)) == 0 &&
	       memcmp(a->ports, b->ports, a->port_count * sizeof a->ports[0]) == 0;
}

static void test_record_survives_being_written_and_read(void)
{
	static struct attachment full, read;
	struct error err = ERROR_INIT;
	AUTO_FREE char *text = NULL;
	size_t length = 0;

	make_full(&full);
	ok(record_format(&full, &text, &length, &err) == 0, "written");
	ok(record_parse(&read, text, length, &err) == 0, "read");
	is_text(err.msg, "", "without complaint");
	ok(same(&full, &read), "the same, bit for bit");
	ok(strstr(text, "\"tcp any 8080 to 80\"") && strstr(text, "\"udp 192.0.2.1 5000-5099 to 80-179\""),
	   "ports are readable");
	ok(strncmp(text, "{\n  \"version\": 1,\n  \"state\": \"pending\",", 38) == 0, "the state comes first");
	ok(text[length - 1] == '\n' && strlen(text) == length, "a text file");
}

/** change() - replace the first @from in a record by @to and read it. Return: errnum, 0 when it is read */
static int change(const char *from, const char *to)
{
	static struct attachment full, read;
	struct error err = ERROR_INIT;
	AUTO_FREE char *text = NULL, *changed = NULL;
	size_t length;

	make_full(&full);
	if (record_format(&full, &text, &length, &err) < 0)
		return -1;
	char *at = strstr(text, from);
	if (!at || asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) < 0)
		return -1;
	return record_parse(&read, changed, strlen(changed), &err) == 0 ? 0 : err.errnum;
}

static void test_record_refuses_what_it_would_not_write(void)
{
	static const char *const bad[][2] = {
		{"\"version\": 1,", ""},
		{"\"version\": 1", "\"version\": \"1\""},
		{"\"pending\"", "\"done\""},
		{"\"pending\"", "7"},
		{"\"state\"", "\"version\""},
		{"\"interface\": \"eth0\"", "\"interface\": \"eth0eth0eth0eth0\""},
		{"\"interface\": \"eth0\"", "\"interface\": \"../x\""},
		{"\"interface\": \"eth0\"", "\"interface\": \"\""},
		{"\"18446744073709551615\"", "\"18446744073709551616\""},
		{"\"18446744073709551615\"", "\"-1\""},
		{"\"mtu\": 1480", "\"mtu\": -1"},
		{"\"mtu\": 1480", "\"mtu\": 4294967296"},
		{"\"mtu\": 1480", "\"mtu\": 1480.5"},
		{"\"hostMac\": \"", "\"hostMac\": \"x"},
		{"\"masqueradeIPv4\": true", "\"masqueradeIPv4\": 1"},
		{"\"10.77.0.5\"", "\"10.77.0.500\""},
		{"\"10.77.0.5\"", "\"10.78.0.5\""},
		{"\"10.77.0.0/16\"", "\"10.77.0.0/33\""},
		{"\"10.77.0.0/16\"", "\"10.77.0.1/16\""},
		{"\"10.77.0.1\"", "null"},
		{"\"fd00::5\"", "\"10.77.0.6\""},
		{"\"scope\": 253", "\"scope\": 256"},
		{"\"10.0.0.0/8\"", "[]"},
		{"\"example.org\"", "false"},
		{"\"a.example\"", "{}"},
		{"tcp any 8080 to 80", "tcp any 8080 to 0"},
		{"tcp any 8080 to 80", "icmp any 8080 to 80"},
		{"tcp any 8080 to 80", "tcp any 8080-8079 to 80-79"},
		{"tcp any 8080 to 80", "tcp any 8080-8081 to 80"},
		{"tcp any 8080 to 80", "tcp any 08080 to 80"},
		{"tcp any 8080 to 80", "tcp  any 8080 to 80"},
		{"tcp any 8080 to 80", "tcp any 65535-65536 to 80-81"},
		{"tcp any 8080 to 80", ""},
		{"\"ports\"", "\"harbours\""},
		{"\"/var/lib/cni/networks\"", "\"networks\""},
		{"\"/var/lib/cni/networks\"", "true"},
		{"}\n", ""},
		{"}\n", "} x"},
	};

	ok(change("\"mtu\": 1480", "\"mtu\": 9000") == 0, "a record may be edited");
	ok(change("\"mtu\": 1480", "\"mtu\": 9000, \"later\": 1") == 0, "and have members we do not know");
	ok(change("\"version\": 1", "\"version\": 2") == ENOTSUP, "another version is another matter");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(change(bad[i][0], bad[i][1]) == EBADMSG, bad[i][1]);
}

static void test_create_find_update_remove(void)
{
	struct fixture fixture;
	static struct attachment full, found;
	bool exists;

	fixture_open(&fixture);
	make_full(&full);
	ok(create(&fixture, &full) == 0, "created");
	ok(record_find(fixture.store, &full.id, &found, &exists, &fixture.err) == 0 && exists && same(&full, &found),
	   "found as it was");
	ok(create(&fixture, &full) < 0 && fixture.err.errnum == EEXIST &&
		   failed_with(&fixture) == ERROR_ALREADY_ATTACHED,
	   "not twice");
	full.state = ATTACHMENT_READY;
	full.mtu = 9000;
	ok(record_update(fixture.store, &full, &fixture.err) == 0, "updated");
	ok(record_find(fixture.store, &full.id, &found, &exists, &fixture.err) == 0 && same(&full, &found),
	   "as updated");
	is_int(count_records(&fixture, NULL), 1, "one record in all");
	is_int(count_records(&fixture, "net"), 1, "one of its network");
	is_int(count_records(&fixture, "other"), 0, "none of another");
	ok(erase(&fixture, &full) == 0 && erase(&fixture, &full) == 0, "removed, twice");
	ok(record_find(fixture.store, &full.id, &found, &exists, &fixture.err) == 0 && !exists, "gone");
	ok(!there(&fixture, "net/net") && !there(&fixture, "intent") && !there(&fixture, "use/subnet-10.77.0.0_16"),
	   "nothing is left of it");
	ok(record_update(fixture.store, &full, &fixture.err) < 0 && fixture.err.errnum == ENOENT, "nothing to update");
	fixture_close(&fixture);
}

static bool is_free(struct fixture *fixture, const char *address)
{
	struct ip ip;
	bool taken = true;

	if (!ip_parse(address, &ip) || store_begin(fixture->store, &fixture->err) < 0 ||
	    address_is_taken(fixture->store, "host", &ip, &taken, &fixture->err) < 0)
		taken = true;
	store_end(fixture->store);
	return !taken;
}

/** the instants at which the owner of an intent may die */
enum { CUT_TEXT, WHOLE_TEXT, BITS_SET, ALL_SET, RENAMED, STEPS };

static void die_at(struct fixture *fixture, const struct attachment *full, int step)
{
	AUTO_FREE char *text = NULL;
	char path[PATH_SIZE];
	size_t length;

	if (step == RENAMED) {
		ok(create(fixture, full) == 0 && renameat(fixture->store->root, record_path(&full->id, path),
							  fixture->store->root, "intent") == 0,
		   "a record that is being freed");
		return;
	}
	if (store_begin(fixture->store, &fixture->err) < 0 || record_format(full, &text, &length, &fixture->err) < 0 ||
	    file_write(fixture->store->root, "intent", text, step == CUT_TEXT ? length / 2 : length, &fixture->err) < 0)
		abort();
	if (step >= BITS_SET)
		ok(addresses_take(fixture->store, full, &fixture->err) == 0, "with its bits");
	if (step >= ALL_SET)
		ok(ports_take(fixture->store, full, &fixture->err) == 0 &&
			   uses_take(fixture->store, full, &fixture->err) == 0,
		   "with all it holds");
	store_end(fixture->store);
}

static void test_repair_clears_whatever_state_the_intent_is_in(void)
{
	static struct attachment full, other;

	make_full(&full);
	make_full(&other);
	(void)snprintf(other.id.container, sizeof other.id.container, "other");
	for (int step = 0; step < STEPS; step++) {
		struct fixture fixture;

		fixture_open(&fixture);
		die_at(&fixture, &full, step);
		ok(there(&fixture, "intent"), "an intent of somebody who died");
		ok(is_free(&fixture, "10.77.0.5") && is_free(&fixture, "fd00::5"), "its addresses are free");
		ok(!there(&fixture, "intent") && !there(&fixture, "use/gateway-10.77.0.1"), "intent and uses are gone");
		is_int(count_records(&fixture, NULL), 0, "no record");
		ok(create(&fixture, &other) == 0, "another one gets the same addresses and ports");
		fixture_close(&fixture);
	}
}

static void test_repair_by_a_stranger_spares_the_living(void)
{
	struct fixture fixture;
	static struct attachment alive, full;
	bool last;

	fixture_open(&fixture);
	make_attachment(&alive, "net", "alive");
	add_address(&alive, "10.77.0.6", "10.77.0.0/16", "10.77.0.1");
	ok(create(&fixture, &alive) == 0, "one lives");
	make_full(&full);
	die_at(&fixture, &full, ALL_SET);
	ok(!is_free(&fixture, "10.77.0.6") && is_free(&fixture, "10.77.0.5"), "its address stays, the other's is free");
	ok(store_begin(fixture.store, &fixture.err) == 0 &&
		   use_is_last(fixture.store, "gateway-10.77.0.1", &alive.id, &last, &fixture.err) == 0 && last,
	   "it alone uses the gateway");
	store_end(fixture.store);
	ok(there(&fixture, "use/gateway-10.77.0.1"), "and the gateway is still counted");
	fixture_close(&fixture);
}

static void test_failed_create_leaves_nothing(void)
{
	struct fixture fixture;
	static struct attachment full;

	fixture_open(&fixture);
	make_full(&full);
	ok(mkdirat(fixture.store->root, "net", 0700) == 0 && symlinkat("/tmp", fixture.store->root, "net/net") == 0,
	   "its directory is a link");
	ok(create(&fixture, &full) < 0 && failed_with(&fixture) == ERROR_STORE, "refused");
	ok(!there(&fixture, "intent") && !there(&fixture, "use/gateway-10.77.0.1"), "nothing stays");
	ok(access("/tmp/a", F_OK) < 0, "nothing was made behind the link");
	ok(unlinkat(fixture.store->root, "net/net", 0) == 0 && is_free(&fixture, "10.77.0.5"), "its address is free");
	ok(create(&fixture, &full) == 0, "and nothing is in the way later");
	fixture_close(&fixture);
}

static void test_corrupt_record_is_moved_aside_and_its_addresses_are_free(void)
{
	struct fixture fixture;
	static struct attachment full, found, other;
	char path[PATH_SIZE];
	bool exists = true;

	fixture_open(&fixture);
	make_full(&full);
	ok(create(&fixture, &full) == 0 && file_write(fixture.store->root, record_path(&full.id, path),
						      "{\"version\":1", 12, &fixture.err) == 0,
	   "a record that is cut");
	ok(!store_lost_records(fixture.store), "nobody knows yet");
	ok(record_find(fixture.store, &full.id, &found, &exists, &fixture.err) == 0 && !exists, "counts as absent");
	ok(strstr(fixture.err.warning, path) != NULL, "with a warning that names it");
	ok(there(&fixture, "corrupt/full@eth0@cambric") && !there(&fixture, path), "it is in corrupt/");
	ok(store_lost_records(fixture.store), "the store tells");
	ok(is_free(&fixture, "10.77.0.5"), "its address is free");
	ok(create(&fixture, &full) == 0, "it can be attached again");
	make_attachment(&other, "net", "other");
	add_address(&other, "10.78.0.5", "10.78.0.0/16", NULL); /* a page that has to be made */
	ok(file_write(fixture.store->root, path, "", 0, &fixture.err) == 0 && create(&fixture, &other) == 0,
	   "somebody else's ADD that meets one is not disturbed");
	is_text(fixture.err.msg, "", "without complaint");
	ok(!there(&fixture, path) && !is_free(&fixture, "10.78.0.5"), "and has its address");
	fixture_close(&fixture);
}

static void test_record_of_another_version_is_not_touched(void)
{
	struct fixture fixture;
	static struct attachment full, found, more;
	char path[PATH_SIZE];
	bool exists;

	fixture_open(&fixture);
	make_full(&full);
	ok(create(&fixture, &full) == 0 && file_write(fixture.store->root, record_path(&full.id, path),
						      "{\"version\":2}", 13, &fixture.err) == 0,
	   "a record of version 2");
	ok(record_find(fixture.store, &full.id, &found, &exists, &fixture.err) < 0 &&
		   strstr(fixture.err.msg, "version 2") && failed_with(&fixture) == ERROR_STORE,
	   "is an error that says so");
	ok(erase(&fixture, &full) < 0 && failed_with(&fixture) == ERROR_STORE && there(&fixture, path),
	   "is not removed");
	make_attachment(&more, "net", "more");
	add_address(&more, "10.78.0.5", "10.78.0.0/16", NULL);
	ok(create(&fixture, &more) < 0 && failed_with(&fixture) == ERROR_STORE, "no page can be made without it");
	fixture_close(&fixture);
}

static void test_record_under_a_wrong_name(void)
{
	struct fixture fixture;
	static struct attachment full, found, other;
	char path[PATH_SIZE], copy[PATH_SIZE];
	bool exists;

	fixture_open(&fixture);
	make_full(&full);
	make_attachment(&other, "net", "other");
	ok(create(&fixture, &full) == 0 && linkat(fixture.store->root, record_path(&full.id, path), fixture.store->root,
						  record_path(&other.id, copy), 0) == 0,
	   "a record under two names");
	ok(record_find(fixture.store, &other.id, &found, &exists, &fixture.err) < 0 &&
		   strstr(fixture.err.msg, "full") && failed_with(&fixture) == ERROR_STORE,
	   "is not taken for another one's");
	is_int(count_records(&fixture, NULL), 1, "is counted once");
	ok(there(&fixture, path) && !there(&fixture, copy), "the copy is put aside");
	fixture_close(&fixture);
}

static void replace_by(struct fixture *fixture, const char *path, const char *what, const char *victim)
{
	int root = fixture->store->root;
	unsigned budget = 1000;

	(void)unlinkat(root, path, 0);
	tree_remove(root, path, 4, &budget);
	int status = strcmp(what, "link") == 0 ? symlinkat(victim, root, path) : mkfifoat(root, path, 0600);
	if (status < 0)
		abort();
}

static void test_links_and_fifos_are_refused_everywhere(void)
{
	static const char *const names[] = {"lock",
					    "gc.lock",
					    "attachments.lock",
					    "intent",
					    "bits/host-10.77.0.0_17",
					    "bits/ports-ipv4-tcp",
					    "net/net/a/full@eth0@cambric",
					    "net",
					    "bits",
					    "guard"};
	static const char *const kinds[] = {"link", "fifo"};
	static struct attachment full, found, next;
	static struct guard guard;
	char victim[96], *text = NULL;
	bool exists;

	make_full(&full);
	make_attachment(&next, "net", "next");
	add_address(&next, "10.77.0.7", "10.77.0.0/16", NULL);
	add_port(&next, IPPROTO_TCP, NULL, 8088, 1);
	for (size_t i = 0; i < 2 * sizeof names / sizeof names[0]; i++) {
		struct fixture fixture;

		fixture_open(&fixture);
		(void)snprintf(victim, sizeof victim, "%s/victim", fixture.dir);
		ok(create(&fixture, &full) == 0 && file_write(AT_FDCWD, victim, "precious", 8, &fixture.err) == 0,
		   names[i / 2]);
		replace_by(&fixture, names[i / 2], kinds[i % 2], victim);
		int refused = (store_enter(fixture.store, false, &fixture.err) < 0) +
			      (store_lock_attachment(fixture.store, &next.id, false, &fixture.err) < 0) +
			      (create(&fixture, &next) < 0) +
			      (record_find(fixture.store, &full.id, &found, &exists, &fixture.err) < 0) +
			      (guard_load(fixture.store, &guard, &fixture.err) < 0);
		ok(refused > 0 && failed_with(&fixture) == ERROR_STORE, kinds[i % 2]);
		ok(file_read(AT_FDCWD, victim, 100, &text, NULL, &fixture.err) == 0 && strcmp(text, "precious") == 0,
		   "the victim is unharmed");
		cleanup_free(&text);
		text = NULL;
		fixture_close(&fixture);
	}
}

/** failing_at - which call of malloc() fails from now on: 1 is the next one, 0 or less none */
static int failing_at;

static void *fail_some(size_t size)
{
	if (--failing_at == 0) {
		errno = ENOMEM;
		return NULL;
	}
	return malloc(size);
}

enum { MANY_CALLS = 100000 };

static void test_no_memory_is_no_corruption(void)
{
	struct fixture fixture;
	static struct attachment full, found;
	int good = 0, tries = 0;
	bool exists;

	fixture_open(&fixture);
	make_full(&full);
	(void)snprintf(full.netns, sizeof full.netns, "%0*d", (int)sizeof full.netns - 1, 7); /* buffers must grow */
	ok(create(&fixture, &full) == 0, "a record");
	json_set_alloc_funcs(fail_some, free);
	for (bool failed = true; failed && tries < MANY_CALLS;) {
		failing_at = ++tries;
		struct error err = ERROR_INIT;
		int status = record_find(fixture.store, &full.id, &found, &exists, &err);

		failed = failing_at <= 0;
		good += failed ? status < 0 && err.errnum == ENOMEM : status == 0 && exists && same(&full, &found);
	}
	json_set_alloc_funcs(malloc, free);
	ok(tries > 100 && tries < MANY_CALLS, "each call of malloc() fails once, in the end none");
	is_int(good, tries, "and each failure is told as what it is");
	ok(count_records(&fixture, NULL) == 1 && !there(&fixture, "corrupt"), "the record stays");
	fixture_close(&fixture);
}

static void test_no_memory_spares_the_intent(void)
{
	struct fixture fixture;
	static struct attachment full;
	int good = 0, tries = 0;

	fixture_open(&fixture);
	make_full(&full);
	die_at(&fixture, &full, ALL_SET);
	json_set_alloc_funcs(fail_some, free);
	for (bool failed = true; failed && tries < MANY_CALLS;) {
		failing_at = ++tries;
		struct error err = ERROR_INIT;
		int status = store_begin(fixture.store, &err);

		store_end(fixture.store);
		failed = failing_at <= 0;
		good += failed ? status < 0 && err.errnum == ENOMEM && there(&fixture, "intent")
			       : status == 0 && !there(&fixture, "intent");
	}
	json_set_alloc_funcs(malloc, free);
	ok(tries > 100 && tries < MANY_CALLS, "each call of malloc() fails once, in the end none");
	is_int(good, tries, "until then the intent stays");
	ok(is_free(&fixture, "10.77.0.5") && !there(&fixture, "use/gateway-10.77.0.1"), "then it is undone");
	fixture_close(&fixture);
}

int main(void)
{
	test_no_memory_is_no_corruption();
	test_no_memory_spares_the_intent();
	test_record_survives_being_written_and_read();
	test_record_refuses_what_it_would_not_write();
	test_create_find_update_remove();
	test_repair_clears_whatever_state_the_intent_is_in();
	test_repair_by_a_stranger_spares_the_living();
	test_failed_create_leaves_nothing();
	test_corrupt_record_is_moved_aside_and_its_addresses_are_free();
	test_record_of_another_version_is_not_touched();
	test_record_under_a_wrong_name();
	test_links_and_fifos_are_refused_everywhere();
	return done();
}
