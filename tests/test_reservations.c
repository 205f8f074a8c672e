/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipam/reservations, ipam/claims: the reference's files, whatever stands there, and when an address is taken. */
#include "ipam/claims.h"

#include "tests/store_fixture.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static struct ip ip(const char *text)
{
	struct ip parsed = {0};

	(void)ip_parse(text, &parsed);
	return parsed;
}

/** put_file() - as somebody else would; @length -1: of a text */
static void put_file(const struct reservations *files, const char *name, const char *content, ssize_t length)
{
	AUTO_CLOSE int fd = openat(files->dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t size = length < 0 ? strlen(content) : (size_t)length;

	if (fd < 0 || write(fd, content, size) != (ssize_t)size)
		printf("Bail out! cannot write %s\n", name);
}

static const char *content_of(const struct reservations *files, const char *name)
{
	static char content[4096];
	AUTO_CLOSE int fd = openat(files->dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, content, sizeof content - 1);

	if (length < 0)
		return "(absent)";
	content[length] = '\0';
	return content;
}

/** open_files() - of network "net" in a directory below the fixture's */
static void open_files(struct fixture *fixture, struct reservations *files)
{
	char dir[128];

	(void)snprintf(dir, sizeof dir, "%s/networks/deep", fixture->dir);
	if (reservations_open(files, dir, "net", true, &fixture->err) < 0)
		printf("Bail out! %s\n", fixture->err.msg);
}

static void test_content(void)
{
	static char huge[1 << 16];
	static const struct {
		const char *content;
		ssize_t length;
		enum reservation_state state;
		const char *container, *ifname;
	} cases[] = {
		{"one\r\neth0", -1, RESERVATION_HELD, "one", "eth0"},
		{"one\r\neth0\n", -1, RESERVATION_HELD, "one", "eth0"},
		{" \tone\r\neth0 \r\n", -1, RESERVATION_HELD, "one", "eth0"},
		{"one", -1, RESERVATION_HELD, "one", ""},
		{"one\n", -1, RESERVATION_HELD, "one", ""},
		{"one\r\n", -1, RESERVATION_HELD, "one", ""},
		{"one\neth0", -1, RESERVATION_HELD, "one\neth0", ""},
		{"", -1, RESERVATION_TORN, "", ""},
		{" \r\n", -1, RESERVATION_TORN, "", ""},
		{"\0\0\0\0", 4, RESERVATION_TORN, "", ""},
		{"one\0\0", 5, RESERVATION_FOREIGN, "", ""},
		{"one\r\na-name-too-long-for-an-interface", -1, RESERVATION_FOREIGN, "", ""},
		{huge, sizeof huge, RESERVATION_FOREIGN, "", ""},
	};
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;
	const struct ip address = ip("10.1.2.3");
	struct fixture fixture;
	struct reservation found;

	memset(huge, 'x', sizeof huge);
	fixture_open(&fixture);
	open_files(&fixture, &files);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		put_file(&files, "10.1.2.3", cases[i].content, cases[i].length);
		ok(reservation_read(&files, &address, &found, &fixture.err) == 0, "read");
		ok(found.state == cases[i].state, "its state");
		ok(!found.ours, "written by somebody else");
		if (found.state == RESERVATION_HELD) {
			is_text(found.container, cases[i].container, "its container");
			is_text(found.ifname, cases[i].ifname, "its interface");
		}
	}
	fixture_close(&fixture);
}

