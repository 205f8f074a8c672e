/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delegated IPAM, with shell scripts for plugins. */
#include "ipam/delegate.h"

#include "tests/store_fixture.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "ipam/lease.h"
#include "ipam/program.h"

#include <sys/prctl.h>
#include <sys/wait.h>

static const char CONFIG[] = "{\"cniVersion\": \"1.1.0\", \"name\": \"net\", \"ipam\": {\"type\": \"other\"}}";
static const char ANSWER[] =
	"{\"cniVersion\":\"1.1.0\",\"ips\":[{\"address\":\"192.0.2.7/24\",\"gateway\":\"192.0.2.1\"}]}";

/** install() - a plugin that logs its verb and input, then does @body */
static void install(const struct fixture *fixture, const char *name, const char *body)
{
	char path[128], script[4096];
	struct error err = ERROR_INIT;

	(void)snprintf(path, sizeof path, "%s/%s", fixture->dir, name);
	int length = snprintf(
		script, sizeof script,
		"#!/bin/sh\n{ echo \"$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME $CNI_NETNS $EXTRA $(umask)\"; cat; "
		"echo; } >>%s/log\n%s\n",
		fixture->dir, body);
	(void)unlink(path);
	if (file_write(AT_FDCWD, path, script, (size_t)length, &err) < 0 || chmod(path, 0700) < 0)
		abort();
}

/** logged() - whether the plugins' log has this text; forget: start a new one */
static bool logged(const struct fixture *fixture, const char *text, bool forget)
{
	char path[128];
	AUTO_FREE char *log = NULL;
	struct error err = ERROR_INIT;

	(void)snprintf(path, sizeof path, "%s/log", fixture->dir);
	bool found = file_read(AT_FDCWD, path, 100000, &log, NULL, &err) == 0 && strstr(log, text);
	if (forget)
		(void)unlink(path);
	return found;
}

static char *environment[] = {(char[]){"CNI_COMMAND=ADD"},
			      (char[]){"CNI_CONTAINERID=c"},
			      (char[]){"CNI_IFNAME=eth0"},
			      (char[]){"CNI_NETNS=/proc/1/ns/net"},
			      (char[]){"EXTRA=kept"},
			      (char[]){"PATH=/usr/bin:/bin"},
			      NULL};

static void wish(struct attachment *want, const struct fixture *fixture, const char *type)
{
	static char search[128];

	make_attachment(want, "net", "c");
	(void)snprintf(search, sizeof search, "/nowhere::%s", fixture->dir);
	want->delegate = (struct delegate){.type = type,
					   .search_path = search,
					   .config = CONFIG,
					   .config_length = sizeof CONFIG - 1,
					   .environment = environment};
}

static void test_add_takes_the_answer_and_records_it(void)
{
	struct fixture fixture;
	static struct attachment want, found;
	struct inherited inherited;
	char body[512], text[IP_TEXT_SIZE];
	bool exists;

	fixture_open(&fixture);
	(void)snprintf(body, sizeof body, "echo '%s'", ANSWER);
	install(&fixture, "other", body);
	wish(&want, &fixture, "other");
	umask(027);
	inherited_save(&inherited);
	umask(077);
	want.delegate.inherited = &inherited;
	ok(lease_ensure(&want, fixture.store, NULL, &fixture.err) == 0 && want.address_count == 0 && want.delegated,
	   "a record without addresses");
	ok(delegate_ensure(&want, fixture.store, NULL, &fixture.err) == 0, "the delegate's ADD");
	is_text(fixture.err.msg, "", "without complaint");
	is_text(ip_format(&want.addresses[0].ip, text), "192.0.2.7", "its address");
	ok(record_find(fixture.store, &want.id, &found, &exists, &fixture.err) == 0 && exists &&
		   found.address_count == 1 && found.delegated,
	   "is recorded");
	ok(logged(&fixture, "ADD c eth0 /proc/1/ns/net kept 0027", false), "the runtime's environment and umask");
	ok(logged(&fixture, CONFIG, true), "and input");
	ok(delegate_verify(&want, fixture.store, NULL, &fixture.err) == 0 && logged(&fixture, "CHECK c eth0", true),
	   "CHECK");
	ok(delegate_remove(&want, fixture.store, NULL, &fixture.err) == 0 && logged(&fixture, "DEL c eth0", true),
	   "DEL");
	ok(delegate_probe(&want, fixture.store, NULL, &fixture.err) == 0 && logged(&fixture, "STATUS", true), "STATUS");
	ok(delegate_collect(&want.delegate, &fixture.err) == 0 && logged(&fixture, "GC", true), "GC");
	(void)snprintf(want.id.container, sizeof want.id.container, "stale");
	(void)snprintf(want.netns, sizeof want.netns, "/run/netns/stale");
	ok(delegate_remove(&want, fixture.store, NULL, &fixture.err) == 0 &&
		   logged(&fixture, "DEL stale eth0 /run/netns/stale kept", true),
	   "DEL of an attachment the runtime does not name");
	fixture_close(&fixture);
}

