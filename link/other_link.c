/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Their keys differ in a number. */
#include "link/other_link.h"

#include "base/cleanup.h"

int other_link(struct store *store, const struct attachment *want, link_claims claims, struct error *err)
{
	AUTO_FREE struct attachment *other = attachment_new(err);
	struct attachment_id id = want->id;
	int found = other ? 0 : -1;

	for (unsigned ordinal = 1; found == 0 && ordinal <= CHAIN_LINKS; ordinal++) {
		bool exists;

		attachment_id_number(&id, ordinal);
		if (attachment_id_equal(&id, &want->id))
			continue;
		found = record_find(store, &id, other, &exists, err);
		if (found == 0 && exists && other->state == ATTACHMENT_READY &&
		    other->netns_cookie == want->netns_cookie)
			found = claims(other, want, store, err);
	}
	return found;
}
