/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/error, base/hash, base/sha512, base/base64 and base/file. */
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/sha512.h"
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

/** struct digest - @text, @count times in a row, has the digest @hex. The first ones are examples of the standard */
struct digest {
	const char *text;
	size_t count;
	const char *hex;
};

static void test_sha512(void)
{
	enum { LONGEST = 1000000 };
	static const struct digest digests[] = {
		{"abc", 1,
		 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
		{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopq"
		 "rstnopqrstu",
		 1,
		 "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
		 "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
		{"a", 1000000,
		 "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
		 "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
		{"", 1,
		 "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
		 "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
		{"x", 111,
		 "9a2a120825c2319867758ec277924f6faa254968bf752046dacdd948d8ad299b"
		 "10359fd04bfd7d3810b5fa1b16a294236138baff981cbb85248478053ac4d3dd"},
		{"x", 112,
		 "a3722b515ef40c910f2419f6e0da8ca51d410114ce6272faae64045f9e9f630e"
		 "7fa8dd5a3243c9860b899d148c3da4bc0f9e07454542604d030bb55531fe0d5b"},
		{"x", 127,
		 "1d5a8893e7b7ed83d485d26f88cfb846f3760279916976fe538e539fc16f7cd1"
		 "9ba3e1c2cd5fda78749a74205755cdf694e8fa90b2bfed8815f406af76c1d7bf"},
		{"x", 128,
		 "e2e22f8422b54b06e35c3ea30a383d1de7a8fbc27992923074103117020d8dd7"
		 "024c3ecf7d6d1a15a6de5a75ff32fb486b9e8ced4c02ffe05822bf2cb734d0e0"},
		{"x", 129,
		 "19015483ea99fa74728fd7b13adba6b729cfa4ab7c388573efa2641d2af0577f"
		 "24dd51acbaeec41a7a11d10f6c4e68a3b90e7b2348c678486a4365c9d9101cdd"},
		{"x", 239,
		 "805c40517b44cef414a06c632b4ee9c21d34c85a84c3f9530274db86e2a3e38c"
		 "b0e54025666b925426bd6860f81538abbfab13011e85767d814a245d232a6044"},
		{"x", 240,
		 "3e05caa7e0fddab685e6052bd902c316505180504344d00b1217e1349a532d1d"
		 "0e5ce4b24d69eea3aca369dc16d8bbdf872b2fe1770e0e1aad22f84e0519bc6c"},
		{"x", 256,
		 "03748e1db37e66afeab7f7e93bd7716ae4379158fcc1f7846e49c061e99b5891"
		 "b55ee7f808bd039b1deef9d0161f390531d8d08654679405ed887ed93058e3b2"},
	};
	char hex[SHA512_HEX_SIZE], name[64];
	char *text = malloc(LONGEST);

	for (size_t i = 0; text && i < sizeof digests / sizeof *digests; i++) {
		const size_t length = strlen(digests[i].text);
		for (size_t j = 0; j < digests[i].count; j++)
			memcpy(text + j * length, digests[i].text, length);
		(void)snprintf(name, sizeof name, "SHA-512 of %zu bytes", length * digests[i].count);
		is_text(sha512_hex(text, length * digests[i].count, hex), digests[i].hex, name);
	}
	ok(text != NULL, "memory");
	free(text);
}

/** test_base64() - RFC 4648, section 10 */
static void test_base64(void)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {{"", ""},	     {"f", "Zg=="},	     {"fo", "Zm8="},
		    {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe", "//4="}};
	static const char *const refused[] = {
		"", "Zg", "Zg=", "Zg===", "Zh==", "Zg=a", "Z===", "Zm8=", " Zg=", "Zg==Zg=="};
	char text[16], bytes[16];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const size_t length = strlen(rows[i].bytes);
		is_text(base64_encode(rows[i].bytes, length, text), rows[i].text, "base64: bytes to text");
		memset(bytes, 0, sizeof bytes);
		ok(base64_decode(text, bytes, length) && strcmp(bytes, rows[i].bytes) == 0, "base64: and back");
	}
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		ok(!base64_decode(refused[i], bytes, 1), "base64: what is not one byte is refused");
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
	test_sha512();
	test_base64();
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
