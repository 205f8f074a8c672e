/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of resources and the walks over it: every verb is one of these. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

#include <stddef.h>

/**
 * struct resource - one row: a thing that an attachment is made of
 * @name:   as errors and CHECK call it
 * @modes:  enum mode bits of the attachments that consist of it; 0: all
 * @shared: attachments share it: removed only by the last that uses it, in the section of the store
 *          in which the record goes
 * @ensure: make it so; may complete @want with what only this resource learns. A failure leaves
 *          nothing that the @remove of this or an earlier row would not take along
 * @verify: compare; changes nothing. ERROR_DRIFT names what differs
 * @claim:  others may take what it stands for once it is gone, so it stays while a row behind it could not be removed
 * @remove: undo by identity (names and addresses of @want, which is the record); what is not there
 *          is success; NULL where it goes with another row
 * @probe:  could @ensure work on this machine at all? ERROR_NOT_AVAILABLE says why not
 *
 * Any of the four may be NULL.
 */
struct resource {
	const char *name;
	unsigned modes;
	bool shared, claim;
	int (*ensure)(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
	int (*verify)(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
	int (*remove)(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
	int (*probe)(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
};

/**
 * struct kind - what a name on disk means
 * @rows:     in build order. With @recorded, row 0 is the record: it is made first, and goes last
 * @leftovers: what there may be of an attachment that has no record because another program made it: removed only
 * @recorded: attachments of this kind have a record; otherwise they leave nothing to remember
 * @chained:  works on what another plugin has made: what it did is known from the record alone, so without one there is
 *            nothing of its own to look for (most links of a chain have nothing to do, and their DEL is to cost nothing)
 * @no_container: the container's namespace may be missing or unknown to this host: its identity is noted where it is there
 * @needs_container: DEL, too, works inside the container's namespace, where that still exists
 */
struct kind {
	const char *name;
	const struct resource *rows;
	size_t row_count;
	const struct resource *leftovers;
	size_t leftover_count;
	bool recorded, chained, no_container, needs_container;
};

/** resources_ensure() - build every row; all rows are removed when one fails, and nothing is left */
int resources_ensure(const struct kind *kind, struct attachment *want, struct store *store, struct kernel *kernel,
		     struct error *err);

/**
 * resources_renew() - every row but the record once more, of an attachment that stands
 *
 * A failure leaves what is there.
 */
int resources_renew(const struct kind *kind, struct attachment *want, struct store *store, struct kernel *kernel,
		    struct error *err);

/** resources_verify() - compare every row; the first difference is the failure */
int resources_verify(const struct kind *kind, const struct attachment *want, struct store *store, struct kernel *kernel,
		     struct error *err);

/**
 * resources_remove() - take every row away, newest first, the record last
 * @want: the record, or, where there is none, what follows from the key alone
 *
 * Goes on after a failure; the record stays while anything recorded is left. An object that cannot
 * exist on this kernel (no such family, module or protocol) counts as gone, with a warning.
 */
int resources_remove(const struct kind *kind, struct attachment *want, struct store *store, struct kernel *kernel,
		     struct error *err);

/** resources_probe() - ask every row whether it could work; the first that could not is the failure */
int resources_probe(const struct kind *kind, const struct attachment *want, struct store *store, struct kernel *kernel,
		    struct error *err);
