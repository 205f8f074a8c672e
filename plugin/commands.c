/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ADD, DEL, CHECK, GC, STATUS, VERSION. */
#include "plugin/commands.h"

#include "base/cleanup.h"
#include "conf/cni_result.h"
#include "ipam/claims.h"
#include "link/leftovers.h"
#include "plugin/chain.h"
#include "plugin/gc.h"
#include "plugin/reclaim.h"
#include "plugin/result.h"
#include "plugin/run.h"

enum { ADD_ATTEMPTS = 16, RECLAIM_LIMIT = 64 };

/**
 * clear_leftover() - an ADD met a record of its own key
 *
 * Unfinished (its ADD was killed) or of a container that is gone: detached, so that this ADD can go
 * on. One that is alive in the same namespace stays: the specification wants an error for that.
 */
static int clear_leftover(struct run *run, const struct error *refusal, struct error *err)
{
	const struct attachment_id *id = &run->request->wish.id;
	AUTO_FREE struct attachment *record = attachment_new(err);
	bool exists, alive = false;

	if (!record || record_find(run->store, id, record, &exists, err) < 0)
		return -1;
	if (exists && run_is_alive(run, record, &alive, err) < 0)
		return -1;
	if (exists && !alive)
		return run_remove(run, id, err);
	error_merge(err, refusal); /* without a record it was another link that was in the way */
	return -1;
}

/** make_room() - a pool is full, or the address asked for is taken: reclaim the dead. Lets our attachment lock go meanwhile: locks do not nest */
static int make_room(struct run *run, const struct error *refusal, struct error *err)
{
	struct error failure = ERROR_INIT;
	size_t reclaimed = 0;

	store_unlock_attachment(run->store);
	if (reclaim(run, NULL, RECLAIM_LIMIT, &reclaimed, &failure) < 0)
		error_warn(err, "reclaim: %s", failure.msg);
	if (reclaimed == 0) {
		error_merge(err, refusal);
		return -1;
	}
	return store_lock_attachment(run->store, &run->request->wish.id, true, err);
}

/** recover() - after a failed attempt, of which nothing is left: 0 when another one makes sense */
static int recover(struct run *run, const struct error *refusal, unsigned attempt, struct error *err)
{
	if (attempt < ADD_ATTEMPTS && refusal->code == ERROR_ALREADY_ATTACHED)
		return clear_leftover(run, refusal, err);
	if (attempt < ADD_ATTEMPTS &&
	    (refusal->code == ERROR_POOL_FULL || (refusal->code == ERROR_ADDRESS_TAKEN && refusal->errnum == 0)))
		return make_room(run, refusal, err);
	/* Somebody else's route holds the address we chose: the cursor has moved on, so choose again */
	if (attempt < ADD_ATTEMPTS && refusal->code == ERROR_ADDRESS_TAKEN && refusal->errnum == EEXIST &&
	    run->request->network.pool.requested_count == 0 && !run->request->wish.delegate.type)
		return 0;
	error_merge(err, refusal);
	return -1;
}

static int attach(struct run *run, struct attachment *want, struct error *err)
{
	for (unsigned attempt = 1;; attempt++) {
		struct error refusal = ERROR_INIT;
		attachment_copy(want, &run->request->wish);
		want->netns_cookie = run->kernel.container_cookie;
		if (resources_ensure(run->kind, want, run->store, &run->kernel, &refusal) == 0) {
			error_merge(err, &refusal);
			return 0;
		}
		if (recover(run, &refusal, attempt, err) < 0)
			return -1;
	}
}

static int write_result(const struct run *run, const struct attachment *made, int out, struct error *err)
{
	return run->kind->recorded ? result_write(made, run->request, out, err)
				   : result_write_loopback(made, run->request, out, err);
}

static int add(const struct kind *kind, struct request *request, int out, struct error *err)
{
	CLEANUP(run_close) struct run run = RUN_CLOSED(kind, request);
	AUTO_FREE struct attachment *made = attachment_new(err);

	if (!made)
		return -1;
	if (request->idle)
		return result_write(NULL, request, out, err);
	if (run_open(&run, true, false, err) < 0)
		return -1;
	if (kind->recorded && store_lock_attachment(run.store, &request->wish.id, true, err) < 0)
		return -1;
	if ((kind->chained && chain_begin(&run, err) < 0) || attach(&run, made, err) < 0)
		return -1;
	if (write_result(&run, made, out, err) == 0)
		return 0;
	(void)resources_remove(kind, made, run.store, &run.kernel, err);
	return -1;
}

static int del(const struct kind *kind, struct request *request, struct error *err)
{
	CLEANUP(run_close) struct run run = RUN_CLOSED(kind, request);

	if (run_open(&run, false, false, err) < 0)
		return -1;
	if (kind->recorded && store_lock_attachment(run.store, &request->wish.id, true, err) < 0)
		return -1;
	if (kind->chained && chain_find(&run, err) < 0)
		return -1;
	return run_remove(&run, &request->wish.id, err);
}

