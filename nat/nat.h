/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows "nat" and "nat network": masquerade, published ports and guards of an attachment, as elements of one table. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

#include <stdbool.h>

/**
 * nat_ensure() - all elements of an attachment, its own and the shared ones, in one transaction
 *
 * A table that is not there or of another version is rebuilt first, see nat_rebuild(). A host port that
 * leads elsewhere already is ERROR_PORT_TAKEN. Not inside a section of the store.
 */
int nat_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** nat_verify() - skeleton and elements, own and shared; ERROR_DRIFT names the first that differs */
int nat_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * nat_remove() - the attachment's own elements, by key and data: what leads elsewhere by now stays
 *
 * A table that is not there is success; if other attachments miss it too, it is rebuilt for them (the record of
 * this one must be marked as being removed by then). Not inside a section of the store.
 */
int nat_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** nat_probe() - ERROR_NOT_AVAILABLE names the first thing that nf_tables of this kernel lacks; changes nothing */
int nat_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** nat_network_remove() - shared elements that nobody but this attachment uses; inside a section of the store */
int nat_network_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * nat_rebuild() - make the whole table anew, with the elements of every record, in one transaction
 * @only_if_missing: do nothing when a skeleton of our version is there
 *
 * Records that are being removed are left out. Opens a section of the store: a removal marks its record in a
 * section before it removes anything, so nothing comes back that was taken away meanwhile. With it go the rules in Docker's
 * chain, see admitted_settle().
 */
int nat_rebuild(struct store *store, struct kernel *kernel, bool only_if_missing, struct error *err);
