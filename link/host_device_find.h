/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interface of the host a configuration means. */
#pragma once

#include "conf/attachment.h"
#include "kernel/rtnl.h"
#include "link/messages.h"

/** host_device_find() - ERROR_CONFIG in the reference's words where there is none */
int host_device_find(const struct attachment *want, struct rtnl *host, struct link_state *found, struct error *err);

/**
 * host_device_is_userspace() - whether a program drives it (vfio-pci, uio_pci_generic, igb_uio)
 *
 * Asked of devices on a bus only. Such a one has no interface. ERROR_CONFIG when there is no such device.
 */
int host_device_is_userspace(const struct attachment *want, bool *userspace, struct error *err);