static void test_nothing_to_delegate_is_success(void)
{
	struct fixture fixture;
	static struct attachment want;

	fixture_open(&fixture);
	make_attachment(&want, "net", "c");
	ok(delegate_ensure(&want, fixture.store, NULL, &fixture.err) == 0 &&
		   delegate_verify(&want, fixture.store, NULL, &fixture.err) == 0 &&
		   delegate_remove(&want, fixture.store, NULL, &fixture.err) == 0 &&
		   delegate_probe(&want, fixture.store, NULL, &fixture.err) == 0,
	   "all four");
	fixture_close(&fixture);
}

static void test_failures_are_passed_on_and_undone(void)
{
	static const struct {
		const char *name, *body, *msg;
		int code;
	} cases[] = {
		{"its own error",
		 "[ $CNI_COMMAND = DEL ] || { echo '{\"code\": 142, \"msg\": \"no lease\", \"details\": "
		 "\"asked twice\"}'; exit 1; }",
		 "other: code 142: no lease", ERROR_DELEGATE},
		{"an error that looks like one of ours",
		 "[ $CNI_COMMAND = DEL ] || { echo '{\"code\": 108, \"msg\": \"no lease\"}'; exit 1; }",
		 "other: code 108: no lease", ERROR_DELEGATE},
		{"an error of the specification",
		 "[ $CNI_COMMAND = DEL ] || { echo '{\"code\": 11, \"msg\": \"no lease\"}'; exit 1; }", "no lease", 11},
		{"no error object", "[ $CNI_COMMAND = DEL ] || exit 3", "exit status 3", ERROR_DELEGATE},
		{"killed", "[ $CNI_COMMAND = DEL ] || kill -9 $$", "signal 9", ERROR_DELEGATE},
		{"no JSON", "echo hello", "no JSON", ERROR_DELEGATE},
		{"no addresses", "echo '{\"cniVersion\": \"1.1.0\"}'", "missing IP config", ERROR_DELEGATE},
		{"endless output", "[ $CNI_COMMAND = DEL ] || yes", "more than", ERROR_DELEGATE},
	};
	static struct attachment want;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fixture fixture;

		fixture_open(&fixture);
		install(&fixture, "other", cases[i].body);
		wish(&want, &fixture, "other");
		ok(lease_ensure(&want, fixture.store, NULL, &fixture.err) == 0 &&
			   delegate_ensure(&want, fixture.store, NULL, &fixture.err) < 0,
		   cases[i].name);
		ok(strstr(fixture.err.msg, cases[i].msg) != NULL, cases[i].msg);
		is_int(failed_with(&fixture), cases[i].code, "its code");
		ok(!logged(&fixture, "DEL c eth0", true), "its DEL is the undo's business");
		(void)delegate_remove(&want, fixture.store, NULL, &fixture.err);
		ok(logged(&fixture, "DEL c eth0", true), "and is run by it");
		fixture_close(&fixture);
	}
}

