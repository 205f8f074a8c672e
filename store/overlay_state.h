/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is applied for the overlay of a network: overlay/<network>, written whole by rename.
 *
 * Two lines, each a JSON document: what was wished for (as a hash) and decided, short enough for every ADD to read, and the
 * peers. Whoever changes anything in the kernel writes first what he is going to apply, with "settled" false, and what is
 * replaced by it beside ("leaving", "oldTunnel"); who is killed loses nothing by that.
 */
#pragma once

#include "conf/overlay.h"
#include "store/store.h"

enum { OVERLAY_STATE_LIMIT = 8 << 20, OVERLAY_STATE_VERSION = 1 };

/** overlay_state_load() - *@state is for overlay_free(); NULL: there is none. One that cannot be read is none, with a warning */
int overlay_state_load(struct store *store, const char *network, struct overlay **state, struct error *err);

/**
 * overlay_state_glance() - is @wish what is applied?
 *
 * Then what was decided about it, @settled too, is taken over into @wish: local address and device, who is reached
 * directly, MTU. Otherwise @settled is false.
 */
int overlay_state_glance(struct store *store, const char *network, struct overlay *wish, struct error *err);

/** overlay_state_save() - inside a section */
int overlay_state_save(struct store *store, const char *network, const struct overlay *state, struct error *err);

/**
 * overlay_state_settle() - all of it stands: forget who has left, and what was replaced; opens a section of its own
 *
 * Nothing happens where something else has been applied meanwhile.
 */
int overlay_state_settle(struct store *store, const char *network, struct overlay *applied, struct error *err);

/** overlay_state_remove() - inside a section; what is not there is success */
int overlay_state_remove(struct store *store, const char *network, struct error *err);

/** overlay_visit - looks at what is applied for one network; 0 to go on, -1 with @err set */
typedef int (*overlay_visit)(const char *network, const struct overlay *state, void *argument, struct error *err);

/** overlay_states_walk() - those of all networks but one (NULL: of all) */
int overlay_states_walk(struct store *store, const char *but, overlay_visit visit, void *argument, struct error *err);
