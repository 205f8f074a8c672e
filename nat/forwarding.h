/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Row "forwarding": this host forwards packets, but not between interfaces that were there before it did. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "nat/elements.h"
#include "store/store.h"

/**
 * forwarding_ensure() - turn forwarding on for each family of the attachment
 *
 * Where it is on already this is one read per family. Where cambric turns it on, the host would become a
 * router between all its interfaces; so those that exist at that moment are listed first (once per boot
 * and family, in the store), and nothing is forwarded from one of them to another. If the switch fails, the list
 * is taken back. An IPv6 host also stops listening to routers (net.ipv6.conf.*.accept_ra), so
 * interfaces that listen are told to go on. Not inside a section of the store.
 */
int forwarding_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** forwarding_verify() - forwarding is on, and the guard that was set is in place; ERROR_DRIFT */
int forwarding_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** forwarding_probe() - ERROR_NOT_AVAILABLE when it is off and cannot be turned on */
int forwarding_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** forwarding_guard_drop() - "cambric guard off": forget the list, in the kernel and in the store */
int forwarding_guard_drop(struct store *store, struct kernel *kernel, struct error *err);

/** forwarding_guard_elements() - append the elements of the lists that hold; inside a section, for a rebuild */
int forwarding_guard_elements(struct element_list *list, struct store *store, struct error *err);
