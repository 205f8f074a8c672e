/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may send what through tunnels of ours: for each other host its address together with the subnets behind it.
 *
 * A tunnel without encryption believes whatever outer source a packet claims, and the kernel takes it from anywhere. So an
 * accept-list in front of it (chain "tunnel") lets in what a peer sends from a subnet of its own, and drops the rest that
 * comes to an address and with a protocol where a tunnel of ours ends. Kinds "direct" and "wireguard" have nothing here.
 */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "nat/elements.h"
#include "store/store.h"

/** tunnel_guard_ensure() - all peers, before the first route; nothing is sent where they are applied already */
int tunnel_guard_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** tunnel_guard_verify() - each element of what is applied */
int tunnel_guard_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** tunnel_guard_remove() - what only this network has, with its last user; inside a section */
int tunnel_guard_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/**
 * tunnel_guard_settle() - the ensure of a row behind the routes: who has left may send no more, and UDP connections with them
 * are forgotten
 */
int tunnel_guard_settle(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** tunnel_guard_elements() - append what is applied for all networks but one (NULL: for all); each once, sorted */
int tunnel_guard_elements(struct element_list *list, struct store *store, const char *but, struct error *err);
