/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains of rules, one per network and direction; which of them an attachment goes through is an element. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "conf/firewall_chain.h"
#include "kernel/kernel.h"
#include "nat/elements.h"
#include "store/store.h"

/**
 * firewall_add_missing() - append to a transaction the chains of an attachment that are not in the kernel yet
 *
 * One question per chain, and none for attachments without. Chains go only in a section of the store that
 * counts no record with them, so those of an attachment that is recorded stay.
 */
int firewall_add_missing(struct nft *nft, const struct attachment *attachment, struct kernel *kernel,
			 struct error *err);

/** struct chain_list - chains that were made already; @failed: there was no memory, so it is not whole */
struct chain_list {
	struct firewall_chain *chains;
	size_t count;
	bool failed;
};

/** chain_list_free() - for CLEANUP(); leaves it empty */
void chain_list_free(struct chain_list *list);

/** firewall_add_once() - append the chains of an attachment that are not in @made, and add them there */
void firewall_add_once(struct nft *nft, const struct attachment *attachment, struct chain_list *made);

/**
 * firewall_keep_present() - take out of a list the elements that lead to chains but are not in the kernel, or not its own
 *
 * Elements are compared by adding them, which these could not be when the chain is gone. A host end is the attachment's
 * alone, so what it leads to is its own, whatever that is; an address (of MODE_BRIDGE) may be somebody else's by now.
 */
int firewall_keep_present(struct element_list *own, struct kernel *kernel, struct error *err);

/** firewall_verify() - the chains of an attachment, rule by rule; ERROR_DRIFT */
int firewall_verify(const struct attachment *want, struct kernel *kernel, struct error *err);

/**
 * firewall_warn_of_changes() - warn of each chain of a network that is not what its attachments need
 *
 * Nothing is looked at when @want, of the configuration, has no rules.
 */
void firewall_warn_of_changes(const struct attachment *want, struct store *store, struct kernel *kernel,
			      struct error *err);

/** firewall_network_remove() - chains that nobody but this attachment uses; inside a section of the store */
int firewall_network_remove(const struct attachment *want, struct store *store, struct kernel *kernel,
			    struct error *err);
