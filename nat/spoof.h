/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows "spoof check" and "spoof table": what may come in through a bridge port, in table "bridge cambric". */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * spoof_ensure() - bind MAC and addresses to the port: elements of a static skeleton, which the first one makes
 *
 * The table is in the bridge family, where frames pass whether or not the host routes them. Frames with another source
 * MAC are dropped; where addresses are ours, so are ARP, IPv4, IPv6 and neighbour advertisements that speak for
 * another address, and frames of any other protocol. A table that was flushed is made anew for all records.
 */
int spoof_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int spoof_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** spoof_remove() - own elements; a table that is missing is made anew if others miss it. Not inside a section */
int spoof_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/**
 * spoof_let_tuned(), spoof_end_tuned() - of a chained attachment that changes a MAC: frames may come from the new one, too, or
 *                                        no longer; nothing where the container is not checked
 */
int spoof_let_tuned(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int spoof_end_tuned(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** spoof_probe() - ERROR_NOT_AVAILABLE names what the kernel lacks */
int spoof_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** spoof_table_remove() - with the last attachment that is checked: it costs every frame on every bridge; inside a section */
int spoof_table_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** spoof_rebuild() - make the table anew from all records, if any of them needs it; inside a section */
int spoof_rebuild(struct store *store, struct kernel *kernel, struct error *err);
