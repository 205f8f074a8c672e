/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proof of death before anything is taken: containerd never calls GC, so a full pool has to help itself. */
#include "plugin/reclaim.h"

#include "link/veth.h"

#include <string.h>

/** struct search - what a walk over the records carries along */
struct search {
	struct run *run;
	size_t limit, reclaimed;
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
	struct attachment record;
	bool exists, dead = false;

	attachment_init(&record);
	if (record_find(run->store, id, &record, &exists, err) < 0)
		return -1;
	if (!exists || is_dead(&record, &run->kernel, &dead, err) < 0 || !dead)
		return err->code == ERROR_NONE ? 0 : -1;
	if (run_remove(run, id, err) < 0)
		return -1;
	search->reclaimed++;
	return 0;
}

static int visit(const struct attachment *record, void *argument, struct error *err)
{
	struct search *search = argument;
	struct error attempt = ERROR_INIT;
	bool dead = false;

	if (search->reclaimed >= search->limit)
		return 1;
	if (strcmp(record->id.kind, search->run->kind->name) != 0)
		return 0;
	if (is_dead(record, &search->run->kernel, &dead, err) < 0)
		return -1;
	if (!dead || store_lock_attachment(search->run->store, &record->id, false, &attempt) < 0)
		return 0; /* somebody works on it: not dead */
	int status = reclaim_locked(search, &record->id, err);
	store_unlock_attachment(search->run->store);
	return status;
}

int reclaim(struct run *run, const char *network, size_t limit, size_t *reclaimed, struct error *err)
{
	struct search search = {.run = run, .limit = limit};
	int status = record_walk(run->store, network, visit, &search, err);

	*reclaimed = search.reclaimed;
	return status < 0 ? -1 : 0;
}
