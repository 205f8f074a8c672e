/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "mark rules": marked packets take the routes of a table of their own. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * mark_rules_ensure() - a rule on the host for each fwmark with a table, in the families that the network has
 *
 * Attachments share them. The table's routes are the administrator's; where it has none for a packet the kernel goes
 * on to the main table.
 */
int mark_rules_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int mark_rules_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** mark_rules_remove() - those that nobody but this attachment uses; inside a section of the store */
int mark_rules_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
