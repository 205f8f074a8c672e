/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Row "bridge port": the host's end on its bridge. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/** bridge_port_ensure() - hairpin mode, isolation, VLANs; the veth is a port of the bridge from its creation on */
int bridge_port_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int bridge_port_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
