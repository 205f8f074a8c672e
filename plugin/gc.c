/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Set difference of records and the runtime's list: both are O(own attachments), the host is not listed. */
#include "plugin/gc.h"

#include "conf/field.h"
#include "ipam/claims.h"
#include "ipam/delegate.h"
#include "nat/admitted.h"
#include "nat/nat.h"
#include "plugin/chain.h"
#include "plugin/reclaim.h"

#include <stdint.h>
#include <string.h>

/** text_of() - a member of an entry; request_read() has checked that it is there and a string */
static const char *text_of(const struct field *entry, const char *key)
{
	return json_string_value(field_get(entry, key).json);
}

/** is_claimed() - a claim_filter on the runtime's list. @ifname: "" for any */
static bool is_claimed(const void *valid, const char *container, const char *ifname)
{
	const struct field list = field_root(valid, "");

	for (size_t i = 0; i < field_count(&list); i++) {
		const struct field entry = field_item(&list, i);
		const char *its_container = text_of(&entry, "containerID"), *its_ifname = text_of(&entry, "ifname");
		if (its_container && its_ifname && strcmp(its_container, container) == 0 &&
		    (ifname[0] == '\0' || strcmp(its_ifname, ifname) == 0))
			return true;
	}
	return false;
}

static int visit(const struct attachment *record, void *argument, struct error *err)
{
	struct run *run = argument;

	if (!chain_is_of(&record->id, run->kind->name) ||
	    is_claimed(run->request->valid_attachments, record->id.container, record->id.ifname))
		return 0;
	if (chain_remove(run, &record->id, err) < 0)
		error_detail(err, "attachment %s/%s stays", record->id.container, record->id.ifname);
	return 0;
}

int gc(struct run *run, struct error *err)
{
	const char *network = run->request->network.name;
	size_t reclaimed;
	int status;

	/* Where no record is left to collect, nobody else opens one */
	if (store_tidy(run->store, err) < 0)
		return -1;
	status = run->request->gc_listed ? record_walk(run->store, network, visit, run, err)
					 : reclaim(run, network, SIZE_MAX, &reclaimed, err);
	if (claims_collect(&run->request->wish, run->store, run->request->gc_listed ? is_claimed : NULL,
			   run->request->valid_attachments, err) < 0)
		status = -1;
	/* What a record had that nobody can read any more */
	if (store_lost_records(run->store) ? nat_rebuild(run->store, &run->kernel, false, err) < 0
					   : admitted_settle(run->store, &run->kernel, false, err) < 0)
		status = -1;
	if (run->request->wish.delegate.type && delegate_collect(&run->request->wish.delegate, err) < 0)
		status = -1;
	return status < 0 || err->code != ERROR_NONE ? -1 : 0;
}
