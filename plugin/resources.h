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
 * @shared: attachments share it: removed only by the last that uses it, in the section of the store
 *          in which the record goes
 * @ensure: make it so; may complete @want with what only this resource learns. A failure leaves
 *          nothing that the @remove of this or an earlier row would not take along
 * @verify: compare; changes nothing. ERROR_DRIFT names what differs
 * @remove: undo by identity (names and addresses of @want, which is the record); what is not there
 *          is success; NULL where it goes with another row
 * @probe:  could @ensure work on this machine at all? ERROR_NOT_AVAILABLE says why not
 *
 * Any of the four may be NULL.
 */
struct resource {
	const char *name;
	bool shared;
	int (*ensure)(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
	int (*verify)(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
	int (*remove)(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
	int (*probe)(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
};
