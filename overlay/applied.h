/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "overlay" (shared): what is going to be applied for a network is known before anything of it is made. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * overlay_ensure() - decide what depends on the host, and write down what will be applied
 *
 * Nothing is written where that is what stands already; then want->overlay->settled says so. Otherwise want->overlay gets
 * those of what stands that are no longer wished for at the end of its peers, "leaving".
 */
int overlay_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** overlay_remove() - what was written, with the last user of the network; inside the section */
int overlay_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** overlay_probe() - whether hosts can be told apart from those behind them; what is doubtful is a warning */
int overlay_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** overlay_settle() - the last row of an overlay: everything stands, who was leaving has left */
int overlay_settle(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
