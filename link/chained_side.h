/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "host interface": where on this host the container is that another plugin has attached. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * chained_side_ensure() - find and record the interface through which the host reaches the container, and let it carry
 *                         connections to ports published on 127.0.0.0/8
 *
 * By the routing tables, since results name interfaces in many ways. A container that the host has no route to is one
 * without such an interface.
 */
int chained_side_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int chained_side_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** chained_side_find() - name of that interface, "" when there is none */
int chained_side_find(const struct attachment *want, struct rtnl *host, char name[static IFNAMSIZ], struct error *err);
