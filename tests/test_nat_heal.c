/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table that others flush, or fill with what no record explains. */
#include "nat/ruleset.h"
#include "tests/nat_table.h"

static void test_exclusions_that_hold_each_other(void)
{
	struct error err = ERROR_INIT;
	struct attachment *wide = attachment_make("net", "wide", 2), *narrow = attachment_make("net", "narrow", 3);

	exclude(wide, "10.0.0.0/8");
	exclude(wide, "10.9.0.0/16");
	exclude(narrow, "10.9.0.0/16");
	ok(attach(wide, &err), "exclusions: a list that holds itself");
	show(&err);
	ok(!nft_says("set inet cambric nomasq4", "10.9.0.0"), "exclusions: what is covered is left out");
	ok(attach(narrow, &err), "exclusions: narrower ones after wider ones");
	show(&err);
	ok(nat_verify(narrow, store, &kernel, &err) == 0, "exclusions: covered is as good as there");
	show(&err);
	ok(nat_rebuild(store, &kernel, false, &err) == 0, "exclusions: rebuild with both");
	show(&err);
	ok(nat_verify(wide, store, &kernel, &err) == 0 && nat_verify(narrow, store, &kernel, &err) == 0,
	   "exclusions: both whole after the rebuild");
	show(&err);
	ok(detach(wide, &err), "exclusions: the wider list leaves");
	show(&err);
	ok(!nft_says("set inet cambric nomasq4", "10.0.0.0/8"), "exclusions: it is gone");
	ok(nft_says("set inet cambric nomasq4", "10.77.0.0/16 . 10.9.0.0/16"), "exclusions: what it covered is back");
	ok(nat_verify(narrow, store, &kernel, &err) == 0, "exclusions: the narrower one is whole");
	show(&err);
	ok(detach(narrow, &err), "exclusions: the last leaves");
	ok(!nft_says("table inet cambric", "elements"), "exclusions: nothing is left");
	free(wide);
	free(narrow);
}

/** test_exclusions_that_grow() - of two that begin or end alike the kernel takes no second one, wide or narrow */
static void test_exclusions_that_grow(void)
{
	struct error err = ERROR_INIT;
	struct attachment *narrow = attachment_make("net", "narrow", 2), *wide = attachment_make("net", "wide", 3);

	exclude(narrow, "172.16.0.0/16");
	exclude(narrow, "192.168.255.0/24");
	exclude(wide, "172.16.0.0/12");
	exclude(wide, "192.168.0.0/16");
	ok(attach(narrow, &err), "grown: before");
	ok(attach(wide, &err), "grown: a wider exclusion that begins or ends like a narrow one");
	show(&err);
	ok(nft_says("set inet cambric nomasq4", "10.77.0.0/16 . 172.16.0.0/12"), "grown: it is there");
	ok(nat_verify(narrow, store, &kernel, &err) == 0 && nat_verify(wide, store, &kernel, &err) == 0,
	   "grown: both are whole");
	show(&err);
	ok(nat_rebuild(store, &kernel, false, &err) == 0 && nat_verify(narrow, store, &kernel, &err) == 0,
	   "grown: after a rebuild, too");
	ok(detach(wide, &err), "grown: the wider list leaves");
	ok(nft_says("set inet cambric nomasq4", "10.77.0.0/16 . 172.16.0.0/16"), "grown: the narrow one is back");
	ok(detach(narrow, &err) && !nft_says("table inet cambric", "elements"), "grown: nothing is left");
	show(&err);
	free(narrow);
	free(wide);
}

/** test_what_no_record_explains() - the store says whose a port is; elements that say otherwise go */
static void test_what_no_record_explains(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2), *two = attachment_make("net", "two", 3);

	attachment_port(one, IPPROTO_TCP, "", 8080, 80, 1);
	attachment_port(two, IPPROTO_TCP, "", 8081, 80, 1);
	ok(attach(one, &err), "leaked: an attachment");
	ok(run("nft 'add element inet cambric dnat4a { tcp . 8081 : 10.77.9.9 . 80 }'"),
	   "leaked: a port that leads to nobody");
	ok(attach(two, &err), "leaked: who leases it gets it");
	show(&err);
	ok(nft_says("map inet cambric dnat4a", "tcp . 8081 : 10.77.0.3 . 80"), "leaked: it leads there");
	ok(nat_verify(one, store, &kernel, &err) == 0 && nat_verify(two, store, &kernel, &err) == 0,
	   "leaked: both are whole");
	show(&err);
	ok(detach(one, &err) && detach(two, &err), "leaked: clean up");
	ok(run("nft 'add element inet cambric masq4 { 10.77.3.0-10.78.3.0 }'"), "leaked: a source that overlaps");
	ok(attach(two, &err) && nat_verify(two, store, &kernel, &err) == 0, "leaked: it goes");
	ok(!nft_says("set inet cambric masq4", "10.78"), "leaked: and is not there any more");
	ok(detach(two, &err), "leaked: clean up again");
	show(&err);
	free(one);
	free(two);
}

