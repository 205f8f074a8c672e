/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plugin/result: a document is printed whole or not at all, wherever the memory ends. */
#include "plugin/result.h"

#include "base/cleanup.h"
#include "tests/tap.h"

#include <sys/mman.h>
#include <sys/stat.h>

/* Which allocation fails, counted from 1, alone; jansson takes plain functions, so it has to be here */
static long failing_allocation;

static void *limited_malloc(size_t size)
{
	return --failing_allocation == 0 ? NULL : malloc(size);
}

enum { OUTPUT_SIZE = 8192 };

/** read_back() - what was written to @fd, as text */
static const char *read_back(int fd, char text[static OUTPUT_SIZE])
{
	ssize_t length = pread(fd, text, OUTPUT_SIZE - 1, 0);

	text[length < 0 ? 0 : length] = '\0';
	return text;
}

static void describe(struct attachment *attachment)
{
	attachment_init(attachment);
	(void)snprintf(attachment->id.ifname, sizeof attachment->id.ifname, "eth0");
	(void)snprintf(attachment->netns, sizeof attachment->netns, "/run/netns/one");
	attachment_derive_names(attachment, 0);
	attachment->mtu = 1500;
	attachment->default_routes = true;
	attachment->address_count = 2;
	(void)ip_parse("10.77.0.2", &attachment->addresses[0].ip);
	(void)prefix_parse("10.77.0.0/16", &attachment->addresses[0].subnet);
	(void)ip_parse("10.77.0.1", &attachment->addresses[0].gateway);
	(void)ip_parse("fd00:77::2", &attachment->addresses[1].ip);
	(void)prefix_parse("fd00:77::/64", &attachment->addresses[1].subnet);
	(void)snprintf(attachment->dns.domain, sizeof attachment->dns.domain, "example.org");
	attachment_complete(attachment);
}

/** written() - the document while allocation @failing fails. Return: whether it was called a success */
static bool written(const struct attachment *attachment, enum cni_version version, long failing,
		    char text[static OUTPUT_SIZE])
{
	AUTO_CLOSE int fd = memfd_create("result", MFD_CLOEXEC);
	struct error err = ERROR_INIT;

	static struct request request;

	request.version = version;
	failing_allocation = failing;
	int status = result_write(attachment, &request, fd, &err);
	(void)read_back(fd, text);
	return status == 0;
}

static void test_result_is_whole_or_absent(enum cni_version version)
{
	static struct attachment attachment;
	static char whole[OUTPUT_SIZE], text[OUTPUT_SIZE];
	int failed = 0, halves = 0, lies = 0;

	describe(&attachment);
	ok(written(&attachment, version, 0, whole) && strstr(whole, "10.77.0.2"), cni_version_text(version));
	for (long failing = 1; failing <= 1000; failing++) {
		bool success = written(&attachment, version, failing, text);
		failed += !success;
		halves += !success && text[0] != '\0';
		lies += success && strcmp(text, whole) != 0;
	}
	ok(failed > 20, "there are many places where memory can be missing");
	is_int(halves, 0, "a failure prints nothing");
	is_int(lies, 0, "a success prints all");
}

static void test_error_is_always_printed(void)
{
	static char text[OUTPUT_SIZE];
	struct error failure = ERROR_INIT;
	int silent = 0, broken = 0;

	(void)error_set(&failure, ERROR_CONFIG, 0, "no good");
	error_detail(&failure, "because");
	for (long failing = 1; failing <= 100; failing++) {
		AUTO_CLOSE int fd = memfd_create("error", MFD_CLOEXEC);
		failing_allocation = failing;
		silent += result_write_error(&failure, fd) < 0;
		failing_allocation = 0;
		json_t *document = json_loads(read_back(fd, text), 0, NULL);
		broken += !json_is_string(json_object_get(document, "msg"));
		json_decref(document);
	}
	is_int(silent, 0, "an error is told even without memory");
	is_int(broken, 0, "as one document that can be read");
}

int main(void)
{
	json_set_alloc_funcs(limited_malloc, free);
	for (int version = CNI_0_1_0; version < CNI_VERSION_COUNT; version++)
		test_result_is_whole_or_absent((enum cni_version)version);
	test_error_is_always_printed();
	return done();
}
