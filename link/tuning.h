/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "tuning": sysctls and properties of an interface in the container that another plugin has made. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/** tuning_ensure() - sysctls first, as the reference has it; then the interface, once its record says how it was before */
int tuning_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** tuning_verify() - only what the configuration names */
int tuning_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * tuning_remove() - put back what the interface had; sysctls stay, as the reference has it
 *
 * A namespace or interface that is gone is success, and what can never be put back into one that lives is a warning:
 * whoever made the interface is about to remove it, and the runtime would stop before it got there.
 */
int tuning_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
