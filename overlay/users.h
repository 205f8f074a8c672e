/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who else needs what an overlay has: other attachments of the network, and other networks. */
#pragma once

#include "conf/attachment.h"
#include "conf/overlay.h"
#include "kernel/kernel.h"
#include "store/store.h"

/** overlay_load_last() - what is applied for the network of its last user, for overlay_free(); NULL where there is nothing to take away; inside a section */
int overlay_load_last(const struct attachment *want, struct store *store, struct overlay **state, struct error *err);

/** struct other_overlays - what is applied for all networks but one; for others_free() */
struct other_overlays {
	size_t count;
	struct overlay_use {
		char tunnel[IFNAMSIZ];
		struct prefix subnet;
	} * uses;
	bool failed;
};

/** others_load() - @network: the one that is left out */
int others_load(struct other_overlays *others, struct store *store, const char *network, struct error *err);
void others_free(struct other_overlays *others);
/** others_have_tunnel(), others_have_subnet() - whether another network counts on it */
bool others_have_tunnel(const struct other_overlays *others, const char *name);
bool others_have_subnet(const struct other_overlays *others, const struct prefix *subnet);
