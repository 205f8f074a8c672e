/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tunnel devices that nobody needs any more, and what those that stay had for peers who are now others. */
#include "base/cleanup.h"
#include "kernel/message.h"
#include "overlay/tunnel.h"

#include <linux/rtnetlink.h>
#include <string.h>

static int remove_device(const char *name, const struct other_overlays *others, struct kernel *kernel,
			 struct error *err)
{
	return !name[0] || others_have_tunnel(others, name) ? 0 : tunnel_delete(name, kernel, err);
}

/** find_heir() - who stays behind the device of one who leaves, as something else about him has changed; NULL: nobody */
static const struct overlay_peer *find_heir(const struct overlay *overlay, const char *name)
{
	char other[IFNAMSIZ];

	for (size_t i = 0; i < overlay->peer_count; i++) {
		const struct overlay_peer *peer = &overlay->peers[i];

		if (!peer->point_to_point || peer->leaving)
			continue;
		overlay_tunnel_name(overlay, peer, other);
		if (strcmp(other, name) == 0)
			return peer;
	}
	return NULL;
}

/** drop_pair() - the addresses that the link to @heir had before it had others */
static int drop_pair(const struct overlay *overlay, const struct overlay_peer *heir, const struct overlay_peer *before,
		     struct rtnl *host, struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct tunnel_device device;

	if (ip_equal(&heir->address, &before->address) && ip_equal(&heir->peer_address, &before->peer_address))
		return 0;
	if (tunnel_query(overlay, heir, host, &device, err) < 0)
		return -1;
	if (!device.ifindex ||
	    rtnl_request(host, tunnel_pair_message(RTM_DELADDR, 0, before, device.ifindex), &refusal,
			 "delete old address") == 0 ||
	    refusal.errnum == EADDRNOTAVAIL)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int tunnel_drop_old(const struct overlay *overlay, const struct other_overlays *others, struct kernel *kernel,
		    struct error *err)
{
	const char *at = overlay->old_tunnels;
	char name[IFNAMSIZ];
	int status = 0;

	while (overlay_old_tunnel(&at, name))
		status |= remove_device(name, others, kernel, err);
	for (size_t i = 0; i < overlay->peer_count; i++) {
		if (!overlay->peers[i].point_to_point || !overlay->peers[i].leaving)
			continue;
		overlay_tunnel_name(overlay, &overlay->peers[i], name);
		const struct overlay_peer *heir = find_heir(overlay, name);
		status |= heir ? drop_pair(overlay, heir, &overlay->peers[i], kernel->host, err)
			       : remove_device(name, others, kernel, err);
	}
	return status;
}

int tunnel_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(others_free) struct other_overlays others = {.count = 0};
	CLEANUP(overlay_free) struct overlay *overlay = NULL;
	char name[IFNAMSIZ];

	if (overlay_load_last(want, store, &overlay, err) < 0)
		return -1;
	if (!overlay)
		return 0;
	if (others_load(&others, store, want->id.network, err) < 0)
		return -1;
	int status =
		tunnel_drop_old(overlay, &others, kernel, err) | remove_device(overlay->tunnel, &others, kernel, err);
	for (size_t i = 0; i < overlay->peer_count; i++) {
		if (!overlay->peers[i].point_to_point || overlay->peers[i].leaving)
			continue;
		overlay_tunnel_name(overlay, &overlay->peers[i], name);
		status |= remove_device(name, &others, kernel, err);
	}
	return status;
}
