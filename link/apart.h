/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resources of networks that are kept apart: where their containers are, and ports that do not talk to each other. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * apart_side_ensure() - find and record the interface that the container's packets come in through
 *
 * By the routing tables, else the first one of the host in the result, as the reference takes it. ERROR_CONFIG when there is
 * neither: nobody could be kept apart.
 */
int apart_side_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int apart_side_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * apart_port_ensure() - POLICY_ISOLATED: frames between two ports of a bridge meet no rule of the host, so the port itself is
 *                       isolated (Linux 4.18) from others that are
 *
 * One that was isolated before stays it when the attachment goes.
 */
int apart_port_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int apart_port_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int apart_port_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
