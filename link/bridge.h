/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Row "bridge": the bridge of attachments in bridge mode, made by the first and removed with the last of them. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "link/messages.h"
#include "store/store.h"

/**
 * bridge_ensure() - find or make the bridge; fills @want->bridge.ifindex, .mac, .mtu, and @want->mtu when it is 0
 *
 * One that somebody else made is used as it is, and never removed: ours are known by their MAC and group. "mtu" 0 is the
 * MTU of a bridge that is there, else that of the default route. ERROR_INTERFACE_EXISTS when the name belongs to something
 * that is no bridge; ERROR_NOT_AVAILABLE when VLANs are wanted and the kernel has none; ERROR_CONFIG when they are wanted
 * of a bridge that does not filter them: every frame would go everywhere.
 */
int bridge_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int bridge_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** bridge_remove() - if it is ours and nobody else uses it; inside a section of the store */
int bridge_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int bridge_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** bridge_find() - state of the bridge; ifindex 0 when it is missing. *@ours: it has our MAC or our group */
int bridge_find(const struct attachment *want, struct rtnl *host, struct link_state *bridge, bool *ours,
		struct error *err);

/**
 * bridge_raise() - set an interface up; one with our group, so that it neither hears routers nor speaks IPv6
 *
 * In a section of the store: it takes IPv6 from an interface on which somebody else may be about to turn it on.
 */
int bridge_raise(const struct link_state *device, struct rtnl *host, struct error *err);
/** bridge_verify_silence() - ERROR_DRIFT when an interface with our group would hear routers */
int bridge_verify_silence(const struct link_state *device, struct error *err);
