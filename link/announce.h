/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows "announce" and, but for uplink_ensure(), "uplink": this host answers for the public addresses of an attachment. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/** uplink_remove() - take back those that several may have, where nobody else does; inside a section of the store */
int uplink_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * announce_ensure() - an address of the uplink, or a proxy entry there and a route to the portless bridge
 *
 * The route makes the kernel answer, and catches what the ruleset does not translate: otherwise it would go back to the
 * uplink. A proxy entry that somebody else has made there is left to him, here and by announce_remove().
 */
int announce_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** announce_verify() - ERROR_DRIFT names the address */
int announce_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** announce_remove() - take back those that nobody else can have: of static translations. Before the ruleset goes */
int announce_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** announce_probe() - pools_check(), and a warning when the network has more attachments than its pool has addresses */
int announce_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
