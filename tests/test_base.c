/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/error, base/hash and base/file. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"

#include "tests/tap.h"

#include <fcntl.h>
#include <sys/stat.h>

static void test_error_first_failure_stays(void)
{
	struct error err = ERROR_INIT;

	is_int(error_set(&err, ERROR_CONFIG, ENOENT, "open %s", "x"), -1, "always -1");
	(void)error_set(&err, ERROR_STORE, 0, "undo failed");
	error_detail(&err, "resource: %s", "veth");
	is_int(err.code, ERROR_CONFIG, "code of the first");
	is_int(err.errnum, ENOENT, "errno of the first");
	is_text(err.msg, "open x: No such file or directory", "message of the first");
	is_text(err.details, "then: undo failed; resource: veth", "the rest are details");
}

static void test_error_is_cut_where_the_room_ends(void)
{
	struct error err = ERROR_INIT;
	char longer[2 * ERROR_DETAILS_SIZE];

	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	(void)error_set(&err, ERROR_CONFIG, EIO, "%s", longer);
	error_detail(&err, "%s", longer);
	error_detail(&err, "%s", longer);
	is_int(strlen(err.msg), ERROR_MSG_SIZE - 1, "message");
	is_int(strlen(err.details), ERROR_DETAILS_SIZE - 1, "details");
}

static void test_error_is_one_line_of_text(void)
{
	struct error err = ERROR_INIT;

	error_warn(&err, "one");
	error_warn(&err, "two\n%s", "\033[2Jforged");
	(void)error_set(&err, ERROR_CONFIG, 0, "name \"%s\"", "a\nb\177");
	is_text(err.warning, "one\ntwo\\x0a\\x1b[2Jforged", "control bytes of a warning are spelled out");
	is_text(err.msg, "name \"a\\x0ab\\x7f\"", "and of a message");
	struct error into = ERROR_INIT;
	error_merge(&into, &err);
	is_text(into.warning, err.warning, "merging keeps the lines apart");
}

static void test_error_merge_and_clear(void)
{
	struct error err = ERROR_INIT, other = ERROR_INIT;

	error_warn(&other, "full");
	(void)error_set(&other, ERROR_TRY_AGAIN, 0, "busy");
	error_merge(&err, &other);
	ok(err.code == ERROR_TRY_AGAIN && strcmp(err.msg, "busy") == 0, "failure is taken over");
	ok(error_retry_helps(&err), "busy may heal");
	error_clear(&err);
	ok(err.code == ERROR_NONE && strcmp(err.warning, "full") == 0, "clear keeps the warning");
}

static const char *hash_hex(uint64_t hash)
{
	static char text[17];

	(void)snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
	return text;
}

static void test_hash(void)
{
	uint64_t a = hash_text(hash_text(hash_begin(), "a"), "bc"), b = hash_text(hash_text(hash_begin(), "ab"), "c");

	ok(a != b, "the end of a string counts");
	ok(hash_finish(a, 0) != hash_finish(a, 1), "salts are independent");
	is_text(hash_hex(hash_finish(a, 0)), "8563f6d0e4bd066a", "a name made today is found tomorrow");
}

static void test_file_round_trip(int dir)
{
	struct error err = ERROR_INIT;
	AUTO_FREE char *content = NULL;
	size_t length = 0;
	struct stat status;

	ok(file_replace(dir, "new", "file", "hello", 5, &err) == 0, "replace");
	ok(file_read(dir, "file", 5, &content, &length, &err) == 0 && length == 5, "read");
	is_text(content, "hello", "content");
	ok(fstatat(dir, "file", &status, 0) == 0 && (status.st_mode & 0777) == 0600, "mode 0600");
	ok(file_read(dir, "file", 4, &content, NULL, &err) < 0 && err.errnum == EFBIG, "limit");
	ok(file_remove(dir, "file", &err) == 0 && file_remove(dir, "file", &err) == 0, "remove twice");
}

static void test_file_open_refuses(int dir, const char *name, const char *what)
{
	struct error err = ERROR_INIT;

	ok(file_open(dir, name, O_RDONLY, &err) == -1 && err.code == ERROR_STORE, what);
}

static void test_dir_open(int dir)
{
	struct error err = ERROR_INIT;
	AUTO_CLOSE int made = dir_open(dir, "made", true, &err);

	ok(made >= 0, "directory is made");
	ok(fchmodat(dir, "made", 0777, 0) == 0 && dir_open(dir, "made", true, &err) == -1,
	   "writable by others: refused");
	error_clear(&err);
	ok(dir_open(dir, "absent", false, &err) == -1 && err.errnum == ENOENT, "absent");
}

int main(void)
{
	char path[] = "/tmp/test_base.XXXXXX";
	AUTO_CLOSE int dir = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	test_error_first_failure_stays();
	test_error_is_cut_where_the_room_ends();
	test_error_is_one_line_of_text();
	test_error_merge_and_clear();
	test_hash();
	test_file_round_trip(dir);
	ok(symlinkat("/etc/passwd", dir, "link") == 0 && mkfifoat(dir, "fifo", 0600) == 0 &&
		   mkdirat(dir, "dir", 0700) == 0,
	   "obstacles");
	test_file_open_refuses(dir, "link", "symbolic link is refused");
	test_file_open_refuses(dir, "fifo", "FIFO is refused and does not hang");
	test_file_open_refuses(dir, "dir", "directory is refused");
	test_dir_open(dir);
	(void)unlinkat(dir, "link", 0);
	(void)unlinkat(dir, "fifo", 0);
	(void)unlinkat(dir, "dir", AT_REMOVEDIR);
	(void)unlinkat(dir, "made", AT_REMOVEDIR);
	(void)rmdir(path);
	return done();
}
