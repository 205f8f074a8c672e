/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One process per attachment; they wait at a gate, which is a pipe that the driver closes. */
#include "bench/driver/burst.h"

#include "bench/driver/chain.h"
#include "bench/driver/look.h"
#include "bench/driver/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ADD, DEL, LOOK, GATES, VERBS = LOOK, LOOK_AT_WORKERS_MS = 100 };

/** struct span - when a verb of one worker began and ended; in memory that driver and workers share */
struct span {
	uint64_t start[VERBS], end[VERBS];
};

/** struct gates - per step: workers read @wait until the driver closes @open; each says on @done[1] that it is through */
struct gates {
	int wait[GATES], open[GATES], done[2];
};

static void make_gates(struct gates *gates)
{
	for (size_t i = 0; i < GATES; i++) {
		int ends[2];
		if (pipe2(ends, O_CLOEXEC) < 0)
			fail("pipe: %s", strerror(errno));
		gates->wait[i] = ends[0];
		gates->open[i] = ends[1];
	}
	if (pipe2(gates->done, O_CLOEXEC) < 0)
		fail("pipe: %s", strerror(errno));
}

static void close_gates(const struct gates *gates)
{
	for (size_t i = 0; i < GATES; i++)
		(void)close(gates->wait[i]);
	(void)close(gates->done[0]);
	(void)close(gates->done[1]);
}

/** pass() - a worker says that it is through with what came before and waits for the next gate */
static void pass(const struct gates *gates, size_t gate)
{
	char byte = 0;

	if (write(gates->done[1], &byte, 1) != 1 || read(gates->wait[gate], &byte, 1) != 0)
		fail("gate: %s", strerror(errno));
}

static _Noreturn void work(const struct gates *gates, const struct competitor *competitor, unsigned number,
			   struct span *span)
{
	struct chain chain;

	for (size_t i = 0; i < GATES; i++)
		(void)close(gates->open[i]);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		fail("prctl: %s", strerror(errno));
	spawn_adopt();
	chain_init(&chain, competitor, number, NULL);
	pass(gates, ADD);
	(void)chain_add(&chain);
	span->start[ADD] = chain.start;
	span->end[ADD] = chain.end;
	pass(gates, DEL);
	(void)chain_del(&chain);
	look_for_no_link(&chain);
	span->start[DEL] = chain.start;
	span->end[DEL] = chain.end;
	pass(gates, LOOK);
	look_for_nothing(&chain);
	spawn_settle();
	chain_free(&chain);
	exit(EXIT_SUCCESS);
}

/** await() - until all workers have come to the next gate; one that ends before that has failed, and so has the bench */
static void await(const struct gates *gates, unsigned count)
{
	struct pollfd through = {.fd = gates->done[0], .events = POLLIN};
	char byte;

	for (unsigned i = 0; i < count; i++) {
		while (poll(&through, 1, LOOK_AT_WORKERS_MS) <= 0)
			if (waitpid(-1, NULL, WNOHANG) != 0)
				fail("a run of a burst failed");
		if (read(gates->done[0], &byte, 1) != 1)
			fail("a run of a burst failed");
	}
}

static void collect(struct burst *burst, const struct span spans[], unsigned count)
{
	struct series *series[VERBS] = {&burst->adds, &burst->dels};
	uint64_t *walls[VERBS] = {&burst->add_wall, &burst->del_wall};

	for (size_t verb = 0; verb < VERBS; verb++) {
		uint64_t first = UINT64_MAX, last = 0;
		for (unsigned i = 0; i < count; i++) {
			first = spans[i].start[verb] < first ? spans[i].start[verb] : first;
			last = spans[i].end[verb] > last ? spans[i].end[verb] : last;
			series_add(series[verb], (uint32_t)(spans[i].end[verb] - spans[i].start[verb]));
		}
		*walls[verb] += last - first;
	}
}

static void reap(unsigned count)
{
	int status;

	for (unsigned i = 0; i < count; i++)
		if (wait(&status) < 0 || status != 0)
			fail("a run of a burst failed");
}

void burst_run(struct burst *burst, const struct competitor *competitor, unsigned at_once)
{
	const size_t length = at_once * sizeof(struct span);
	struct span *spans = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct gates gates;

	if (spans == MAP_FAILED)
		fail("shared memory: %s", strerror(errno));
	make_gates(&gates);
	(void)fflush(stdout);
	for (unsigned i = 0; i < at_once; i++) {
		pid_t pid = fork();
		if (pid < 0)
			fail("fork: %s", strerror(errno));
		if (pid == 0)
			work(&gates, competitor, i, &spans[i]);
	}
	for (size_t i = 0; i < GATES; i++) {
		await(&gates, at_once);
		(void)close(gates.open[i]);
	}
	reap(at_once);
	close_gates(&gates);
	collect(burst, spans, at_once);
	(void)munmap(spans, length);
}

static void print_rate(const char *who, const char *what, size_t count, uint64_t wall)
{
	(void)printf("%s\t%s\t%.1f\n", who, what, (double)count * 1e6 / (double)wall);
}

void burst_print(struct burst *burst, const char *who)
{
	print_rate(who, "ADD/s", burst->adds.count, burst->add_wall);
	print_rate(who, "DEL/s", burst->dels.count, burst->del_wall);
	series_print(&burst->adds, who, "ADD");
	series_print(&burst->dels, who, "DEL");
}
