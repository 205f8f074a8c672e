/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container's namespace of a record: DEL and GC may have no other way into it. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"

/**
 * recorded_netns_enter() - 1 when the recorded namespace is still under its path, and open then, 0 when not
 *
 * Without a record (no cookie) it is the one of the request, whichever that is.
 */
int recorded_netns_enter(const struct attachment *want, struct kernel *kernel, struct error *err);

/** recorded_netns_is_alive() - whether it is still under its path; leaves no socket open */
int recorded_netns_is_alive(const struct attachment *want, bool *alive, struct error *err);
