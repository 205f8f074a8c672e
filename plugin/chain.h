/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several links of one kind in a chain: which record is whose. */
#pragma once

#include "base/error.h"
#include "plugin/run.h"

/*
 * The first link of a kind has the kind's name in its key, and so have records of older versions; the others that and a
 * number: "tuning", "tuning.2". Which of them a verb is about is known by a hash of the plugin's own object of the
 * configuration. All are under one attachment lock.
 */

/** chain_is_of() - whether a key is one of this kind, whichever link it is */
bool chain_is_of(const struct attachment_id *id, const char *kind);

/**
 * chain_begin() - ADD: the key of this link becomes that of the request's wish
 *
 * It is one that has no record or, where a link of the same configuration is attached, that one's, for its record to be
 * met. What is left of unfinished ADDs and of other namespaces is detached first. The links that are there learn of this
 * one, so that no later verb takes one of them for it. ERROR_ALREADY_ATTACHED when there are CHAIN_LINKS.
 */
int chain_begin(struct run *run, struct error *err);

/**
 * chain_find() - CHECK and DEL: the same, of a link that may be attached
 *
 * Where the configuration was edited since no record has its hash: it is the newest, as DELs come last link first.
 * One that has no record, though others know of it, gets a key that has none.
 */
int chain_find(struct run *run, struct error *err);

/** chain_remove() - GC: detach all links of one kind, the newest first */
int chain_remove(struct run *run, const struct attachment_id *id, struct error *err);
