/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Row 0 of the table of resources: the record of the attachment, with its addresses and host ports. */
#pragma once

#include "base/error.h"

struct attachment;
struct kernel;
struct store;

/**
 * lease_ensure() - choose addresses, claim ports and commit the record as pending, in one section
 *
 * ERROR_ALREADY_ATTACHED with errnum EEXIST when there is a record of this key, whatever its state: a
 * pending one or one being removed has to be undone first. ERROR_POOL_FULL, ERROR_ADDRESS_TAKEN,
 * ERROR_PORT_TAKEN, ERROR_CONFIG otherwise. A failure leaves nothing.
 *
 * With a delegate the record has no addresses yet.
 */
int lease_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/**
 * lease_verify() - ERROR_DRIFT naming what is not as recorded, or that there is no record
 *
 * Not ERROR_UNKNOWN_CONTAINER: that tells the runtime that nothing has to be cleaned up, which a lost record proves
 * least of all.
 */
int lease_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** lease_remove() - free the record with everything it holds; the walk holds the section */
int lease_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** lease_probe() - ERROR_NOT_AVAILABLE naming "dataDir"; a pool without a free address is only a warning */
int lease_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
