/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening, epochs, locks, names, the guard. */
#include "store/store.h"

#include "tests/store_fixture.h"

#include "store/bits.h"

#include "base/file.h"

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static void test_absent_store_reads_as_empty_and_stays_absent(void)
{
	char dir[] = "/tmp/cambric-test-XXXXXX", path[64];
	struct error err = ERROR_INIT;
	struct store *store = NULL;
	struct attachment want, found;
	static struct guard guard;
	bool exists = true, last = false;

	ok(mkdtemp(dir) != NULL, "a directory");
	(void)snprintf(path, sizeof path, "%s/store", dir);
	make_attachment(&want, "n", "c");
	ok(store_open(&store, path, false, &err) == 0 && !store_exists(store), "opens without a store");
	ok(store_enter(store, false, &err) == 0 && store_lock_attachment(store, &want.id, true, &err) == 0, "locks");
	ok(store_begin(store, &err) == 0 && record_remove(store, &want, &err) == 0, "removes nothing");
	ok(use_is_last(store, "subnet-10.77.0.0_16", &want.id, &last, &err) == 0 && last, "nobody uses anything");
	store_end(store);
	ok(record_find(store, &want.id, &found, &exists, &err) == 0 && !exists, "finds nothing");
	ok(guard_load(store, &guard, &err) == 0 && !guard.ipv4.set && !guard.ipv6.set, "an empty guard");
	ok(record_create(store, &want, &err) < 0 && err.code == ERROR_STORE, "but cannot create");
	store_close(&store);
	ok(access(path, F_OK) < 0 && rmdir(dir) == 0, "nothing was made");
}

static void test_open_refuses_what_is_no_directory_of_ours(void)
{
	static const char *const bad[] = {"relative/path", "/proc/cambric", "/dev/null"};
	struct error err = ERROR_INIT;
	struct store *store = NULL;
	char dir[] = "/tmp/cambric-test-XXXXXX";

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		err = (struct error)ERROR_INIT;
		ok(store_open(&store, bad[i], true, &err) < 0 && err.code == ERROR_STORE &&
			   strstr(err.msg, "dataDir") && strstr(err.msg, bad[i]),
		   bad[i]);
	}
	err = (struct error)ERROR_INIT;
	ok(mkdtemp(dir) && chmod(dir, 0777) == 0 && store_open(&store, dir, true, &err) < 0, "a directory for all");
	ok(strstr(err.msg, "dataDir") != NULL && err.errnum == EPERM, "names the field, keeps errno");
	ok(store == NULL && rmdir(dir) == 0, "nothing was made");
}

static void test_only_epochs_of_other_boots_are_removed(void)
{
	struct fixture fixture;
	char other[128], sibling[128], foreign[128], cut[128], path[160], link[160], epoch[EPOCH_SIZE];
	struct error err = ERROR_INIT;
	struct store *store = NULL;

	fixture_open(&fixture);
	(void)snprintf(epoch, sizeof epoch, "%s", fixture.store->epoch);
	(void)snprintf(other, sizeof other, "%s/0123456789abcdef-1", fixture.dir);
	(void)snprintf(cut, sizeof cut, "%s/.dead-0123456789abcdee-1", fixture.dir);
	(void)snprintf(sibling, sizeof sibling, "%s/%.16s-ffffff", fixture.dir, epoch);
	(void)snprintf(foreign, sizeof foreign, "%s/somebody", fixture.dir);
	ok(mkdir(other, 0700) == 0 && mkdir(cut, 0700) == 0 && mkdir(sibling, 0700) == 0 && mkdir(foreign, 0700) == 0,
	   "four neighbours");
	(void)snprintf(path, sizeof path, "%s/net", other);
	(void)snprintf(link, sizeof link, "%s/net/link", other);
	ok(mkdir(path, 0700) == 0 && symlink(foreign, link) == 0, "one with a link inside");
	ok(store_open(&store, fixture.dir, true, &err) == 0 && access(other, F_OK) == 0,
	   "kept while our epoch is there");
	store_close(&store);
	(void)snprintf(path, sizeof path, "%s/%s", fixture.dir, epoch);
	ok(rmdir(path) == 0 && store_open(&store, fixture.dir, true, &err) == 0, "a new epoch");
	ok(access(other, F_OK) < 0, "another boot's is gone");
	ok(access(cut, F_OK) < 0, "a removal that was cut off is completed");
	ok(access(sibling, F_OK) == 0, "another namespace's of this boot stays");
	ok(access(foreign, F_OK) == 0, "what is no epoch stays, also behind a link");
	store_close(&store);
	fixture_close(&fixture);
}

