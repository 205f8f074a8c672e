/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces that the reference plugins made, moved or changed for a container of theirs. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/* Each is the "remove" of a row, as those of nat/leftovers.h: for attachments without a record, and for nothing else. */

/**
 * leftover_veth_remove() - of bridge and ptp: both ends of the container's veth
 *
 * The reference's is one whose other end is on this host and called "veth" and 8 hexadecimal digits; one of ours never is.
 */
int leftover_veth_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/**
 * leftover_verify() - CHECK of an attachment without a record, when the reference has made its veth (@theirs)
 *
 * Then its interface in the container, addresses and routes are compared with @want->reported: the rest nobody here knows.
 */
int leftover_verify(const struct attachment *want, struct kernel *kernel, bool *theirs, struct error *err);
/** leftover_ifb_remove() - of bandwidth */
int leftover_ifb_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/**
 * leftover_settings_return() - of tuning: the interface is as it was before, and the note of that is gone
 *
 * What the kernel refuses for good is a warning, as is a note that cannot be read: there is no other.
 */
int leftover_settings_return(const struct attachment *want, struct store *store, struct kernel *kernel,
			     struct error *err);
