/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GC: detach what the runtime no longer claims. */
#pragma once

#include "plugin/run.h"

/**
 * gc() - detach every attachment of the network that is not in the runtime's list
 *
 * No list at all says nothing: only what is provably dead is detached then. Goes on after a failure
 * and reports it at the end. Holds the host-wide lock exclusively, so nobody is being attached
 * meanwhile; killed at any point, the next GC goes on where this one stopped.
 */
int gc(struct run *run, struct error *err);
