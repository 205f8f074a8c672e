/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host's own network says about the way to the peers: from where, through which device, how wide. */
#pragma once

#include "conf/overlay.h"
#include "kernel/kernel.h"

/**
 * overlay_reaches_directly() - whether a peer is reached without a tunnel, decided the same at both ends
 * @local, @peer: addresses of the two hosts, with the prefix length that each has for itself; 0: unknown
 * @gateway:      the route to the peer has one
 *
 * Both must have both addresses in their prefix: two hosts with different masks would otherwise send in two ways, and a
 * reverse path filter drops what comes another way than it would go.
 */
bool overlay_reaches_directly(const struct prefix *local, const struct prefix *peer, bool gateway);

/**
 * underlay_decide() - fill in all that depends on the host: @local, @device, @tunnel, @mtu, @egress, and @direct of each peer
 *
 * Leaving peers are left alone. ERROR_CONFIG: "local" is no address of this host, a peer is not on a link that kind
 * "direct" needs, or a tunnel would be too narrow for IPv6. A peer that there is no route to gets none of its width
 * considered.
 */
int underlay_decide(struct overlay *overlay, struct kernel *kernel, struct error *err);

/** underlay_has_changed() - whether the way to the first peer is another than when @overlay was decided: one question */
int underlay_has_changed(const struct overlay *overlay, struct kernel *kernel, bool *changed, struct error *err);
