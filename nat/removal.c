/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking elements away: compare and delete for one's own, by count for the shared ones. */
#include "nat/removal.h"

#include "base/cleanup.h"
#include "nat/nat.h"
#include "nat/ruleset.h"

#include <stdio.h>
#include <string.h>

bool nobody_has_it(const struct error *refusal)
{
	return refusal->errnum == ENOENT || refusal->errnum == EOPNOTSUPP || refusal->errnum == EPROTONOSUPPORT ||
	       refusal->errnum == EAFNOSUPPORT;
}

/**
 * put_away() - compare and delete, in one batch
 *
 * The kernel deletes by key whatever the data. Adding key and data first makes it compare: other data
 * are EEXIST and the whole batch is void; what is gone already is made and deleted in one breath. What leads to
 * a chain was compared before: see firewall_keep_present().
 */
static void put_away(struct nft *nft, const struct element_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!list->elements[i].nft.jump[0])
			nft_add_element(nft, &list->elements[i].nft);
	elements_delete(nft, list);
}

/** take_one_away() - EEXIST: this key is somebody else's by now, or a part of something wider */
static int take_one_away(const struct element *element, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct nft *nft = nft_begin(NAT_TABLE);

	if (!element->nft.jump[0])
		nft_add_element(nft, &element->nft);
	nft_delete_element(nft, &element->nft);
	if (nft_commit(nft, kernel->nft, &refusal) == 0 || refusal.errnum == EEXIST)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

static int take_each_away(const struct element_list *list, struct kernel *kernel, struct error *err)
{
	int status = 0;

	for (size_t i = 0; i < list->count; i++)
		if (take_one_away(&list->elements[i], kernel, err) < 0)
			status = -1;
	return status;
}

int take_away(const struct element_list *list, struct kernel *kernel, struct error *err)
{
	for (size_t done = 0, most = list->count; done < list->count;) {
		const size_t left = list->count - done;
		const struct element_list part = {.elements = list->elements + done,
						  .count = left < most ? left : most};
		struct error refusal = ERROR_INIT;
		struct nft *nft = nft_begin(NAT_TABLE);
		put_away(nft, &part);
		bool too_big = nft_commit(nft, kernel->nft, &refusal) < 0 && refusal.errnum == EMSGSIZE;
		if (too_big && part.count > 1) {
			/* rootless, the send buffer has a limit; a removal need not be one transaction */
			most = (part.count + 1) / 2;
			continue;
		}
		if (refusal.errnum == EEXIST) {
			if (take_each_away(&part, kernel, err) < 0)
				return -1;
		} else if (refusal.code != ERROR_NONE) {
			error_merge(err, &refusal);
			return -1;
		}
		done += part.count;
	}
	return 0;
}

/** name_use() - what the store counts for an element. Return: @name */
static const char *name_use(const struct element *element, const struct attachment *attachment,
			    char name[static USE_NAME_SIZE])
{
	const struct address *address = &attachment->addresses[element->address];

	switch (element->use) {
	case ELEMENT_OWN:
		break;
	case ELEMENT_GATEWAY:
		return use_name_gateway(&address->gateway, name);
	case ELEMENT_MASQUERADE:
		return use_name_masquerade(&address->subnet, name);
	case ELEMENT_EXCLUDE:
		return use_name_exclude(&address->subnet, &element->destination, name);
	case ELEMENT_APART:
		return use_name_apart(attachment, name);
	case ELEMENT_TOGETHER:
		return use_name_together(attachment, name);
	case ELEMENT_JOINT:
		return use_name_joint(&address->subnet, name);
	}
	name[0] = '\0';
	return name;
}

/** keep_unused() - reduce a list to the elements that nobody else uses */
static int keep_unused(struct element_list *list, const struct attachment *attachment, struct store *store,
		       struct error *err)
{
	char name[USE_NAME_SIZE], previous[USE_NAME_SIZE] = "";
	size_t kept = 0;
	bool last = false;

	for (size_t i = 0; i < list->count; i++) {
		(void)name_use(&list->elements[i], attachment, name);
		if (strcmp(name, previous) != 0 && use_is_last(store, name, &attachment->id, &last, err) < 0)
			return -1;
		(void)memcpy(previous, name, sizeof previous);
		if (last)
			list->elements[kept++] = list->elements[i];
	}
	list->count = kept;
	return 0;
}

/** struct survivors - exclusions that are still wanted while one that covers them goes */
struct survivors {
	const struct attachment *leaving;
	struct element_list list;
};

static void survivors_free(struct survivors *survivors)
{
	element_list_free(&survivors->list);
}

static int add_survivor(const struct attachment *attachment, void *argument, struct error *err)
{
	CLEANUP(element_list_free) struct element_list shared = ELEMENT_LIST_EMPTY;
	struct survivors *survivors = argument;
	size_t kept = 0;

	if (attachment->state == ATTACHMENT_REMOVING || attachment_id_equal(&attachment->id, &survivors->leaving->id))
		return 0;
	elements_shared(&shared, attachment, false);
	for (size_t i = 0; i < shared.count; i++)
		if (shared.elements[i].nft.kind == NFT_RANGE)
			shared.elements[kept++] = shared.elements[i];
	shared.count = kept;
	elements_merge(&survivors->list, &shared);
	if (shared.failed || survivors->list.failed)
		return error_set(err, ERROR_KERNEL, ENOMEM, "list masquerade exclusions");
	return 0;
}

/** drops_exclusion() - whether a configured exclusion or a subnet is among what goes: it may have covered others */
static bool drops_exclusion(const struct element_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->elements[i].use == ELEMENT_EXCLUDE || list->elements[i].use == ELEMENT_JOINT)
			return true;
	return false;
}

/** replace_exclusions() - take @leaving away and make sure of what others still want, in one transaction if possible */
static int replace_exclusions(const struct element_list *leaving, const struct attachment *attachment,
			      struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(survivors_free) struct survivors survivors = {.leaving = attachment, .list = ELEMENT_LIST_EMPTY};
	struct error refusal = ERROR_INIT;

	if (record_walk(store, NULL, add_survivor, &survivors, err) < 0)
		return -1;
	struct nft *nft = nft_begin(NAT_TABLE);
	put_away(nft, leaving);
	elements_add(nft, &survivors.list);
	if (nft_commit(nft, kernel->nft, &refusal) == 0)
		return 0;
	if (refusal.errnum != EEXIST) {
		error_merge(err, &refusal);
		return -1;
	}
	nft = nft_begin(NAT_TABLE);
	elements_add(nft, &survivors.list);
	if (take_each_away(leaving, kernel, err) < 0) {
		nft_free(nft);
		return -1;
	}
	return nft_commit(nft, kernel->nft, err);
}

int nat_network_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(element_list_free) struct element_list shared = ELEMENT_LIST_EMPTY;
	struct error refusal = ERROR_INIT;

	elements_shared(&shared, want, true);
	if (shared.failed)
		return error_set(err, ERROR_KERNEL, ENOMEM, "list shared nftables elements of %s", want->host_ifname);
	if (keep_unused(&shared, want, store, err) < 0)
		return -1;
	if (shared.count == 0)
		return 0;
	if ((drops_exclusion(&shared) ? replace_exclusions(&shared, want, store, kernel, &refusal)
				      : take_away(&shared, kernel, &refusal)) == 0)
		return 0;
	if (nobody_has_it(&refusal))
		return 0;
	error_merge(err, &refusal);
	return -1;
}
