/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests about devices of the container's own. */
#pragma once

#include "conf/attachment.h"
#include "kernel/rtnl.h"

/**
 * struct device_type - a kind of device as the kernel has it
 * @kind:    of the plugin, and, but for host-device, the kernel's IFLA_INFO_KIND
 * @module:  what has to be loaded
 * @on_link: it hangs on another interface
 * @own_mac: it has a MAC of its own; the others have that of the interface below
 * @put:     its IFLA_INFO_DATA, out of a struct device; NULL: it has none
 */
struct device_type {
	const char *kind, *module;
	bool on_link, own_mac;
	bool (*put)(struct nl_msg *msg, const void *device);
};

/** device_type_find() - NULL for kinds that are no such device */
const struct device_type *device_type_find(const char *kind);

/**
 * device_build() - RTM_NEWLINK under the name that only this attachment's interfaces have, with MTU, MAC, group, and down
 * @master: index of the interface below, 0 for none
 * @netns:  where it is made, if that is not where the request is sent; -1 otherwise
 *
 * Not under CNI_IFNAME: before Linux 6.15 a name that is to be new in the other namespace must be so in the one that the
 * request comes from, too (net/core/rtnetlink.c, __rtnl_newlink).
 */
struct nl_msg *device_build(const struct attachment *want, const struct device_type *type, int master, int netns);

/** device_build_names() - an interface that is down gets a name and an alias, in one step; NULL: not that */
struct nl_msg *device_build_names(int ifindex, const char *name, const char *alias);

/**
 * device_build_move() - the same, and into another namespace before, where it then is down
 *
 * The kernel (net/core/rtnetlink.c, do_setlink) keeps the old name while it moves or, where that is taken, takes the new one.
 */
struct nl_msg *device_build_move(int ifindex, int netns, const char *name, const char *alias);

/** device_build_vrf() - a VRF with our group, and up */
struct nl_msg *device_build_vrf(const char *name, uint32_t table);

/** device_build_master() - an interface becomes part of another one, of none where that is 0 */
struct nl_msg *device_build_master(int ifindex, int master);

struct nl_msg *device_build_mac(int ifindex, const uint8_t mac[static MAC_LENGTH]);

/**
 * device_build_probe() - a request that no kernel carries out: a MAC of many, and no interface below
 *
 * EOPNOTSUPP: there are no interfaces of this kind; EADDRNOTAVAIL, EINVAL: there are.
 */
struct nl_msg *device_build_probe(const char *kind);