static void test_what_is_no_file(void)
{
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;
	const struct ip address = ip("10.1.2.3");
	struct fixture fixture;
	struct reservation found;

	fixture_open(&fixture);
	open_files(&fixture, &files);
	ok(reservation_read(&files, &address, &found, &fixture.err) == 0 && found.state == RESERVATION_NONE, "nothing");
	ok(symlinkat("/etc/passwd", files.dirfd, "10.1.2.3") == 0, "a link is made");
	ok(reservation_read(&files, &address, &found, &fixture.err) == 0 && found.state == RESERVATION_FOREIGN,
	   "a link");
	(void)unlinkat(files.dirfd, "10.1.2.3", 0);
	(void)mkfifoat(files.dirfd, "10.1.2.3", 0600);
	ok(reservation_read(&files, &address, &found, &fixture.err) == 0 && found.state == RESERVATION_FOREIGN,
	   "a FIFO");
	(void)unlinkat(files.dirfd, "10.1.2.3", 0);
	(void)mkdirat(files.dirfd, "10.1.2.3", 0700);
	ok(reservation_read(&files, &address, &found, &fixture.err) == 0 && found.state == RESERVATION_FOREIGN,
	   "a directory");
	fixture_close(&fixture);
}

static void test_written_as_the_reference_does(void)
{
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;
	const struct ip four = ip("10.1.2.3"), six = ip("2001:db8::a");
	static struct attachment one;
	struct fixture fixture;
	struct reservation found;
	struct stat status;
	struct ip cursor;

	fixture_open(&fixture);
	open_files(&fixture, &files);
	ok(fstat(files.dirfd, &status) == 0 && (status.st_mode & 07777) == 0755, "the directory is readable");
	make_attachment(&one, "net", "one");
	put_file(&files, ".cambric", "somebody was killed here, and what he wrote was longer", -1);
	ok(reservation_write(&files, &four, &one.id, &fixture.err) == 0, "written");
	ok(reservation_write(&files, &six, &one.id, &fixture.err) == 0, "IPv6, too");
	is_text(content_of(&files, "10.1.2.3"), "one\r\neth0", "byte for byte");
	is_text(content_of(&files, "2001:db8::a"), "one\r\neth0", "under the name that Go gives it");
	is_text(content_of(&files, ".cambric"), "(absent)", "nothing is left beside");
	ok(reservation_read(&files, &four, &found, &fixture.err) == 0 && found.ours, "known as ours");
	ok(reservation_is_of(&found, &one.id, false), "of its container");
	put_file(&files, "10.1.2.3", "one\r\neth0", -1);
	ok(reservation_read(&files, &four, &found, &fixture.err) == 0 && !found.ours, "written again it is not ours");
	reservation_cursor_load(&files, 0, &cursor);
	ok(!ip_is_set(&cursor), "no cursor");
	ok(reservation_cursor_save(&files, 1, &six, &fixture.err) == 0, "cursor");
	is_text(content_of(&files, "last_reserved_ip.1"), "2001:db8::a", "as the reference writes it");
	reservation_cursor_load(&files, 1, &cursor);
	ok(ip_equal(&cursor, &six), "and reads it");
	ok(reservation_remove(&files, &four, &fixture.err) == 0 && reservation_remove(&files, &four, &fixture.err) == 0,
	   "removed, and once more");
	fixture_close(&fixture);
}

static int count_one(const struct reservations *files, const struct ip *address, const struct reservation *found,
		     void *argument, struct error *err)
{
	(void)address;
	(void)found;
	(void)files;
	(void)err;
	++*(int *)argument;
	return 0;
}

static void test_walk(void)
{
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;
	static const char *const others[] = {"lock",	  "last_reserved_ip.0", "010.1.2.3", "10.1.2",
					     "fd00:0::1", "notes.txt",		".10.1.2.9", "::ffff:10.1.2.8"};
	static struct attachment one;
	struct fixture fixture;
	int count = 0;

	fixture_open(&fixture);
	open_files(&fixture, &files);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		put_file(&files, others[i], "one\r\neth0", -1);
	put_file(&files, "10.1.2.3", "one\r\neth0", -1);
	put_file(&files, "fd00::1", "", -1);
	ok(reservations_walk(&files, false, count_one, &count, &fixture.err) == 0, "walked");
	ok(count == 2, "only what is an address");
	make_attachment(&one, "net", "one");
	add_address(&one, "10.1.2.4", "10.1.2.0/24", NULL);
	count = 0;
	ok(reservation_write(&files, &one.addresses[0].ip, &one.id, &fixture.err) == 0 &&
		   reservations_walk(&files, true, count_one, &count, &fixture.err) == 0,
	   "walked without ours");
	ok(count == 2, "which are passed over");
	fixture_close(&fixture);
}

