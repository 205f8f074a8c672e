/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a runtime waits for ADD, CHECK and DEL: verbs PLUGIN CONFIG ROUNDS CONTAINER...
 *
 * Each container is a namespace at /run/netns/NAME. One round attaches, checks and detaches one of them
 * and, 40 ms later, starts /bin/true, interleaved, so that a noisy machine is noisy for all four. Prints percentiles in
 * microseconds, from the fork to the end of the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ROUNDS = 10000, TEXT_SIZE = 65536, LATER_SIZE = 3 * TEXT_SIZE, VARIABLE_SIZE = 256 };

/** struct series - the times of one verb, microseconds */
struct series {
	const char *name;
	uint32_t times[MAX_ROUNDS];
	size_t count;
};

static uint64_t now_us(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static _Noreturn void fail(const char *what)
{
	(void)fprintf(stderr, "verbs: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/** file_with() - an open file with this text, at its start */
static int file_with(const char *text)
{
	int fd = memfd_create("input", 0);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || lseek(fd, 0, SEEK_SET) != 0)
		fail("input");
	return fd;
}

/** run() - a program to its end. Return: microseconds */
static uint32_t run(const char *program, char *environment[], const char *input, int output)
{
	char *arguments[] = {(char *)(uintptr_t)program, NULL};
	posix_spawn_file_actions_t actions;
	int in = file_with(input), status;
	pid_t pid;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	uint64_t start = now_us();
	errno = posix_spawn(&pid, program, &actions, NULL, arguments, environment);
	if (errno != 0 || waitpid(pid, &status, 0) != pid)
		fail(program);
	uint64_t end = now_us();
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(in);
	if (status != 0) {
		errno = ECANCELED;
		fail(environment[0]);
	}
	return (uint32_t)(end - start);
}

/** call() - one verb for one container. @result: what it printed */
static uint32_t call(const char *plugin, const char *verb, const char *container, const char *config, char *result)
{
	char variables[5][VARIABLE_SIZE], *environment[6] = {0};
	int output = file_with("");

	(void)snprintf(variables[0], VARIABLE_SIZE, "CNI_COMMAND=%s", verb);
	(void)snprintf(variables[1], VARIABLE_SIZE, "CNI_CONTAINERID=%s", container);
	(void)snprintf(variables[2], VARIABLE_SIZE, "CNI_NETNS=/run/netns/%s", container);
	(void)snprintf(variables[3], VARIABLE_SIZE, "CNI_IFNAME=eth0");
	(void)snprintf(variables[4], VARIABLE_SIZE, "CNI_PATH=/opt/cni/bin");
	for (size_t i = 0; i < 5; i++)
		environment[i] = variables[i];
	uint32_t time = run(plugin, environment, config, output);
	ssize_t length = pread(output, result, TEXT_SIZE - 1, 0);
	result[length < 0 ? 0 : length] = '\0';
	(void)close(output);
	return time;
}

static int compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static void print(struct series *series)
{
	qsort(series->times, series->count, sizeof *series->times, compare);
	(void)printf("%-10s p50 %6u   p95 %6u   p99 %6u us   (%zu runs)\n", series->name,
		     series->times[series->count / 2], series->times[series->count * 95 / 100],
		     series->times[series->count * 99 / 100], series->count);
}

static void add(struct series *series, uint32_t time)
{
	series->times[series->count++] = time;
}

/** with_result() - the configuration with the ADD's result as prevResult, as CHECK and DEL get it */
static void with_result(const char *config, const char *result, char *text)
{
	size_t length = strlen(config);

	while (length > 0 && config[length - 1] != '}')
		length--;
	(void)snprintf(text, LATER_SIZE, "%.*s, \"prevResult\": %s}", (int)length - 1, config,
		       result); /* prevResult goes in before the last brace */
}

int main(int argc, char *argv[])
{
	static struct series adds = {.name = "ADD"}, checks = {.name = "CHECK"}, dels = {.name = "DEL"},
			     floors = {.name = "/bin/true"};
	static char result[TEXT_SIZE], later[LATER_SIZE], ignored[TEXT_SIZE];
	const struct timespec settle = {.tv_nsec = 40000000};
	char *none[] = {NULL};

	if (argc < 5 || strtol(argv[3], NULL, 10) < 1 || strtol(argv[3], NULL, 10) > MAX_ROUNDS)
		return (void)fprintf(stderr, "usage: verbs PLUGIN CONFIG ROUNDS CONTAINER...\n"), EXIT_FAILURE;
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	for (long i = 0; i < strtol(argv[3], NULL, 10); i++) {
		const char *container = argv[4 + i % (argc - 4)];
		add(&adds, call(argv[1], "ADD", container, argv[2], result));
		with_result(argv[2], result, later);
		add(&checks, call(argv[1], "CHECK", container, later, ignored));
		add(&dels, call(argv[1], "DEL", container, later, ignored));
		/* What the kernel still does for the DEL is not charged to the next ADD */
		(void)nanosleep(&settle, NULL);
		add(&floors, run("/bin/true", none, "", nowhere));
	}
	print(&adds);
	print(&checks);
	print(&dels);
	print(&floors);
	return EXIT_SUCCESS;
}
