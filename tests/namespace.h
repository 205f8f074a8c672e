/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces for tests that talk to the kernel: made here, gone with the process. */
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** namespace_new() - enter a fresh network namespace. Return: its descriptor, -1: not permitted */
static inline int namespace_new(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

/** write_text() - to a file that exists */
static inline bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool success = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return success;
}

/** namespace_first() - as namespace_new(), where the caller is not root as root of a user namespace around it */
static inline int namespace_first(void)
{
	char map[64];

	if (geteuid() == 0)
		return namespace_new();
	(void)snprintf(map, sizeof map, "0 %u 1", (unsigned)geteuid());
	if (unshare(CLONE_NEWUSER) < 0 || !write_text("/proc/self/setgroups", "deny") ||
	    !write_text("/proc/self/uid_map", map))
		return -1;
	return namespace_new();
}

/** run() - a shell command. Return: whether it succeeded */
__attribute__((format(printf, 1, 2))) static inline bool run(const char *format, ...)
{
	char command[1024];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(command, sizeof command, format, arguments);
	va_end(arguments);
	int status = -1;
	(void)fflush(NULL); /* or the child would print what is buffered once more */
	pid_t child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/** run_in() - a shell command in another namespace; comes home again */
static inline bool run_in(int namespace, int home, const char *command)
{
	if (setns(namespace, CLONE_NEWNET) < 0)
		return false;
	bool success = run("%s", command);
	return setns(home, CLONE_NEWNET) == 0 && success;
}
