/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "source rules": replies of a container on several networks go out where they belong. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * source_rules_ensure() - a rule for each address and a table with the attachment's routes, where another interface has
 *                         the default route or the configuration asks for it ("sourceRouting")
 *
 * The host takes packets only from the interface that their source address belongs to. A container
 * whose default route is that of another network would answer through the wrong one. What has only one
 * interface needs nothing of this, and gets nothing: container_ensure() has set @want->source_rules.
 */
int source_rules_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** source_rules_verify() - rules and routes of the table; what others added to either is theirs */
int source_rules_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** source_rules_remove() - routes die with the interface, rules do not: they are taken out where the namespace lives on */
int source_rules_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
