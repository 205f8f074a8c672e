/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is applied for a network, from one wish to the next. */
#include "overlay/applied.h"

#include "base/cleanup.h"
#include "kernel/sysctl.h"
#include "overlay/underlay.h"
#include "overlay/users.h"
#include "store/overlay_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_subnets(const struct overlay_peer *a, const struct overlay_peer *b)
{
	if (a->subnet_count != b->subnet_count)
		return false;
	for (size_t i = 0; i < a->subnet_count; i++)
		if (!prefix_equal(&a->subnets[i], &b->subnets[i]))
			return false;
	return true;
}

static int compare_hosts(const void *a, const void *b)
{
	const struct overlay_peer *const *left = a, *const *right = b;

	return ip_compare(&(*left)->host, &(*right)->host);
}

/** struct wished - the peers of a wish in the order of their hosts */
struct wished {
	size_t count;
	const struct overlay_peer **peers;
};

static int wished_fill(struct wished *wished, const struct overlay *overlay, struct error *err)
{
	wished->peers = calloc(overlay->peer_count + 1, sizeof(void *));
	if (!wished->peers)
		return error_set(err, ERROR_IO, ENOMEM, "compare the peers of an overlay");
	for (size_t i = 0; i < overlay->peer_count; i++)
		if (!overlay->peers[i].leaving)
			wished->peers[wished->count++] = &overlay->peers[i];
	qsort(wished->peers, wished->count, sizeof(void *), compare_hosts);
	return 0;
}

/** stays() - whether the wish has a peer as it stands */
static bool stays(const struct wished *wished, const struct overlay_peer *peer)
{
	const struct overlay_peer *const *found =
		wished->count ? bsearch(&peer, wished->peers, wished->count, sizeof(void *), compare_hosts) : NULL;

	return found && (*found)->point_to_point == peer->point_to_point && same_subnets(*found, peer) &&
	       ip_equal(&(*found)->address, &peer->address) && ip_equal(&(*found)->peer_address, &peer->peer_address);
}

/** same_end() - whether kind, local address and what else tells tunnels apart are those of what stands */
static bool same_end(const struct overlay *wish, const struct overlay *stands)
{
	char wished[IFNAMSIZ], standing[IFNAMSIZ];

	overlay_tunnel_name(wish, NULL, wished);
	overlay_tunnel_name(stands, NULL, standing);
	return strcmp(wished, standing) == 0;
}

/** append_leaving() - of what stands; where the tunnel has another end everybody leaves, and joins anew */
static int append_leaving(struct overlay *wish, const struct overlay *stands, struct error *err)
{
	struct overlay_peer *peers =
		reallocarray(wish->peers, wish->peer_count + stands->peer_count + 1, sizeof *wish->peers);
	const bool same = same_end(wish, stands);
	struct wished wished = {.count = 0};

	if (!peers)
		return error_set(err, ERROR_IO, ENOMEM, "compare the peers of an overlay");
	wish->peers = peers;
	if (wished_fill(&wished, wish, err) < 0)
		return -1;
	for (size_t i = 0; i < stands->peer_count; i++) {
		if (!stands->peers[i].leaving && same && stays(&wished, &stands->peers[i]))
			continue;
		struct overlay_peer *peer = &peers[wish->peer_count++];
		*peer = stands->peers[i];
		peer->leaving = true;
		if (peer->point_to_point)
			overlay_tunnel_name(stands, &stands->peers[i], peer->tunnel);
	}
	free(wished.peers);
	return 0;
}

