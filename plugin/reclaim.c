/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proof of death before anything is taken: containerd never calls GC, so a full pool has to help itself. */
#include "plugin/reclaim.h"

#include "base/cleanup.h"
#include "link/veth.h"
#include "plugin/chain.h"

#include <string.h>

/** struct search - what a walk over the records carries along; @failure: of those that could not be detached */
struct search {
	struct run *run;
	size_t limit, reclaimed;
	struct error failure;
};

static int is_dead(const struct attachment *record, struct kernel *kernel, bool *dead, struct error *err)
{
	bool alive = false;

	if (record->state == ATTACHMENT_READY && veth_is_alive(record, kernel, &alive, err) < 0)
		return -1;
	*dead = !alive;
	return 0;
}

/** reclaim_locked() - the record is read again: it may have changed before we had the lock */
static int reclaim_locked(struct search *search, const struct attachment_id *id, struct error *err)
{
	struct run *run = search->run;
	struct error failure = ERROR_INIT;
	AUTO_FREE struct attachment *record = attachment_new(&failure);
	bool exists, dead = false;

	if (record && record_find(run->store, id, record, &exists, &failure) == 0 && exists &&
	    is_dead(record, &run->kernel, &dead, &failure) == 0 && dead && run_remove(run, id, &failure) == 0)
		search->reclaimed++;
	error_merge(err, &failure);
	return failure.code == ERROR_NONE ? 0 : -1;
}

/** is_ours_to_detach() - a delegated attachment needs the delegate of its own network's configuration */
static bool is_ours_to_detach(const struct attachment *record, const struct run *run)
{
	return chain_is_of(&record->id, run->kind->name) &&
	       (!record->delegated || strcmp(record->id.network, run->request->network.name) == 0);
}

/** visit() - one that cannot be detached must not keep the others from it */
static int visit(const struct attachment *record, void *argument, struct error *err)
{
	struct search *search = argument;
	struct error busy = ERROR_INIT;
	bool dead = false;

	if (search->reclaimed >= search->limit)
		return 1;
	if (!is_ours_to_detach(record, search->run))
		return 0;
	if (is_dead(record, &search->run->kernel, &dead, err) < 0)
		return -1;
	if (!dead || store_lock_attachment(search->run->store, &record->id, false, &busy) < 0)
		return 0; /* alive, or somebody works on it */
	if (reclaim_locked(search, &record->id, &search->failure) < 0)
		error_detail(&search->failure, "attachment %s/%s stays", record->id.container, record->id.ifname);
	store_unlock_attachment(search->run->store);
	return 0;
}

int reclaim(struct run *run, const char *network, size_t limit, size_t *reclaimed, struct error *err)
{
	struct search search = {.run = run, .limit = limit, .failure = ERROR_INIT};
	int status = record_walk(run->store, network, visit, &search, err);

	*reclaimed = search.reclaimed;
	error_merge(err, &search.failure);
	return status < 0 || search.failure.code != ERROR_NONE ? -1 : 0;
}
