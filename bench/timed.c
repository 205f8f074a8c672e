/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timed FILE PROGRAM ARGUMENTS... - run a program; append "microseconds kilobytes" to FILE: how long it took, and the peak
 * resident size of the largest of its processes.
 *
 * Ends when all that the program left behind has ended, too, and with the status of the program. The kernel counts the
 * size of the process that spawned it to the program's (fs/exec.c, exec_mmap), so this one is small.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (long long)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

int main(int argc, char *argv[])
{
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 3 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return (void)fprintf(stderr, "usage: timed FILE PROGRAM ARGUMENTS...\n"), EXIT_FAILURE;
	const long long start = now_us();
	errno = posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ);
	if (errno != 0 || wait4(pid, &status, 0, &usage) != pid)
		return (void)fprintf(stderr, "timed: %s: %s\n", argv[2], strerror(errno)), EXIT_FAILURE;
	const long long end = now_us();
	while (wait(NULL) > 0 || errno == EINTR)
		;
	FILE *file = fopen(argv[1], "ae");
	if (!file || fprintf(file, "%lld %ld\n", end - start, usage.ru_maxrss) < 0 || fclose(file) != 0)
		return (void)fprintf(stderr, "timed: %s: %s\n", argv[1], strerror(errno)), EXIT_FAILURE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
