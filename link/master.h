/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface that a device hangs on. */
#pragma once

#include "conf/attachment.h"
#include "kernel/rtnl.h"
#include "link/messages.h"

/**
 * master_find() - by its name or, where none is wished for, by the default route
 * @home: sockets of the namespace that it is in
 *
 * ERROR_CONFIG in the reference's words where there is none, and where the MTU that is wished for is more than its own.
 */
int master_find(const struct attachment *want, struct rtnl *home, struct link_state *master, struct error *err);
