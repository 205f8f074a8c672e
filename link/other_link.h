/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What another link of the same kind in the same chain has done to the interface that they share. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "store/store.h"

/** link_claims - whether @other has what @want would make, or take away */
typedef bool (*link_claims)(const struct attachment *other, const struct attachment *want);

/**
 * other_link_find() - a link that is attached to the same namespace, and claims
 * @found: its record, to be freed by the caller; NULL when there is none
 *
 * One that is unfinished or being removed claims nothing: a later verb takes away what it has. At most CHAIN_LINKS files are
 * looked for; the caller holds the attachment lock, which is that of all of them.
 */
int other_link_find(struct store *store, const struct attachment *want, link_claims claims, struct attachment **found,
		    struct error *err);
