/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a runtime waits for ADD, CHECK and DEL: the driver of the bench.
 *
 *	measure turns ROUNDS PODS COMPETITOR...      one after the other, interleaved: A B A B
 *	measure under PROGRAM ROUNDS COMPETITOR      each plugin run by PROGRAM; prints nothing
 *	measure burst ROUNDS AT_ONCE COMPETITOR...   AT_ONCE ADDs together, then as many DELs; ROUNDS of each in all
 *	measure fill FIRST COUNT COMPETITOR          ADD for pods FIRST to FIRST + COUNT - 1, which stay
 *
 * COMPETITOR is a file (bench/driver/competitor.h); namespaces /run/netns/pod0, pod1, ... have to be there. Results go to
 * stdout (bench/driver/series.h), in microseconds from the spawn of the first plugin to the end of the last.
 */
#include "bench/driver/burst.h"
#include "bench/driver/chain.h"
#include "bench/driver/look.h"
#include "bench/driver/series.h"
#include "bench/driver/spawn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COMPETITORS = 8 };

/** struct figures - of one competitor in turns */
struct figures {
	struct series adds, checks, dels;
	char *complaint;
};

/** turn() - one attachment comes, is checked and goes */
static void turn(struct figures *figures, const struct competitor *competitor, unsigned number, bool first,
		 const char *under)
{
	struct chain chain;

	chain_init(&chain, competitor, number, under);
	series_add(&figures->adds, chain_add(&chain));
	if (first)
		look_for(&chain);
	if (competitor->checks)
		series_add(&figures->checks, chain_check(&chain));
	if (chain.complaint && !figures->complaint)
		figures->complaint = text_of("%s", chain.complaint);
	series_add(&figures->dels, chain_del(&chain));
	look_for_nothing(&chain);
	/* What the kernel still does for the DEL is not charged to the next ADD */
	spawn_settle();
	chain_free(&chain);
}

static void print_figures(struct figures *figures, const char *who)
{
	series_print(&figures->adds, who, "ADD");
	series_print(&figures->checks, who, "CHECK");
	series_print(&figures->dels, who, "DEL");
	if (figures->complaint)
		(void)printf("%s\tcomplaint\t%s\n", who, figures->complaint);
	free(figures->complaint);
}

static unsigned number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || value > 60000)
		fail("\"%s\" is not a number up to 60000", text);
	return (unsigned)value;
}

/** read_all() - competitors from the command line. Return: how many */
static size_t read_all(struct competitor competitors[static MAX_COMPETITORS], char *files[])
{
	size_t count = 0;

	for (; files[count]; count++) {
		if (count == MAX_COMPETITORS)
			fail("%d competitors at most", MAX_COMPETITORS);
		competitor_read(&competitors[count], files[count]);
	}
	return count;
}

static void turns(char *arguments[])
{
	const unsigned rounds = number(arguments[0]), pods = number(arguments[1]);
	struct figures figures[MAX_COMPETITORS] = {0};
	struct competitor competitors[MAX_COMPETITORS];
	const size_t count = read_all(competitors, arguments + 2);

	for (unsigned round = 0; round < rounds; round++)
		for (size_t i = 0; i < count; i++)
			turn(&figures[i], &competitors[i], round % pods, round == 0, NULL);
	for (size_t i = 0; i < count; i++)
		print_figures(&figures[i], competitors[i].name);
}

static void under(char *arguments[])
{
	struct figures figures = {0};
	struct competitor competitor;

	competitor_read(&competitor, arguments[2]);
	for (unsigned round = 0; round < number(arguments[1]); round++)
		turn(&figures, &competitor, 0, false, arguments[0]);
}

static void bursts(char *arguments[])
{
	const unsigned rounds = number(arguments[0]), at_once = number(arguments[1]);
	struct burst figures[MAX_COMPETITORS] = {0};
	struct competitor competitors[MAX_COMPETITORS];
	const size_t count = read_all(competitors, arguments + 2);

	for (unsigned done = 0; done < rounds; done += at_once)
		for (size_t i = 0; i < count; i++)
			burst_run(&figures[i], &competitors[i], at_once);
	for (size_t i = 0; i < count; i++)
		burst_print(&figures[i], competitors[i].name);
}

static void fill(char *arguments[])
{
	const unsigned first = number(arguments[0]), count = number(arguments[1]);
	struct competitor competitor;
	struct chain chain;

	competitor_read(&competitor, arguments[2]);
	for (unsigned i = first; i < first + count; i++) {
		chain_init(&chain, &competitor, i, NULL);
		(void)chain_add(&chain);
		chain_free(&chain);
	}
}

int main(int argc, char *argv[])
{
	static const struct {
		const char *name;
		int least;
		void (*act)(char *arguments[]);
	} commands[] = {{"turns", 3, turns}, {"under", 3, under}, {"burst", 3, bursts}, {"fill", 3, fill}};

	spawn_adopt();
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (argc - 2 < commands[i].least || strcmp(argv[1], commands[i].name) != 0)
			continue;
		commands[i].act(argv + 2);
		return EXIT_SUCCESS;
	}
	fail("turns ROUNDS PODS | under PROGRAM ROUNDS | burst ROUNDS AT_ONCE | fill FIRST COUNT, then COMPETITOR...");
}
