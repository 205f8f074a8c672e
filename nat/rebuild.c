/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole table anew, for everybody: after a flush, an upgrade, or on request. */
#include "nat/rebuild.h"

#include "base/cleanup.h"
#include "conf/bridged.h"
#include "nat/admitted.h"
#include "nat/elements.h"
#include "nat/firewall.h"
#include "nat/forwarding.h"
#include "nat/ipvs.h"
#include "nat/nat.h"
#include "nat/ruleset.h"
#include "nat/spoof.h"
#include "nat/tunnel_guard.h"

/**
 * struct rebuild - one walk over the records
 * @shared: elements that several may have, each once
 * @tunnels: those of overlays, which may stand without any attachment
 * @chains: of rules; several may go through one
 * @checked: attachments that are in table "bridge cambric", too: who flushed one table may have flushed both
 */
struct rebuild {
	struct nft *nft;
	struct element_list shared, tunnels;
	struct chain_list chains;
	size_t attachments, checked;
};

static void rebuild_free(struct rebuild *rebuild)
{
	nft_free(rebuild->nft);
	element_list_free(&rebuild->shared);
	element_list_free(&rebuild->tunnels);
	chain_list_free(&rebuild->chains);
}

static int add_record(const struct attachment *attachment, void *argument, struct error *err)
{
	CLEANUP(element_list_free) struct element_list own = ELEMENT_LIST_EMPTY;
	CLEANUP(element_list_free) struct element_list shared = ELEMENT_LIST_EMPTY;
	struct rebuild *rebuild = argument;

	if (attachment->state == ATTACHMENT_REMOVING || !attachment_is_in_ruleset(attachment))
		return 0;
	rebuild->attachments++;
	rebuild->checked += bridge_has(attachment, BRIDGE_SPOOF_CHECK);
	elements_own(&own, attachment);
	elements_shared(&shared, attachment, false);
	elements_merge(&rebuild->shared, &shared);
	firewall_add_once(rebuild->nft, attachment, &rebuild->chains);
	if (own.failed || shared.failed || rebuild->shared.failed || rebuild->chains.failed)
		return error_set(err, ERROR_KERNEL, ENOMEM, "rebuild nftables table inet %s", NAT_TABLE);
	elements_add(rebuild->nft, &own);
	return 0;
}

/** rebuild_in_section() - read who is there and replace the table, while nobody can join or leave */
static int rebuild_in_section(struct store *store, struct kernel *kernel, enum rebuild_when when, struct error *err)
{
	CLEANUP(rebuild_free)
	struct rebuild rebuild = {.nft = NULL, .shared = ELEMENT_LIST_EMPTY, .tunnels = ELEMENT_LIST_EMPTY};
	struct nft_set_state state;
	bool present = false;

	if (when != REBUILD_ALWAYS && nft_read_set(kernel->nft, NAT_TABLE, NAT_MARKER, &state, &present, err) < 0)
		return -1;
	if (present)
		return 0;
	rebuild.nft = nft_begin(NAT_TABLE);
	nft_add_table(rebuild.nft); /* so that deleting works whether or not it is there */
	nft_delete_table(rebuild.nft);
	ruleset_add(rebuild.nft);
	if (record_walk(store, NULL, add_record, &rebuild, err) < 0 ||
	    forwarding_guard_elements(&rebuild.shared, store, err) < 0 ||
	    tunnel_guard_elements(&rebuild.tunnels, store, NULL, err) < 0)
		return -1;
	/* without attachments, what is shared is the guard */
	if (when == REBUILD_IF_MISSED && rebuild.attachments == 0 && rebuild.shared.count == 0 &&
	    rebuild.tunnels.count == 0)
		return 0;
	if (ipvs_elements(&rebuild.shared, kernel, err) < 0)
		return -1;
	elements_add(rebuild.nft, &rebuild.shared);
	elements_add(rebuild.nft, &rebuild.tunnels);
	struct nft *nft = rebuild.nft;
	rebuild.nft = NULL;
	if (nft_commit(nft, kernel->nft, err) < 0)
		return -1;
	return rebuild.checked > 0 ? spoof_rebuild(store, kernel, err) : 0;
}

int rebuild_table(struct store *store, struct kernel *kernel, enum rebuild_when when, struct error *err)
{
	if (when == REBUILD_IF_MISSED && !store_exists(store))
		return 0;
	if (store_begin(store, err) < 0)
		return -1;
	int status = rebuild_in_section(store, kernel, when, err);
	store_end(store);
	return status;
}

int nat_rebuild(struct store *store, struct kernel *kernel, bool only_if_missing, struct error *err)
{
	if (rebuild_table(store, kernel, only_if_missing ? REBUILD_IF_MISSING : REBUILD_ALWAYS, err) < 0)
		return -1;
	return admitted_settle(store, kernel, true, err);
}

/** commit_once() - all lists in one transaction, and before them the chains that are missing */
static int commit_once(const struct element_list lists[], size_t count, struct kernel *kernel, struct error *err)
{
	struct nft *nft = nft_begin(NAT_TABLE);

	for (size_t i = 0; i < count; i++) {
		if (lists[i].filtered && firewall_add_missing(nft, lists[i].filtered, kernel, err) < 0) {
			nft_free(nft);
			return -1;
		}
		elements_add(nft, &lists[i]);
	}
	return nft_commit(nft, kernel->nft, err);
}

/** commit_with() - try, and mend the table with @mend */
static int commit_with(const struct element_list lists[], size_t count, struct store *store, struct kernel *kernel,
		       int (*mend)(struct store *, struct kernel *, enum rebuild_when, struct error *),
		       struct error *err)
{
	for (int round = 0;; round++) {
		struct error refusal = ERROR_INIT;
		if (commit_once(lists, count, kernel, &refusal) == 0)
			return 0;
		if (refusal.errnum != ENOENT || round == HEALING_ROUNDS) {
			error_merge(err, &refusal);
			return -1;
		}
		/* first whoever is faster; a table with our mark that lacks a set is replaced all the same */
		if (mend(store, kernel, round == 0 ? REBUILD_IF_MISSING : REBUILD_ALWAYS, err) < 0)
			return -1;
	}
}

int commit_healing(const struct element_list lists[], size_t count, struct store *store, struct kernel *kernel,
		   struct error *err)
{
	return commit_with(lists, count, store, kernel, rebuild_table, err);
}

int commit_healing_in_section(const struct element_list lists[], size_t count, struct store *store,
			      struct kernel *kernel, struct error *err)
{
	return commit_with(lists, count, store, kernel, rebuild_in_section, err);
}
