/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "moved routes": what an address of the container sends takes the routes of its own interface. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * moved_routes_ensure() - a rule for each address, to a table that takes the interface's routes out of the main one
 *
 * The number of the table is taken from the interface's index, as in link/source_rules.h but elsewhere: two of them cannot
 * meet, and nothing has to be locked. A configured table is left to whoever fills it.
 */
int moved_routes_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int moved_routes_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** moved_routes_remove() - the rules; the routes go back to the main table. Nothing in a namespace that is gone */
int moved_routes_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