/** heals() - after @damage, attaching @two puts back what @one had */
static void heals(const char *damage, struct attachment *one, struct attachment *two)
{
	struct error err = ERROR_INIT;
	char name[128];

	(void)run("nft '%s'", damage);
	(void)snprintf(name, sizeof name, "heal: ensure after \"%s\"", damage);
	ok(nat_ensure(two, store, &kernel, &err) == 0, name);
	show(&err);
	ok(nat_verify(one, store, &kernel, &err) == 0 && nat_verify(two, store, &kernel, &err) == 0,
	   "heal: both attachments are whole");
	show(&err);
}

static void test_rebuild_heals_everybody(void)
{
	struct error err = ERROR_INIT;
	struct attachment *one = attachment_make("net", "one", 2), *two = attachment_make("other", "two", 3),
			  *gone = attachment_make("net", "gone", 4);

	attachment_port(one, IPPROTO_TCP, "", 8080, 80, 1);
	attachment_port(gone, IPPROTO_TCP, "", 8888, 80, 1);
	ok(attach(one, &err) && attach(two, &err) && attach(gone, &err), "heal: three attachments");
	gone->state = ATTACHMENT_REMOVING;
	ok(record_update(store, gone, &err) == 0, "heal: one is being removed");
	heals("flush ruleset", one, two);
	ok(!nft_says("map inet cambric dnat4a", "8888"), "heal: what is being removed does not come back");
	heals("delete table inet cambric", one, two);
	heals("delete table inet cambric; add table inet cambric", one, two);
	heals("add set inet cambric attached_5 { type ifname; }; delete set inet cambric attached_6", one, two);
	(void)run("nft flush ruleset");
	ok(nat_remove(gone, store, &kernel, &err) == 0, "heal: a removal that meets no table");
	ok(nat_verify(one, store, &kernel, &err) == 0 && nat_verify(two, store, &kernel, &err) == 0,
	   "heal: rebuilds it for those who stay");
	show(&err);
	ok(detach(gone, &err) && detach(one, &err) && detach(two, &err), "heal: clean up");
	show(&err);
	(void)run("nft flush ruleset");
	ok(nat_remove(one, store, &kernel, &err) == 0 && run("test -z \"$(nft list ruleset)\""),
	   "heal: a removal makes no table for nobody");
	free(one);
	free(two);
	free(gone);
}

/* A setting of this namespace alone, that means nothing else here: 1 while the flusher is to go on */
static const char FLUSHING[] = "/proc/sys/net/ipv4/conf/lo/tag";

/** start_flusher() - a child that flushes the ruleset until it is told to stop, 2000 times at most */
static pid_t start_flusher(void)
{
	enum { ROUNDS = 2000 };

	(void)write_text(FLUSHING, "1");
	(void)fflush(NULL);
	pid_t child = fork();
	if (child != 0)
		return child;
	for (int i = 0; i < ROUNDS && run("grep -q 1 %s", FLUSHING); i++)
		(void)run("nft flush ruleset");
	_exit(0);
}

/** test_flushed_again_and_again() - somebody flushes every few milliseconds while attachments come and go */
static void test_flushed_again_and_again(void)
{
	enum { ATTACHMENTS = 40 };
	struct error err = ERROR_INIT;
	struct attachment *stays = attachment_make("net", "stays", 2);
	int failures = 0;

	attachment_port(stays, IPPROTO_TCP, "", 8080, 80, 1);
	ok(attach(stays, &err), "flushed: one stays");
	pid_t flusher = start_flusher();
	for (unsigned i = 0; i < ATTACHMENTS; i++) {
		struct attachment *passing = attachment_make("other", "passing", 3 + i);
		attachment_port(passing, IPPROTO_TCP, "", (uint16_t)(9000 + i), 80, 1);
		failures += !attach(passing, &err) || !detach(passing, &err);
		free(passing);
	}
	(void)write_text(FLUSHING, "0");
	(void)waitpid(flusher, NULL, 0);
	is_int(failures, 0, "flushed: nobody fails");
	show(&err);
	ok(nat_ensure(stays, store, &kernel, &err) == 0 && nat_verify(stays, store, &kernel, &err) == 0,
	   "flushed: the one that stays is whole");
	ok(!nft_says("map inet cambric dnat4a", "tcp . 90"), "flushed: those that left are gone");
	ok(detach(stays, &err), "flushed: clean up");
	show(&err);
	free(stays);
}

int main(void)
{
	if (!nat_open())
		return done();
	test_exclusions_that_hold_each_other();
	test_exclusions_that_grow();
	test_what_no_record_explains();
	test_rebuild_heals_everybody();
	test_flushed_again_and_again();
	nat_close();
	return done();
}