static void test_directory(void)
{
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;
	struct fixture fixture;
	char dir[128], path[192];

	fixture_open(&fixture);
	(void)snprintf(dir, sizeof dir, "%s/networks", fixture.dir);
	ok(reservations_open(&files, "", "net", true, &fixture.err) == 0 && files.dirfd < 0, "none is wanted");
	ok(reservations_open(&files, dir, "net", false, &fixture.err) == 0 && files.dirfd < 0, "none is there");
	ok(access(dir, F_OK) < 0, "and none is made");
	ok(reservations_open(&files, dir, "net", true, &fixture.err) == 0 && files.dirfd >= 0, "made");
	(void)snprintf(path, sizeof path, "%s/net/lock", dir);
	AUTO_CLOSE int lock = open(path, O_RDWR | O_CLOEXEC);
	ok(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) < 0, "locked as the reference does");
	reservations_close(&files);
	ok(flock(lock, LOCK_EX | LOCK_NB) == 0, "and let go");
	cleanup_close(&lock);
	lock = -1;
	(void)snprintf(path, sizeof path, "%s/net", dir);
	(void)chmod(path, 0777);
	ok(reservations_open(&files, dir, "net", false, &fixture.err) < 0 && failed_with(&fixture) == ERROR_STORE,
	   "open to everybody: refused");
	(void)chmod(path, 0755);
	(void)unlink(strcat(path, "/lock"));
	ok(symlink("/etc/passwd", path) == 0, "a link is made");
	ok(reservations_open(&files, dir, "net", false, &fixture.err) < 0 && failed_with(&fixture) == ERROR_STORE,
	   "a lock that is a link: refused");
	fixture_close(&fixture);
}

/** taken() - whether "two" could not have 10.1.2.3 */
static bool taken(struct fixture *fixture, const struct reservations *files)
{
	static struct attachment two;
	const struct ip address = ip("10.1.2.3");
	struct reservation found;
	bool is_taken = false;

	make_attachment(&two, "net", "two");
	const struct places places = {.store = fixture->store, .files = files};
	if (claim_look(&two, &places, &address, &found, &is_taken, &fixture->err) < 0)
		printf("Bail out! %s\n", fixture->err.msg);
	return is_taken;
}

static void test_claim_look(void)
{
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;
	static struct attachment one;
	struct fixture fixture;

	fixture_open(&fixture);
	open_files(&fixture, &files);
	make_attachment(&one, "net", "one");
	add_address(&one, "10.1.2.3", "10.1.2.0/24", "10.1.2.1");
	ok(!taken(&fixture, &files), "nothing there");
	put_file(&files, "10.1.2.3", "", -1);
	ok(!taken(&fixture, &files), "empty: nobody's");
	put_file(&files, "10.1.2.3", "one\r\neth0", -1);
	ok(taken(&fixture, &files), "the reference's");
	put_file(&files, "10.1.2.3", "two\r\neth0", -1);
	ok(taken(&fixture, &files), "for the same container, of which nothing is known");
	ok(reservation_write(&files, &one.addresses[0].ip, &one.id, &fixture.err) == 0, "ours");
	ok(!taken(&fixture, &files), "without a record: nobody's");
	ok(create(&fixture, &one) == 0, "a record");
	ok(taken(&fixture, &files), "with it: taken");
	fixture_close(&fixture);
}

int main(void)
{
	test_content();
	test_what_is_no_file();
	test_written_as_the_reference_does();
	test_walk();
	test_directory();
	test_claim_look();
	return done();
}
