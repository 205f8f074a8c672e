/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store whose file system was remounted read-only: DEL must still find out what to remove. */
#include "store/bits.h"

#include "tests/namespace.h"
#include "tests/store_fixture.h"

#include <sys/mount.h>

/** set_read_only() - remount the fixture's file system */
static bool set_read_only(const struct fixture *fixture, bool read_only)
{
	return mount("", fixture->dir, "", MS_REMOUNT | (read_only ? MS_RDONLY : 0), NULL) == 0;
}

/** open_own() - a fixture on a tmpfs that only this process sees. Return: false when that is not permitted */
static bool open_own(struct fixture *fixture)
{
	if (namespace_first() < 0 || unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_REC | MS_PRIVATE, NULL) < 0)
		return false;
	fixture_open(fixture);
	store_close(&fixture->store);
	return mount("cambric-test", fixture->dir, "tmpfs", 0, "mode=0700") == 0 &&
	       store_open(&fixture->store, fixture->dir, true, &fixture->err) == 0;
}

/** reopen() - as another run would meet it */
static bool reopen(struct fixture *fixture, bool create)
{
	store_close(&fixture->store);
	return store_open(&fixture->store, fixture->dir, create, &fixture->err) == 0;
}

/** test_removal() - what DEL asks of the store, in its order */
static void test_removal(struct fixture *fixture, const struct attachment *one)
{
	static struct attachment found;
	bool exists = false, last = false;

	ok(reopen(fixture, false) && store_enter(fixture->store, false, &fixture->err) == 0, "a verb enters");
	ok(store_lock_attachment(fixture->store, &one->id, true, &fixture->err) == 0, "the attachment is locked");
	ok(record_find(fixture->store, &one->id, &found, &exists, &fixture->err) == 0 && exists, "its record is found");
	is_text(fixture->err.msg, "", "without complaint");
	ok(bits_verify(fixture->store, one, &fixture->err) == 0, "its address and port are compared, as CHECK does");
	ok(record_update(fixture->store, one, &fixture->err) < 0 && fixture->err.errnum == EROFS,
	   "it cannot be changed");
	(void)failed_with(fixture);
	ok(store_begin(fixture->store, &fixture->err) == 0, "a section");
	ok(use_is_last(fixture->store, "subnet-10.77.0.0_16", &one->id, &last, &fixture->err) == 0 && last,
	   "the last user can be found out");
	ok(record_remove(fixture->store, one, &fixture->err) < 0 && fixture->err.errnum == EROFS &&
		   failed_with(fixture) == ERROR_STORE,
	   "only freeing the record fails");
	store_end(fixture->store);
}

static void test_others(struct fixture *fixture, const struct attachment *two)
{
	ok(reopen(fixture, true) && store_enter(fixture->store, true, &fixture->err) == 0, "GC enters");
	is_int(count_records(fixture, NULL), 1, "and finds the record");
	ok(create(fixture, two) < 0 && fixture->err.errnum == EROFS && failed_with(fixture) == ERROR_STORE, "no ADD");
	ok(store_probe(fixture->store, &fixture->err) < 0 && failed_with(fixture) == ERROR_NOT_AVAILABLE,
	   "as STATUS says");
}

/** test_locks() - who can write and who cannot exclude each other; @writable: the same file through another mount */
static void test_locks(struct fixture *fixture, const struct attachment *one)
{
	struct store *second = NULL;

	ok(set_read_only(fixture, false) && reopen(fixture, false), "writable again");
	ok(mount(fixture->dir, fixture->dir, "", MS_BIND, NULL) == 0 &&
		   mount("", fixture->dir, "", MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0 &&
		   store_open(&second, fixture->dir, false, &fixture->err) == 0,
	   "and a second mount of it that is not");
	ok(store_lock_attachment(fixture->store, &one->id, false, &fixture->err) == 0, "the writer locks");
	ok(store_lock_attachment(second, &one->id, false, &fixture->err) < 0 && failed_with(fixture) == ERROR_TRY_AGAIN,
	   "the reader does not");
	store_unlock_attachment(fixture->store);
	ok(store_lock_attachment(second, &one->id, false, &fixture->err) == 0, "the reader locks");
	ok(store_lock_attachment(fixture->store, &one->id, false, &fixture->err) < 0 &&
		   failed_with(fixture) == ERROR_TRY_AGAIN,
	   "the writer does not");
	store_close(&second);
	ok(umount2(fixture->dir, MNT_DETACH) == 0, "done");
}

int main(void)
{
	struct fixture fixture;
	static struct attachment one, two;

	if (!ok(open_own(&fixture), "a file system of our own"))
		return done();
	make_attachment(&one, "net", "one");
	add_address(&one, "10.77.0.5", "10.77.0.0/16", "10.77.0.1");
	add_port(&one, IPPROTO_TCP, NULL, 80, 1);
	make_attachment(&two, "net", "two");
	add_address(&two, "10.77.0.6", "10.77.0.0/16", "10.77.0.1");
	ok(create(&fixture, &one) == 0 && store_enter(fixture.store, false, &fixture.err) == 0 &&
		   store_lock_attachment(fixture.store, &one.id, true, &fixture.err) == 0,
	   "attached");
	store_close(&fixture.store);
	ok(set_read_only(&fixture, true), "the file system becomes read-only");
	test_removal(&fixture, &one);
	test_others(&fixture, &two);
	test_locks(&fixture, &one);
	ok(reopen(&fixture, false) && erase(&fixture, &one) == 0, "and what failed can be repeated");
	ok(umount2(fixture.dir, MNT_DETACH) == 0, "unmounted");
	fixture_close(&fixture);
	ok(access(fixture.dir, F_OK) < 0, "nothing stays");
	return done();
}
