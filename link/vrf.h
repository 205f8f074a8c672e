/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "vrf": the container's interface, which another plugin has made, becomes part of a VRF there. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * vrf_ensure() - make the VRF if it is missing, and put the interface into it, with its IPv6 addresses and its routes
 *
 * Decides @want->vrf.table. ERROR_CONFIG in the reference's words: something else has the name, the VRF has another table,
 * there is no such interface, it is part of something already. Records that it goes on before it changes anything.
 */
int vrf_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int vrf_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * vrf_remove() - take the interface out, and the VRF away when nothing is left in it and a vrf_ensure() made it
 *
 * Nothing when vrf_ensure() has refused the interface: then it may be in a VRF, but somebody else has put it there.
 */
int vrf_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int vrf_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
