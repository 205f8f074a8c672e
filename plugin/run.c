/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening and closing what a verb works with, and the one way in which attachments are detached. */
#include "plugin/run.h"

#include "base/cleanup.h"
#include "conf/chained_config.h"
#include "ipam/claims.h"
#include "link/veth.h"
#include "nat/nat.h"

#include <string.h>

/** enter_container() - for verbs that cannot do without */
static int enter_container(struct run *run, struct error *err)
{
	const struct environment *environment = &run->request->environment;

	return kernel_enter(&run->kernel, environment->netns, environment->netns_override, err);
}

/** enter_if_there() - for DEL, and who has nothing to do there: gone is gone, but the host's own namespace is refused all the same */
static int enter_if_there(struct run *run, struct error *err)
{
	const struct environment *environment = &run->request->environment;
	struct error refusal = ERROR_INIT;
	int status = 0;

	if (environment->netns[0] == '\0')
		return 0;
	if (run->kind->needs_container || run->kind->no_container)
		status = enter_container(run, &refusal);
	else
		status = kernel_refuse_own(environment->netns, environment->netns_override, &refusal);
	if (status == 0 || (refusal.errnum != 0 && !error_retry_helps(&refusal)))
		return 0; /* whatever else stands in the way of opening it: nothing can be done there */
	error_merge(err, &refusal);
	return -1;
}

static int open_container(struct run *run, struct error *err)
{
	switch (run->request->command) {
	case COMMAND_ADD:
	case COMMAND_CHECK:
		return run->kind->no_container ? enter_if_there(run, err) : enter_container(run, err);
	case COMMAND_DEL:
		return enter_if_there(run, err);
	case COMMAND_GC:
	case COMMAND_STATUS:
	case COMMAND_VERSION:
		break;
	}
	return 0;
}

int run_open(struct run *run, bool create_store, bool exclusive, struct error *err)
{
	if (kernel_open(&run->kernel, err) < 0 || open_container(run, err) < 0)
		return -1;
	if (!run->kind->recorded)
		return 0;
	if (store_open(&run->store, run->request->network.data_dir, create_store, err) < 0)
		return -1;
	return store_enter(run->store, exclusive, err);
}

void run_close(struct run *run)
{
	store_close(&run->store);
	kernel_close(&run->kernel);
}

/** take_key() - there is no record: what follows from the key, and where the request says that it may be */
static void take_key(struct attachment *record, const struct attachment_id *id, const struct attachment *wish)
{
	attachment_init(record);
	record->id = *id;
	record->mode = MODE_ANY;
	attachment_derive_names(record, 0);
	memcpy(record->netns, wish->netns, sizeof record->netns);
}

/** take_reserved() - what the configuration says of a directory that the record knows nothing of */
static void take_reserved(struct attachment *record, const struct attachment *wish)
{
	if (!record->reserved.mirrored)
		record->reserved = wish->reserved;
	record->reserved.purge = wish->reserved.purge;
}

int run_remove(struct run *run, const struct attachment_id *id, struct error *err)
{
	AUTO_FREE struct attachment *record = attachment_new(err);
	bool exists = false;

	if (!record || (run->kind->recorded && record_find(run->store, id, record, &exists, err) < 0))
		return -1;
	if (!exists)
		take_key(record, id, &run->request->wish);
	if (!exists && id == &run->request->wish.id)
		chained_note_addresses(run->request, record);
	record->delegate = run->request->wish.delegate;
	record->notes = run->request->wish.notes;
	take_reserved(record, &run->request->wish);
	if (resources_remove(run->kind, record, run->store, &run->kernel, err) < 0)
		return -1;
	/* A corrupt record was moved aside: nobody knows what it had in the ruleset, but the other records know the rest */
	if (!run->kind->recorded || !store_lost_records(run->store))
		return 0;
	return nat_rebuild(run->store, &run->kernel, false, err);
}

int run_is_alive(struct run *run, const struct attachment *record, bool *alive, struct error *err)
{
	bool missing = false;

	*alive = false;
	if (record->state != ATTACHMENT_READY || record->netns_cookie != run->kernel.container_cookie)
		return 0;
	if (veth_is_alive(record, &run->kernel, alive, err) < 0)
		return -1;
	if (*alive && record->mode == MODE_ADDRESSES &&
	    claim_is_dead(&run->kernel, record->id.ifname, &missing, err) < 0)
		return -1;
	*alive = *alive && !missing && !(record->mode == MODE_ADDRESSES && run->request->network.is_static);
	return 0;
}
