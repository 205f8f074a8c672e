/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions that mend a missing table: for nat.c and forwarding.c. */
#pragma once

#include "base/error.h"
#include "kernel/kernel.h"
#include "nat/elements.h"
#include "store/store.h"

/* how often a commit is repeated after the table was rebuilt: somebody may flush it again and again */
enum { HEALING_ROUNDS = 16 };

/**
 * enum rebuild_when - what a rebuild is for
 * @REBUILD_ALWAYS:     it is asked for, or what is there is wrong
 * @REBUILD_IF_MISSING: the caller is about to add elements; nothing happens when a table of our version is there
 * @REBUILD_IF_MISSED:  the caller has nothing to add: as before, but only if attachments or the guard need a table
 */
enum rebuild_when { REBUILD_ALWAYS, REBUILD_IF_MISSING, REBUILD_IF_MISSED };

/** rebuild_table() - as nat_rebuild() */
int rebuild_table(struct store *store, struct kernel *kernel, enum rebuild_when when, struct error *err);

/** commit_healing() - add the elements of all lists in one transaction; a missing table is rebuilt first */
int commit_healing(const struct element_list lists[], size_t count, struct store *store, struct kernel *kernel,
		   struct error *err);
/** commit_healing_in_section() - the same inside a section of the store */
int commit_healing_in_section(const struct element_list lists[], size_t count, struct store *store,
			      struct kernel *kernel, struct error *err);
