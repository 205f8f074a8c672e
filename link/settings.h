/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "settings": sysctls, flags and queue length that the configuration asks for in the container. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * settings_ensure() - write the sysctls; flags and queue length came with the creating request (link/veth.c)
 *
 * Part of "container" and no step of its own: after the settings that every container gets, so that these win, and
 * before its link goes up, so that the kernel never acts by the old ones.
 */
int settings_ensure(const struct attachment *want, struct kernel *kernel, struct error *err);

/** settings_verify() - only what the configuration names: what else a container sets for itself is its own affair */
int settings_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