static bool is_listed(const struct prefix *network, const struct prefix networks[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (prefix_equal(&networks[i], network))
			return true;
	return false;
}

/** add_networks() - to the old ones those that are not wished for, each once. Return: whether there is room */
static bool add_networks(struct overlay *wish, const struct prefix networks[], size_t count)
{
	size_t room = 0;

	while (room < OVERLAY_OLD && ip_is_set(&wish->old_networks[room].ip))
		room++;
	for (size_t i = 0; i < count; i++) {
		if (!ip_is_set(&networks[i].ip) || is_listed(&networks[i], wish->networks, OVERLAY_FAMILIES) ||
		    is_listed(&networks[i], wish->old_networks, room))
			continue;
		if (room == OVERLAY_OLD)
			return false;
		wish->old_networks[room++] = networks[i];
	}
	return true;
}

/** add_tunnel() - to the old ones, if it is not the one that is wished for; each once. Return: whether there is room */
static bool add_tunnel(struct overlay *wish, const char *name)
{
	const size_t length = strlen(wish->old_tunnels), room = sizeof wish->old_tunnels - length;

	if (name[0] == '\0' || strcmp(name, wish->tunnel) == 0 || strstr(wish->old_tunnels, name))
		return true;
	return snprintf(wish->old_tunnels + length, room, "%s ", name) < (int)room;
}

/** take_over() - of what stands all that the wish replaces, and what was replaced before and may be there still */
static int take_over(struct overlay *wish, const struct overlay *stands, struct error *err)
{
	const char *at = stands->old_tunnels;
	char name[IFNAMSIZ];
	bool whole = add_networks(wish, stands->old_networks, OVERLAY_OLD) &&
		     add_networks(wish, stands->networks, OVERLAY_FAMILIES) && add_tunnel(wish, stands->tunnel);

	while (overlay_old_tunnel(&at, name))
		whole = whole && add_tunnel(wish, name);
	if (!whole || wish->peer_count + stands->peer_count > MAX_APPLIED_PEERS)
		return error_set(err, ERROR_STORE, 0, "overlay: too many changes were not finished");
	return append_leaving(wish, stands, err);
}

static int write_in_section(struct attachment *want, struct store *store, struct error *err)
{
	CLEANUP(overlay_free) struct overlay *stands = NULL;

	if (overlay_state_load(store, want->id.network, &stands, err) < 0 ||
	    (stands && take_over(want->overlay, stands, err) < 0))
		return -1;
	want->overlay->settled = false;
	return overlay_state_save(store, want->id.network, want->overlay, err);
}

/** glance() - is it what stands, and has nothing changed about the way there? */
static int glance(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct overlay before = *want->overlay;
	bool changed = false;

	if (overlay_state_glance(store, want->id.network, want->overlay, err) < 0)
		return -1;
	if (want->overlay->settled && underlay_has_changed(want->overlay, kernel, &changed, err) < 0)
		return -1;
	if (want->overlay->settled && !changed)
		return 0;
	*want->overlay = before;
	want->overlay->settled = false;
	return 0;
}

int overlay_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	if (!want->in_overlay)
		return 0;
	if (glance(want, store, kernel, err) < 0)
		return -1;
	if (want->overlay->settled)
		return 0;
	if (underlay_decide(want->overlay, kernel, err) < 0 || store_begin(store, err) < 0)
		return -1;
	int status = write_in_section(want, store, err);
	store_end(store);
	return status;
}

int overlay_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(overlay_free) struct overlay *state = NULL;

	(void)kernel;
	if (overlay_load_last(want, store, &state, err) < 0)
		return -1;
	return state ? overlay_state_remove(store, want->id.network, err) : 0;
}

int overlay_settle(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)kernel;
	return want->in_overlay ? overlay_state_settle(store, want->id.network, want->overlay, err) : 0;
}

int overlay_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	static const struct sysctl strict = {"ipv4/conf/%s", "rp_filter", "1", true};
	const char *const interfaces[] = {"all", want->overlay ? want->overlay->device : ""};
	char value[SYSCTL_VALUE_SIZE], greatest = '0';

	(void)store;
	if (!want->in_overlay || !want->overlay || underlay_decide(want->overlay, kernel, err) < 0)
		return want->in_overlay && want->overlay ? -1 : 0;
	if (!want->overlay->direct || !want->overlay->device[0])
		return 0;
	for (size_t i = 0; i < sizeof interfaces / sizeof *interfaces; i++) {
		if (sysctl_read(&strict, interfaces[i], value, err) < 0)
			return -1;
		if (value[0] > greatest)
			greatest = value[0];
	}
	if (greatest == '1')
		error_warn(err,
			   "overlay: rp_filter of %s is 1: packets of a peer that reaches this host another way are "
			   "dropped "
			   "(2 lets them in)",
			   want->overlay->device);
	return 0;
}
