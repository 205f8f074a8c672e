/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tap of link/tap.c, without a veth to be wired to. */
#include "link/plain_tap.h"

#include "base/cleanup.h"
#include "kernel/tun.h"
#include "link/device_messages.h"
#include "link/inside.h"
#include "link/tap.h"

#include <string.h>

/** find_bridge() - the one it is to be a port of; index 0: of none */
static int find_bridge(const struct attachment *want, struct rtnl *container, struct link_state *bridge,
		       struct error *err)
{
	bool exists = false;

	bridge->ifindex = 0;
	if (want->device.bridge[0] == '\0')
		return 0;
	if (link_query(container, want->device.bridge, bridge, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_CONFIG, 0,
				 "failed to lookup bridge \"%s\" in the container: Link not found",
				 want->device.bridge);
	return strcmp(bridge->kind, "bridge") == 0
		       ? 0
		       : error_set(err, ERROR_CONFIG, 0, "\"%s\" already exists but is not a bridge",
				   want->device.bridge);
}

static int prepare(struct attachment *want, struct rtnl *container, struct error *err)
{
	struct link_state tap, bridge;
	bool exists;

	if (link_query(container, want->id.ifname, &tap, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_KERNEL, ENODEV, "interface %s vanished from the container",
				 want->id.ifname);
	want->container_ifindex = tap.ifindex;
	if (want->mtu == 0)
		want->mtu = tap.mtu;
	if (tap_mark(want, tap.ifindex, container, err) < 0 || find_bridge(want, container, &bridge, err) < 0)
		return -1;
	return bridge.ifindex ? rtnl_request(container, device_build_master(tap.ifindex, bridge.ifindex), err,
					     "make tap %s a port of %s", want->id.ifname, want->device.bridge)
			      : 0;
}

int plain_tap_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	AUTO_CLOSE int fd = tap_make(want, kernel, err);

	(void)store;
	if (fd < 0 || prepare(want, kernel->container, err) < 0)
		return -1;
	return tun_keep(fd, want->id.ifname, err);
}

int plain_tap_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct rtnl *container = kernel->container;
	struct link_state tap, bridge;
	bool exists;

	(void)store;
	if (link_query(container, want->id.ifname, &tap, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "interface %s is missing in the container", want->id.ifname);
	if (tap_verify_access(want, container, tap.ifindex, err) < 0)
		return -1;
	if (!tap_is_own(want, &tap))
		return error_set(err, ERROR_DRIFT, 0, "interface %s has another alias than we gave it (%s)",
				 want->id.ifname, want->host_ifname);
	if (want->device.bridge[0] == '\0')
		return 0;
	if (link_query(container, want->device.bridge, &bridge, &exists, err) < 0)
		return -1;
	return exists && tap.master == bridge.ifindex
		       ? 0
		       : error_set(err, ERROR_DRIFT, 0, "tap %s is no port of %s in the container", want->id.ifname,
				   want->device.bridge);
}

/** is_to_go() - without a record also what the reference plugin would have made */
static bool is_to_go(const struct attachment *want, const struct link_state *link)
{
	return tap_is_own(want, link) ||
	       (want->netns_cookie == 0 && strcmp(link->kind, "tun") == 0 && link->alias[0] == '\0' &&
		link->group == 0 && strcmp(link->name, want->id.ifname) == 0);
}

int plain_tap_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	return inside_remove(want, is_to_go, kernel, err);
}
