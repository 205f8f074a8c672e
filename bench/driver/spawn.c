/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Spawn, wait, and what was printed; input and output are memory files, so that no pipe can fill up. */
#include "bench/driver/spawn.h"

#include "base/cleanup.h"

#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

uint64_t now_us(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

_Noreturn void fail(const char *format, ...)
{
	va_list arguments;

	(void)fputs("bench: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputs("\n", stderr);
	exit(EXIT_FAILURE);
}

char *text_of(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		fail("no memory");
	return text;
}

static int file_with(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || lseek(fd, 0, SEEK_SET) != 0)
		fail("memory file: %s", strerror(errno));
	return fd;
}

static char *text_in(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		fail("memory file: %s", strerror(errno));
	char *text = calloc(1, (size_t)status.st_size + 1);
	if (!text || pread(fd, text, (size_t)status.st_size, 0) != status.st_size)
		fail("memory file: %s", strerror(errno));
	return text;
}

int spawn_run(char *const arguments[], char *const environment[], const char *input, char **output)
{
	posix_spawn_file_actions_t actions;
	AUTO_CLOSE int in = file_with(input);
	AUTO_CLOSE int out = file_with("");
	int status;
	pid_t pid;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	errno = posix_spawn(&pid, arguments[0], &actions, NULL, arguments, environment);
	if (errno != 0 || waitpid(pid, &status, 0) != pid)
		fail("%s: %s", arguments[0], strerror(errno));
	(void)posix_spawn_file_actions_destroy(&actions);
	*output = text_in(out);
	return status;
}

void spawn_adopt(void)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		fail("become the parent of orphans: %s", strerror(errno));
}

void spawn_settle(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}
