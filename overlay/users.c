/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users of an overlay, counted in the store. */
#include "overlay/users.h"

#include "store/overlay_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int overlay_load_last(const struct attachment *want, struct store *store, struct overlay **state, struct error *err)
{
	char name[USE_NAME_SIZE];
	bool last = false;

	*state = NULL;
	if (!want->in_overlay)
		return 0;
	if (use_is_last(store, use_name_overlay(want->id.network, name), &want->id, &last, err) < 0)
		return -1;
	return last ? overlay_state_load(store, want->id.network, state, err) : 0;
}

static void add_use(struct other_overlays *others, const char *tunnel, const struct prefix *subnet)
{
	const size_t step = 1024;

	if (others->failed)
		return;
	if (others->count % step == 0) {
		struct overlay_use *larger = reallocarray(others->uses, others->count + step, sizeof *larger);

		others->failed = !larger;
		if (!larger)
			return;
		others->uses = larger;
	}
	struct overlay_use *use = &others->uses[others->count++];
	*use = (struct overlay_use){.subnet = *subnet};
	snprintf(use->tunnel, sizeof use->tunnel, "%s", tunnel);
}

static void add_peer(struct other_overlays *others, const struct overlay *state, const struct overlay_peer *peer)
{
	char tunnel[IFNAMSIZ] = "";

	if (peer->leaving)
		return;
	if (peer->point_to_point)
		overlay_tunnel_name(state, peer, tunnel);
	for (size_t i = 0; i < peer->subnet_count; i++)
		add_use(others, tunnel, &peer->subnets[i]);
}

static int add_state(const char *network, const struct overlay *state, void *argument, struct error *err)
{
	struct other_overlays *others = argument;

	(void)network;
	add_use(others, state->tunnel, &state->networks[0]);
	add_use(others, "", &state->networks[1]);
	for (size_t i = 0; i < state->peer_count; i++)
		add_peer(others, state, &state->peers[i]);
	return others->failed ? error_set(err, ERROR_STORE, ENOMEM, "list the overlays of other networks") : 0;
}

int others_load(struct other_overlays *others, struct store *store, const char *network, struct error *err)
{
	*others = (struct other_overlays){.count = 0};
	return overlay_states_walk(store, network, add_state, others, err);
}

void others_free(struct other_overlays *others)
{
	free(others->uses);
}

bool others_have_tunnel(const struct other_overlays *others, const char *name)
{
	for (size_t i = 0; i < others->count; i++)
		if (name[0] && strcmp(others->uses[i].tunnel, name) == 0)
			return true;
	return false;
}

bool others_have_subnet(const struct other_overlays *others, const struct prefix *subnet)
{
	for (size_t i = 0; i < others->count; i++)
		if (prefix_equal(&others->uses[i].subnet, subnet))
			return true;
	return false;
}
