/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Their keys differ in a number. */
#include "link/other_link.h"

#include "base/cleanup.h"

int other_link_find(struct store *store, const struct attachment *want, link_claims claims, struct attachment **found,
		    struct error *err)
{
	AUTO_FREE struct attachment *record = attachment_new(err);
	struct attachment_id id = want->id;
	bool exists;

	*found = NULL;
	if (!record)
		return -1;
	for (unsigned ordinal = 1; !*found && ordinal <= CHAIN_LINKS; ordinal++) {
		attachment_id_number(&id, ordinal);
		if (attachment_id_equal(&id, &want->id))
			continue;
		if (record_find(store, &id, record, &exists, err) < 0)
			return -1;
		if (exists && record->state == ATTACHMENT_READY && record->netns_cookie == want->netns_cookie &&
		    claims(record, want))
			*found = record;
	}
	if (*found)
		record = NULL; /* the caller has it */
	return 0;
}
