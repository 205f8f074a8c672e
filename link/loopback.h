/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "loopback": lo of the container, as the reference plugin of that name keeps it. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/** loopback_ensure() - up; @want gets the first address of each family. ERROR_CONFIG where it has one that is no loopback address */
int loopback_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int loopback_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** loopback_remove() - down; a namespace that is gone is success */
int loopback_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
