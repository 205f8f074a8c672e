/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run another program. Its input is a file in memory, so only its output has to be watched. */
#include "ipam/program.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { READ_SIZE = 16384, GROWTH = 4 * READ_SIZE, MS_PER_S = 1000, NS_PER_MS = 1000000, EXIT_NOT_STARTED = 127 };

/** struct child - a running program; descriptors are -1 when closed */
struct child {
	pid_t pid;
	int process, output, failure;
};

#define NO_CHILD                                                                                                       \
	{                                                                                                              \
		.pid = -1, .process = -1, .output = -1, .failure = -1                                                  \
	}

/** cleanup_child() - nobody is left behind: what still runs is killed, and waited for */
static void cleanup_child(struct child *child)
{
	int saved = errno;

	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL);
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	cleanup_close(&child->process);
	cleanup_close(&child->output);
	cleanup_close(&child->failure);
	errno = saved;
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

void inherited_save(struct inherited *inherited)
{
	(void)sigprocmask(SIG_BLOCK, NULL, &inherited->mask);
	(void)sigaction(SIGPIPE, NULL, &inherited->pipe);
	(void)sigaction(SIGXFSZ, NULL, &inherited->filesize);
	(void)getrlimit(RLIMIT_CORE, &inherited->core);
	inherited->file_mask = umask(0); /* the only way to read it */
	(void)umask(inherited->file_mask);
}

static void restore(const struct inherited *inherited)
{
	if (!inherited)
		return;
	(void)umask(inherited->file_mask);
	(void)setrlimit(RLIMIT_CORE, &inherited->core);
	(void)sigaction(SIGPIPE, &inherited->pipe, NULL);
	(void)sigaction(SIGXFSZ, &inherited->filesize, NULL);
	(void)sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
}

/** start_in_child() - never returns; the errno of a failure goes to @failure, which a success closes */
static _Noreturn void start_in_child(const struct program *program, pid_t parent, int input, int output, int failure)
{
	char *arguments[] = {program->path, NULL};

	/* Killed like us, also when that was before the kernel knew: nothing of ours works on without our locks */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_NOT_STARTED);
	if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0) {
		restore(program->inherited);
		(void)execve(program->path, arguments, program->environment);
	}
	int why = errno;
	(void)!file_write_some(failure, &why, sizeof why);
	_exit(EXIT_NOT_STARTED);
}

/** input_file() - all of the input, ready to be read */
static int input_file(const struct program *program, struct error *err)
{
	AUTO_CLOSE int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0)
		return error_set(err, ERROR_DELEGATE, errno, "input of %s", program->path);
	if (file_write_at(fd, program->input, program->input_length, 0, "input of the IPAM plugin", err) < 0)
		return -1;
	return take_fd(&fd);
}

static int start(const struct program *program, struct child *child, struct error *err)
{
	AUTO_CLOSE int input = input_file(program, err);
	int output[2], failure[2], why = 0;

	if (input < 0)
		return -1;
	if (pipe2(output, O_CLOEXEC) < 0)
		return error_set(err, ERROR_DELEGATE, errno, "run %s", program->path);
	child->output = output[0];
	AUTO_CLOSE int output_end = output[1];
	if (pipe2(failure, O_CLOEXEC) < 0)
		return error_set(err, ERROR_DELEGATE, errno, "run %s", program->path);
	child->failure = failure[0];
	int failure_end = failure[1];

	const pid_t parent = getpid();
	child->pid = fork();
	if (child->pid == 0)
		start_in_child(program, parent, input, output_end, failure_end);
	int fork_errno = errno;
	cleanup_close(&failure_end);
	if (child->pid < 0)
		return error_set(err, ERROR_DELEGATE, fork_errno, "run %s", program->path);
	if (file_read_some(child->failure, &why, sizeof why) == sizeof why) {
		(void)error_set(err, ERROR_DELEGATE, 0, "run %s: %s", program->path, strerror(why));
		err->errnum = PROGRAM_NOT_RUN;
		return -1;
	}
	/* Linux 5.3: tells when it ends without a signal */
	child->process = (int)syscall(SYS_pidfd_open, child->pid, 0);
	return child->process < 0 ? error_set(err, ERROR_DELEGATE, errno, "watch %s", program->path) : 0;
}

/** struct collected - what was printed so far */
struct collected {
	char *text;
	size_t length, room;
};

static void cleanup_collected(struct collected *collected)
{
	cleanup_free(&collected->text);
}

/** collect() - read what is there. Return: 1 for more, 0 at the end, -1 with @err set */
static int collect(const struct program *program, int fd, struct collected *into, struct error *err)
{
	if (into->length + READ_SIZE >= into->room) {
		char *larger = realloc(into->text, into->room + GROWTH);
		if (!larger)
			return error_set(err, ERROR_DELEGATE, ENOMEM, "output of %s", program->path);
		into->text = larger;
		into->room += GROWTH;
	}
	ssize_t got = read(fd, into->text + into->length, READ_SIZE);
	if (got < 0 && errno == EINTR)
		return 1;
	if (got < 0)
		return error_set(err, ERROR_DELEGATE, errno, "output of %s", program->path);
	into->length += (size_t)got;
	into->text[into->length] = '\0';
	if (into->length > PROGRAM_OUTPUT_LIMIT)
		return error_set(err, ERROR_DELEGATE, EFBIG, "%s prints more than %d bytes", program->path,
				 PROGRAM_OUTPUT_LIMIT);
	return got > 0;
}

/** watch() - collect until it has ended and everything it printed is read */
static int watch(const struct program *program, struct child *child, struct collected *into, struct error *err)
{
	struct pollfd sources[] = {
		{.fd = child->output, .events = POLLIN},
		{.fd = child->process, .events = POLLIN},
	};
	int64_t end = now_ms() + program->wait_ms;

	for (;;) {
		/* Once it has ended, only what is in the pipe already counts */
		int64_t left = sources[1].revents ? 0 : end - now_ms();
		bool ended = sources[1].revents != 0;
		int ready = poll(sources, 2, left > 0 ? (int)left : 0);

		if (ready < 0 && errno != EINTR)
			return error_set(err, ERROR_DELEGATE, errno, "wait for %s", program->path);
		if (ready > 0 && sources[0].revents) {
			int more = collect(program, child->output, into, err);
			if (more < 0)
				return -1;
			if (more == 0)
				sources[0].fd = -1; /* closed: poll() passes it over */
			continue;
		}
		if (ended)
			return 0;
		if (ready == 0 && now_ms() >= end)
			return error_set(err, ERROR_DELEGATE, ETIMEDOUT, "%s did not end within %u ms", program->path,
					 program->wait_ms);
	}
}

int program_run(const struct program *program, char **output, size_t *length, int *status, struct error *err)
{
	CLEANUP(cleanup_child) struct child child = NO_CHILD;
	CLEANUP(cleanup_collected) struct collected collected = {0};

	collected.text = calloc(1, READ_SIZE);
	collected.room = READ_SIZE;
	if (!collected.text)
		return error_set(err, ERROR_DELEGATE, ENOMEM, "run %s", program->path);
	if (start(program, &child, err) < 0 || watch(program, &child, &collected, err) < 0)
		return -1;
	pid_t pid = child.pid;
	child.pid = -1;
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, ERROR_DELEGATE, errno, "wait for %s", program->path);
	*output = collected.text;
	*length = collected.length;
	collected.text = NULL;
	return 0;
}
