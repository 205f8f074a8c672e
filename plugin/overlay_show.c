/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cambric overlay show. Prints, as the command line does. */
#include "plugin/overlay_sync.h"

#include "base/cleanup.h"
#include "store/overlay_state.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void print_peer(const struct overlay *state, const struct overlay_peer *peer)
{
	char host[IP_TEXT_SIZE], subnet[PREFIX_TEXT_SIZE], tunnel[IFNAMSIZ];

	(void)printf("  %s", ip_format(&peer->host, host));
	for (size_t i = 0; i < peer->subnet_count; i++)
		(void)printf(" %s", prefix_format(&peer->subnets[i], subnet));
	overlay_tunnel_name(state, peer, tunnel);
	(void)printf(" %s%s\n",
		     peer->direct	    ? "direct"
		     : peer->point_to_point ? tunnel
					    : state->tunnel,
		     peer->leaving ? " leaving" : "");
}

static int print_state(const char *network, const struct overlay *state, void *argument, struct error *err)
{
	const char *only = argument;
	char local[IP_TEXT_SIZE];

	(void)err;
	if (only && strcmp(only, network) != 0)
		return 0;
	(void)printf("%s %s local %s device %s mtu %u%s\n", network,
		     state->direct ? "auto" : overlay_kind_name(state->kind), ip_format(&state->local, local),
		     state->device[0] ? state->device : "-", state->mtu, state->settled ? "" : " unsettled");
	for (size_t i = 0; i < state->peer_count; i++)
		print_peer(state, &state->peers[i]);
	return 0;
}

int overlay_show(const char *data_dir, const char *network, struct error *err)
{
	CLEANUP(store_close) struct store *store = NULL;

	if (store_open(&store, data_dir, false, err) < 0 || store_enter(store, false, err) < 0)
		return -1;
	return overlay_states_walk(store, NULL, print_state, (void *)(uintptr_t)network, err);
}