/** hold() - a child that has the lock until it is killed */
static pid_t hold(struct fixture *fixture, const struct attachment_id *id)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		abort();
	pid_t child = fork();
	if (child == 0) {
		struct store *store = NULL;
		bool held = store_open(&store, fixture->dir, true, &fixture->err) == 0 &&
			    (id ? store_lock_attachment(store, id, true, &fixture->err)
				: store_begin(store, &fixture->err)) == 0;
		(void)!write(ready[1], held ? "y" : "n", 1);
		pause();
		_exit(0);
	}
	ok(read(ready[0], &byte, 1) == 1 && byte == 'y', "a child holds the lock");
	close(ready[0]);
	close(ready[1]);
	return child;
}

static void stop(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void test_section_waits_for_its_deadline_and_names_the_holder(void)
{
	struct fixture fixture;
	struct itimerval timer = {.it_value = {.tv_sec = 100}};
	struct timespec start, end;
	sigset_t all, before;
	char pid[32];

	/* as a hostile parent may have left it */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	(void)signal(SIGALRM, SIG_IGN);
	fixture_open(&fixture);
	fixture.store->wait_ms = 120;
	pid_t child = hold(&fixture, NULL);
	(void)snprintf(pid, sizeof pid, "process %d ", child);
	setitimer(ITIMER_REAL, &timer, NULL);
	clock_gettime(CLOCK_MONOTONIC, &start);
	ok(store_begin(fixture.store, &fixture.err) < 0 && fixture.err.code == ERROR_TRY_AGAIN, "error 11");
	clock_gettime(CLOCK_MONOTONIC, &end);
	int64_t waited = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
	ok(waited >= 100 && waited < 2000, "after the deadline, not before");
	ok(strstr(fixture.err.msg, pid) != NULL, "names the process");
	getitimer(ITIMER_REAL, &timer);
	ok(timer.it_value.tv_sec > 50, "the caller's timer runs on");
	timer = (struct itimerval){.it_value = {0}};
	setitimer(ITIMER_REAL, &timer, NULL);
	ok(signal(SIGALRM, SIG_DFL) == SIG_IGN, "and so does his disposition of its signal");
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	stop(child);
	(void)failed_with(&fixture);
	ok(store_begin(fixture.store, &fixture.err) == 0, "free when the holder died");
	ok(store_begin(fixture.store, &fixture.err) < 0 && failed_with(&fixture) == ERROR_INTERNAL, "no nesting");
	store_end(fixture.store);
	fixture_close(&fixture);
}

static void test_section_follows_a_replaced_lock_file(void)
{
	struct fixture fixture;

	fixture_open(&fixture);
	fixture.store->wait_ms = 100;
	pid_t child = hold(&fixture, NULL);
	ok(renameat(fixture.store->root, "lock", fixture.store->root, "lock.old") == 0, "somebody replaces it");
	ok(store_begin(fixture.store, &fixture.err) == 0, "the new one is locked");
	ok(there(&fixture, "lock"), "under its name");
	stop(child);
	fixture_close(&fixture);
}

static void test_attachments_are_locked_one_by_one(void)
{
	struct fixture fixture;
	struct attachment one, two;

	fixture_open(&fixture);
	make_attachment(&one, "n", "one");
	make_attachment(&two, "n", "two");
	fixture.store->wait_ms = 100;
	pid_t child = hold(&fixture, &one.id);
	ok(store_lock_attachment(fixture.store, &two.id, false, &fixture.err) == 0, "another one is free");
	ok(store_lock_attachment(fixture.store, &one.id, false, &fixture.err) < 0, "this one is not");
	ok(fixture.err.errnum == EAGAIN && failed_with(&fixture) == ERROR_TRY_AGAIN, "at once, with EAGAIN");
	ok(store_lock_attachment(fixture.store, &one.id, true, &fixture.err) < 0, "nor within the deadline");
	ok(strstr(fixture.err.msg, "\"one\"") && failed_with(&fixture) == ERROR_TRY_AGAIN, "names the container");
	stop(child);
	ok(store_lock_attachment(fixture.store, &one.id, false, &fixture.err) == 0, "free when the holder died");
	store_unlock_attachment(fixture.store);
	child = hold(&fixture, &one.id);
	stop(child);
	fixture_close(&fixture);
}

static void test_gc_excludes_verbs_and_verbs_do_not_exclude_each_other(void)
{
	struct fixture fixture;
	struct store *second = NULL;

	fixture_open(&fixture);
	ok(store_open(&second, fixture.dir, false, &fixture.err) == 0, "a second store");
	second->wait_ms = 60;
	ok(store_enter(fixture.store, false, &fixture.err) == 0 && store_enter(second, false, &fixture.err) == 0,
	   "two verbs");
	ok(store_enter(second, true, &fixture.err) < 0 && failed_with(&fixture) == ERROR_TRY_AGAIN, "GC has to wait");
	store_close(&fixture.store);
	ok(store_enter(second, true, &fixture.err) == 0, "until the other is closed");
	store_close(&second);
	fixture_close(&fixture);
}

static void test_names_are_safe_and_distinct(void)
{
	const char *const dots[] = {".."}, *const odd[] = {"a/b", "c@d"};
	struct attachment one, two;
	char name[FILE_NAME_SIZE], other[FILE_NAME_SIZE], path[PATH_SIZE];

	is_text(file_name_join(dots, 1, name), "%2E.", "no way up");
	is_text(file_name_join(odd, 2, name), "a%2Fb@c%40d", "separators are encoded");
	make_attachment(&one, "net.1", "c-1_x");
	is_text(record_path(&one.id, path), "net/net.1/a/c-1_x@eth0@cambric", "plain names stay readable");
	memset(one.id.container, 'x', MAX_CONTAINER_ID);
	make_attachment(&two, "net.1", one.id.container);
	is_text(record_file_name(&one.id, name), record_file_name(&two.id, other), "a long name is stable");
	two.id.container[MAX_CONTAINER_ID - 1] = 'y';
	ok(strcmp(name, record_file_name(&two.id, other)) != 0, "and still tells keys apart");
	ok(strlen(name) <= 240, "and short enough");
}

static void test_guard_is_kept_and_an_empty_one_removed(void)
{
	struct fixture fixture;
	static struct guard guard, read;

	fixture_open(&fixture);
	guard = (struct guard){.ipv4 = {.set = true, .count = 1, .ifnames = {"lan"}},
			       .ipv6 = {.set = true, .armed = true, .count = 2, .ifnames = {"eth0", "br-1.2"}}};
	ok(guard_save(fixture.store, &guard, &fixture.err) == 0 && guard_load(fixture.store, &read, &fixture.err) == 0,
	   "saved and loaded");
	ok(memcmp(&guard, &read, sizeof guard) == 0, "the same");
	guard.ipv4 = (struct guard_list){.set = false};
	ok(guard_save(fixture.store, &guard, &fixture.err) == 0 &&
		   guard_load(fixture.store, &read, &fixture.err) == 0 && memcmp(&guard, &read, sizeof guard) == 0,
	   "one family alone");
	ok(file_write(fixture.store->root, "guard", "{}", 2, &fixture.err) == 0 &&
		   guard_load(fixture.store, &read, &fixture.err) < 0,
	   "an unreadable one is no empty one");
	ok(strstr(fixture.err.msg, "/guard") && failed_with(&fixture) == ERROR_STORE, "the file is named");
	guard = (struct guard){0};
	ok(guard_save(fixture.store, &guard, &fixture.err) == 0 && !there(&fixture, "guard"),
	   "an empty one is removed");
	fixture_close(&fixture);
}

static void test_probe_of_a_store_to_be_made_bears_leftovers(void)
{
	char dir[] = "/tmp/cambric-test-XXXXXX", path[96], leftover[96];
	struct error err = ERROR_INIT;
	struct store *store = NULL;

	ok(mkdtemp(dir) != NULL, "a directory");
	(void)snprintf(path, sizeof path, "%s/below", dir);
	(void)snprintf(leftover, sizeof leftover, "%s/.cambric-probe-%d", dir, getpid());
	ok(store_open(&store, path, false, &err) == 0 && store_probe(store, &err) == 0, "could be made");
	ok(mkdir(leftover, 0700) == 0 && store_probe(store, &err) == 0, "also where a probe was killed");
	is_text(err.msg, "", "without complaint");
	store_close(&store);
	ok(rmdir(dir) == 0, "nothing stays");
}

int main(void)
{
	test_absent_store_reads_as_empty_and_stays_absent();
	test_open_refuses_what_is_no_directory_of_ours();
	test_only_epochs_of_other_boots_are_removed();
	test_section_waits_for_its_deadline_and_names_the_holder();
	test_section_follows_a_replaced_lock_file();
	test_attachments_are_locked_one_by_one();
	test_gc_excludes_verbs_and_verbs_do_not_exclude_each_other();
	test_names_are_safe_and_distinct();
	test_guard_is_kept_and_an_empty_one_removed();
	test_probe_of_a_store_to_be_made_bears_leftovers();
	return done();
}