static void test_what_is_no_plugin_is_not_run(void)
{
	static const char *const names[] = {"missing", "../other", "/bin/sh", "..", "directory"};
	struct fixture fixture;
	static struct attachment want;
	char path[128];

	fixture_open(&fixture);
	install(&fixture, "other", "true");
	(void)snprintf(path, sizeof path, "%s/directory", fixture.dir);
	ok(mkdir(path, 0700) == 0, "a directory in the path");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		wish(&want, &fixture, names[i]);
		ok(delegate_ensure(&want, fixture.store, NULL, &fixture.err) < 0 && strstr(fixture.err.msg, names[i]) &&
			   fixture.err.errnum != ENOENT, /* which would mean that there is nothing left to remove */
		   names[i]);
		(void)failed_with(&fixture);
	}
	install(&fixture, "unfit", "true");
	(void)snprintf(path, sizeof path, "%s/unfit", fixture.dir);
	ok(chmod(path, 0600) == 0, "one that cannot be executed");
	wish(&want, &fixture, "unfit");
	ok(delegate_probe(&want, fixture.store, NULL, &fixture.err) < 0 && fixture.err.errnum == PROGRAM_NOT_RUN &&
		   strstr(fixture.err.msg, "Permission denied") && failed_with(&fixture) == ERROR_DELEGATE,
	   "is an error that says why");
	ok(!logged(&fixture, "", false), "nothing ran");
	(void)snprintf(path, sizeof path, "%s/orphan", fixture.dir);
	ok(file_write(AT_FDCWD, path, "#!/nowhere/sh\n", 14, &fixture.err) == 0 && chmod(path, 0700) == 0,
	   "one whose interpreter is missing");
	wish(&want, &fixture, "orphan");
	ok(delegate_remove(&want, fixture.store, NULL, &fixture.err) == 0 && fixture.err.warning[0] != '\0',
	   "has given nothing that a record knows of");
	want.address_count = 1;
	ok(delegate_remove(&want, fixture.store, NULL, &fixture.err) < 0 && fixture.err.errnum == PROGRAM_NOT_RUN &&
		   strstr(fixture.err.msg, "No such file") && failed_with(&fixture) == ERROR_DELEGATE,
	   "is an error and not gone");
	fixture_close(&fixture);
}

static int run(const char *script, size_t input_length, unsigned wait_ms, char **output, size_t *length,
	       struct error *err)
{
	static char input[900000];
	char path[] = "/tmp/cambric-test-XXXXXX";
	int fd = mkstemp(path), status = -1;

	memset(input, 'x', sizeof input);
	if (fd < 0 || write(fd, script, strlen(script)) < 0 || fchmod(fd, 0700) < 0)
		abort();
	close(fd);
	const struct program program = {.path = path,
					.environment = environment,
					.input = input,
					.input_length = input_length,
					.wait_ms = wait_ms};
	*output = NULL;
	int result = program_run(&program, output, length, &status, err);
	unlink(path);
	return result < 0 ? -1 : status;
}

static void test_program_limits(void)
{
	struct error err = ERROR_INIT;
	char *output;
	size_t length = 0;

	is_int(run("#!/bin/sh\ncat; cat /dev/null", 900000, 5000, &output, &length, &err), 0, "large input and output");
	is_int(length, 900000, "all of it");
	cleanup_free(&output);
	is_int(run("#!/bin/sh\nexec sleep 100", 0, 100, &output, &length, &err), -1, "too slow");
	ok(err.errnum == ETIMEDOUT && err.code == ERROR_DELEGATE, "says so");
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "and nobody is left");
	err = (struct error)ERROR_INIT;
	is_int(run("#!/bin/sh\nsleep 1 &\necho done", 0, 900, &output, &length, &err), 0, "a grandchild keeps stdout");
	is_text(output ? output : "", "done\n", "it is not waited for");
	cleanup_free(&output);
	is_int(run("#!/bin/sh\nexec >&-\nexit 7", 0, 5000, &output, &length, &err), 7 << 8, "stdout closed early");
	cleanup_free(&output);
}

/** run_until_killed() - a child that runs a program and is killed meanwhile. Return: the program's end, as of wait(2) */
static int run_until_killed(void)
{
	char path[] = "/tmp/cambric-test-XXXXXX", script[96], *output;
	int fd = mkstemp(path), status = -1;
	struct error err = ERROR_INIT;
	size_t length;

	close(fd);
	(void)unlink(path);
	(void)snprintf(script, sizeof script, "#!/bin/sh\nrm -f \"$0\"\n: >%s\nexec sleep 5", path);
	(void)fflush(NULL); /* or the child would print what is buffered once more */
	pid_t child = fork();
	if (child == 0)
		_exit(run(script, 0, 10000, &output, &length, &err));
	for (int i = 0; i < 5000 && access(path, F_OK) < 0; i++)
		(void)usleep(1000);
	ok(unlink(path) == 0 && kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child, "killed while it runs");
	(void)waitpid(-1, &status, 0);
	return status;
}

static void test_nothing_works_on_for_a_killed_one(void)
{
	ok(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "orphans become ours");
	int status = run_until_killed();
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the program dies with whom it worked for");
}

int main(void)
{
	test_add_takes_the_answer_and_records_it();
	test_nothing_to_delegate_is_success();
	test_failures_are_passed_on_and_undone();
	test_what_is_no_plugin_is_not_run();
	test_program_limits();
	test_nothing_works_on_for_a_killed_one();
	return done();
}
