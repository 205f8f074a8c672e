/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/resolv and conf/dns: files, objects, the runtime's words. */
#include "conf/resolv.h"

#include "conf/dns.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct dns dns;

static struct error parse(const char *content)
{
	static char text[8192];
	struct error err = ERROR_INIT;

	memset(&dns, 0, sizeof dns);
	(void)snprintf(text, sizeof text, "%s", content);
	(void)resolv_parse(&dns, text, "/x", &err);
	return err;
}

static void test_a_whole_file(void)
{
	struct error err = parse("# a comment\n; another\n\n  nameserver 192.0.2.1\t# rest\nnameserver fe80::1%eth0\n"
				 "domain first.test\ndomain last.test\nsearch a.test  b.test\r\nsearch c.test\n"
				 "options ndots:5 timeout:1\nnameserver\noptions\nsortlist 10.0.0.0\noptions edns0");

	is_text(err.msg, "", "parsed");
	is_int(dns.nameserver_count, 2, "a nameserver line without address is skipped");
	is_text(dns.nameservers[0], "192.0.2.1", "one address per line");
	is_text(dns.nameservers[1], "fe80::1%eth0", "as it stands there");
	is_text(dns.domain, "last.test", "the last domain wins");
	is_int(dns.search_count, 3, "search lines add up");
	is_text(dns.search[2], "c.test", "in order");
	is_text(dns.search[1], "b.test", "no carriage return");
	is_int(dns.option_count, 3, "options lines add up");
	is_text(dns.options[2], "edns0", "the last line needs no newline");
}

static void test_limits(void)
{
	char text[600] = "search ";
	struct error err;

	memset(text + 7, 'a', 255);
	err = parse(text);
	is_text(err.msg, "", "255 bytes");
	memset(text + 7, 'a', 256);
	err = parse(text);
	ok(strstr(err.msg, "is longer than 255 bytes"), "256 bytes");
	err = parse("nameserver 1\nnameserver 2\nnameserver 3\nnameserver 4\nnameserver 5\nnameserver 6\nnameserver 7\n"
		    "nameserver 8\nnameserver 9\n");
	is_text(err.msg, "resolvConf /x: \"9\" is one word too many, 8 are served", "too many");
}

static void refused(const char *path, const char *before, const char *after)
{
	struct error err = ERROR_INIT;
	char msg[256];

	(void)snprintf(msg, sizeof msg, "ipam.resolvConf: %s%s%s", before, path, after);
	is_int(resolv_read(&dns, path, &err), -1, "refused");
	is_int(err.code, ERROR_IO, "code 5");
	is_text(err.msg, msg, "words");
}

static void put(const char *path, const char *text, off_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ok(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && (!length || ftruncate(fd, length) == 0),
	   "file");
	(void)close(fd);
}

static void test_files(void)
{
	char directory[] = "/tmp/test_resolv.XXXXXX", file[64], link[64], fifo[64];
	struct error err = ERROR_INIT;

	if (!ok(mkdtemp(directory) != NULL, "directory"))
		return;
	(void)snprintf(file, sizeof file, "%s/file", directory);
	(void)snprintf(link, sizeof link, "%s/link", directory);
	(void)snprintf(fifo, sizeof fifo, "%s/fifo", directory);
	refused(file, "open ", ": No such file or directory");
	put(file, "nameserver 192.0.2.7\n", 0);
	memset(&dns, 0, sizeof dns);
	ok(symlink(file, link) == 0 && resolv_read(&dns, link, &err) == 0, "through a link");
	is_text(dns.nameservers[0], "192.0.2.7", "read");
	put(file, "x", MAX_RESOLV_CONF + 1);
	refused(file, "", " is larger than 65536 bytes");
	ok(mkfifo(fifo, 0600) == 0, "fifo");
	refused(fifo, "", " is no regular file");
	refused(directory, "", " is no regular file");
	(void)unlink(file);
	(void)unlink(link);
	(void)unlink(fifo);
	(void)rmdir(directory);
}

static void test_objects(void)
{
	struct error err = ERROR_INIT;
	json_t *document = json_loads("{\"nameservers\":[\"192.0.2.1\"],\"domain\":\"d\",\"Search\":[\"a\",\"b\"],"
				      "\"options\":[],\"servers\":[\"192.0.2.2\"],\"searches\":[\"c\"]}",
				      0, NULL);
	struct field object = field_root(document, "dns"), absent = field_root(NULL, "dns");

	memset(&dns, 0, sizeof dns);
	ok(dns_is_empty(&dns), "empty");
	is_int(dns_read(&dns, &absent, &err), 0, "absent");
	ok(dns_is_empty(&dns), "still empty");
	is_int(dns_read(&dns, &object, &err), 0, "configuration");
	ok(!dns_is_empty(&dns), "no longer");
	is_text(dns.nameservers[0], "192.0.2.1", "nameservers");
	is_int(dns.search_count, 2, "search");
	is_int(dns_read_runtime(&dns, &object, &err), 0, "runtime");
	is_text(dns.nameservers[0], "192.0.2.2", "servers replace");
	is_int(dns.search_count, 1, "searches replace");
	is_text(dns.domain, "d", "what is not given stays");
	json_decref(document);
}

static void test_wrong_objects(void)
{
	static const char *const cases[][2] = {
		{"{\"nameservers\":\"192.0.2.1\"}", "dns.nameservers: expected a list, got \"192.0.2.1\""},
		{"{\"search\":[7]}", "dns.search[0]: expected a string, got 7"},
		{"{\"domain\":[]}", "dns.domain: expected a string, got []"},
		{"{\"nameservers\":[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]}",
		 "dns.nameservers: 9 entries, at most 8 are served"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;
		json_t *document = json_loads(cases[i][0], 0, NULL);
		struct field object = field_root(document, "dns");

		is_int(dns_read(&dns, &object, &err), -1, cases[i][0]);
		is_text(err.msg, cases[i][1], "words");
		json_decref(document);
	}
}

int main(void)
{
	test_a_whole_file();
	test_limits();
	test_files();
	test_objects();
	test_wrong_objects();
	return done();
}