/** check_unrecorded() - perhaps the reference plugin of the name has attached it */
static int check_unrecorded(struct run *run, const struct cni_result *reported, struct error *err)
{
	const struct attachment_id *id = &run->request->wish.id;
	AUTO_FREE struct attachment *want = attachment_new(err);
	bool theirs = false;

	if (!want)
		return -1;
	if (run->kind->no_container && claims_verify_key(&run->request->wish, err) == 0)
		return 0;
	want->id = *id;
	want->mode = MODE_ANY;
	want->reported = reported;
	if (run->kind->leftover_count && leftover_verify(want, &run->kernel, &theirs, err) < 0)
		return -1;
	if (!theirs)
		return error_set(err, ERROR_DRIFT, 0, "no record of container %s, interface %s in network %s",
				 id->container, id->ifname, id->network);
	error_warn(err, "another plugin has attached container %s: no more than its interface was compared",
		   id->container);
	return 0;
}

static int check(const struct kind *kind, struct request *request, struct error *err)
{
	CLEANUP(run_close) struct run run = RUN_CLOSED(kind, request);
	AUTO_FREE struct attachment *record = attachment_new(err);
	struct cni_result reported;
	bool exists = false;

	if (!record)
		return -1;
	if (request->idle)
		return 0;
	if (kind->recorded && !request->prev_result)
		return error_set(err, ERROR_CONFIG, 0, "required prevResult missing");
	if (kind->recorded && cni_result_read(&reported, request->prev_result, request->version, err) < 0)
		return -1;
	if (run_open(&run, false, false, err) < 0)
		return -1;
	if (!kind->recorded)
		return resources_verify(kind, &request->wish, run.store, &run.kernel, err);
	if (store_lock_attachment(run.store, &request->wish.id, true, err) < 0 ||
	    (kind->chained && chain_find(&run, err) < 0) ||
	    record_find(run.store, &request->wish.id, record, &exists, err) < 0)
		return -1;
	if (!exists)
		return check_unrecorded(&run, &reported, err);
	if (record->netns_cookie != run.kernel.container_cookie)
		return error_set(err, ERROR_DRIFT, 0, "%s is another namespace than the one that was attached",
				 request->environment.netns);
	record->reported = &reported;
	record->delegate = request->wish.delegate;
	return resources_verify(kind, record, run.store, &run.kernel, err);
}

static int collect(const struct kind *kind, struct request *request, struct error *err)
{
	CLEANUP(run_close) struct run run = RUN_CLOSED(kind, request);

	if (!kind->recorded)
		return 0;
	if (run_open(&run, false, true, err) < 0)
		return -1;
	return gc(&run, err);
}

/** name_store() - the store names its files from its root on; to who reads a reference's configuration "dataDir" is another */
static void name_store(const struct request *request, struct error *err)
{
	const struct reserved *reserved = &request->network.reserved;

	if (err->code == ERROR_STORE && reserved->dir[0])
		error_detail(err, "store: %s, reservations: %s/%s", request->network.data_dir, reserved->dir,
			     request->network.name);
	else if (err->code == ERROR_STORE)
		error_detail(err, "dataDir: %s", request->network.data_dir);
}

static int status(const struct kind *kind, struct request *request, struct error *err)
{
	CLEANUP(run_close) struct run run = RUN_CLOSED(kind, request);
	struct error refusal = ERROR_INIT;

	if (run_open(&run, false, false, &refusal) == 0)
		(void)resources_probe(kind, &request->wish, run.store, &run.kernel, &refusal);
	name_store(request, &refusal);
	if (refusal.code != ERROR_NONE && error_retry_helps(&refusal)) {
		/* Busy is not broken: a runtime would take the whole node out of service */
		error_warn(err, "%s", refusal.msg);
		error_clear(&refusal);
	}
	/* Whatever else it was that failed: ADD would fail of it too */
	if (refusal.code != ERROR_NONE && refusal.code != ERROR_LIMITED)
		refusal.code = ERROR_NOT_AVAILABLE;
	error_merge(err, &refusal);
	return refusal.code == ERROR_NONE ? 0 : -1;
}

static int dispatch(const struct kind *kind, struct request *request, int out, struct error *err)
{
	switch (request->command) {
	case COMMAND_ADD:
		return add(kind, request, out, err);
	case COMMAND_DEL:
		return del(kind, request, err);
	case COMMAND_CHECK:
		return check(kind, request, err);
	case COMMAND_GC:
		return collect(kind, request, err);
	case COMMAND_STATUS:
		return status(kind, request, err);
	case COMMAND_VERSION:
		return result_write_versions(out, err);
	}
	return error_set(err, ERROR_INTERNAL, 0, "command %d", (int)request->command);
}

int command_run(const struct kind *kind, struct request *request, int out, struct error *err)
{
	int status = dispatch(kind, request, out, err);

	name_store(request, err);
	return status;
}
