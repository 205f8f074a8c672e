/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP connections that conntrack remembers from before a mapping came or went. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"

/**
 * enum stale_when - which entries mislead
 * @STALE_BEFORE_ADD: sent to a host port that is published now: they go to the host, or to who had it before
 * @STALE_AFTER_DEL:  answered by this container at a published port
 *
 * Both: sent to, or translated to, a static public address: they lead to who had it before, or has it no more.
 */
enum stale_when { STALE_BEFORE_ADD, STALE_AFTER_DEL };

/** stale_flush() - forget them; does nothing without UDP mappings and static translations. A failure is a warning, never an error */
void stale_flush(const struct attachment *attachment, enum stale_when when, struct kernel *kernel, struct error *err);
