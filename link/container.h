/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "container": the end inside. It dies with the veth. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

struct link_state;

/**
 * container_ensure() - settings, addresses, permanent neighbour, up, routes
 *
 * The last row: with the interface going up here, traffic starts behind filters that stand already.
 */
int container_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * container_verify() - compare with what the runtime holds (prevResult), and with nothing else
 *
 * What sbr, tuning or a sidecar changed after us is theirs, as long as the final result says so.
 */
int container_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** container_verify_interface() - up, with the MAC and the MTU that prevResult has for the interface of this name */
int container_verify_interface(const struct attachment *want, const struct link_state *end, struct error *err);
