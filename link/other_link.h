/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What another link of the same kind in the same chain has done to the interface that they share. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "store/store.h"

/** link_claims - 1 when @other has what @want would make, or take away; 0 when it has not, -1 with @err set */
typedef int (*link_claims)(struct attachment *other, const struct attachment *want, struct store *store,
			   struct error *err);

/**
 * other_link() - whether a link that is attached to the same namespace claims
 *
 * One that is unfinished or being removed claims nothing: a later verb takes away what it has. At most CHAIN_LINKS files are
 * looked for; the caller holds the attachment lock, which is that of all of them.
 *
 * Return: 1, 0, -1 with @err set
 */
int other_link(struct store *store, const struct attachment *want, link_claims claims, struct error *err);
