/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "tunnel" (shared): the devices through which other hosts are reached. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "conf/overlay.h"
#include "kernel/kernel.h"
#include "overlay/kind.h"
#include "overlay/users.h"
#include "store/store.h"

/**
 * tunnel_ensure() - the devices, down, with the marks by which they are known as ours
 *
 * One for all networks of a local address, and one for each point-to-point peer. A device of ours that differs is changed
 * in place: its routes stay. ERROR_KERNEL with errnum EOPNOTSUPP names the module that the kernel lacks;
 * ERROR_INTERFACE_EXISTS the device of somebody else that stands in the way.
 */
int tunnel_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int tunnel_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** tunnel_remove() - with the last user of the network, unless another network is behind it; inside the section */
int tunnel_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** tunnel_probe() - ERROR_NOT_AVAILABLE names the module that the kernel lacks */
int tunnel_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** struct tunnel_device - what the kernel says of one; @ifindex 0: it is not there. @ours: nobody else's; @marked: and says so;
 * @same: made as wished */
struct tunnel_device {
	int ifindex;
	bool up, ours, marked, same;
};

/** tunnel_query() - @peer: of a point-to-point device, else NULL */
int tunnel_query(const struct overlay *overlay, const struct overlay_peer *peer, struct rtnl *host,
		 struct tunnel_device *device, struct error *err);

/** tunnel_act - something with one device. @peer: of a point-to-point device, else NULL */
typedef int (*tunnel_act)(const struct overlay *overlay, const struct overlay_peer *peer, struct kernel *kernel,
			  struct error *err);
/** tunnel_each() - @act with all devices that are wished for, up to the first failure */
int tunnel_each(const struct overlay *overlay, tunnel_act act, struct kernel *kernel, struct error *err);

/** tunnel_drop_old() - devices that were replaced, and those of point-to-point peers who leave, but for what another network has */
int tunnel_drop_old(const struct overlay *overlay, const struct other_overlays *others, struct kernel *kernel,
		    struct error *err);

/** tunnel_delete() - a device of ours of this name; what is not there, or somebody else's, stays as it is */
int tunnel_delete(const char *name, struct kernel *kernel, struct error *err);

/** tunnel_pair_message() - RTM_NEWADDR or RTM_DELADDR of both ends of the link to a peer */
struct nl_msg *tunnel_pair_message(int type, int flags, const struct overlay_peer *peer, int ifindex);
