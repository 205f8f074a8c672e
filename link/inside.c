/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One list of a namespace's interfaces: an alias is nothing that the kernel could be asked for. */
#include "link/inside.h"

#include "base/cleanup.h"
#include "kernel/netns.h"
#include "link/delete.h"
#include "link/recorded_netns.h"

/** struct search - for whom, and what has turned up */
struct search {
	const struct attachment *want;
	link_judge judge;
	struct link_state *found;
	bool exists;
};

static bool look(const struct link_state *link, void *argument)
{
	struct search *search = argument;

	if (!search->exists && search->judge(search->want, link)) {
		*search->found = *link;
		search->exists = true;
	}
	return !search->exists;
}

int links_find(struct rtnl *rtnl, const struct attachment *want, link_judge judge, struct link_state *found,
	       bool *exists, struct error *err)
{
	struct search search = {.want = want, .judge = judge, .found = found};

	if (links_visit(rtnl, look, &search, err) < 0)
		return -1;
	*exists = search.exists;
	return 0;
}

/** struct deletion - what is to go, and with whose sockets */
struct deletion {
	const struct link_state *link;
	struct kernel *kernel;
};

static int delete_here(void *argument, struct error *err)
{
	const struct deletion *deletion = argument;

	return link_delete(deletion->kernel, deletion->link, err);
}

int inside_delete(struct kernel *kernel, const struct link_state *link, struct error *err)
{
	/* link_delete() listens and asks where the process is at that time */
	struct kernel inside = {.host = kernel->container, .nft = kernel->nft, .container_netns = -1};
	struct deletion deletion = {.link = link, .kernel = &inside};

	return netns_visit(kernel->container_netns, delete_here, &deletion, err);
}

int inside_remove(const struct attachment *want, link_judge judge, struct kernel *kernel, struct error *err)
{
	CLEANUP(kernel_close) struct kernel visit = KERNEL_CLOSED;
	struct link_state link;
	bool exists;

	int there = recorded_netns_enter(want, &visit, err);
	if (there <= 0)
		return there;
	if (links_find(visit.container, want, judge, &link, &exists, err) < 0)
		return -1;
	if (!exists)
		return 0;
	struct kernel lent = {
		.container = visit.container, .nft = kernel->nft, .container_netns = visit.container_netns};
	return inside_delete(&lent, &link, err);
}
