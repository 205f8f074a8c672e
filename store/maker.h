/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of whoever made the interface that a chained attachment is about. */
#pragma once

#include "store/store.h"

/**
 * maker_find() - the attachment of the same network, container and interface that has a host end of ours
 * @exists: false: another plugin made the interface, or one of ours that has no end on this host
 *
 * Of one that is just being removed nothing is to be done any more: it does not exist.
 */
int maker_find(struct store *store, const struct attachment_id *id, struct attachment *found, bool *exists,
	       struct error *err);

/**
 * maker_set_mac() - record that the container's end has another MAC now; opens a section of its own
 * @mac: NULL: the one that it was made with
 *
 * Nothing happens where there is no maker, or where its record says so already.
 */
int maker_set_mac(struct store *store, const struct attachment_id *id, const uint8_t *mac, struct error *err);
