/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attachment's own row: its elements, and the shared ones it needs, in one transaction. */
#include "nat/nat.h"

#include "base/cleanup.h"
#include "kernel/locality.h"
#include "nat/elements.h"
#include "nat/firewall.h"
#include "nat/foreign.h"
#include "nat/ipvs.h"
#include "nat/rebuild.h"
#include "nat/removal.h"
#include "nat/ruleset.h"
#include "nat/stale.h"

enum { OWN, SHARED, LISTS };

/** struct lists - all elements of an attachment */
struct lists {
	struct element_list of[LISTS];
};

static void lists_free(struct lists *lists)
{
	for (size_t i = 0; i < LISTS; i++)
		element_list_free(&lists->of[i]);
}

static int lists_fill(struct lists *lists, const struct attachment *attachment, struct error *err)
{
	elements_own(&lists->of[OWN], attachment);
	elements_shared(&lists->of[SHARED], attachment, false);
	if (lists->of[OWN].failed || lists->of[SHARED].failed)
		return error_set(err, ERROR_KERNEL, ENOMEM, "list nftables elements of %s", attachment->host_ifname);
	return 0;
}

/** is_taken() - whether the port @key (an end of the wanted range) leads elsewhere, to what is in *@found */
static int is_taken(const struct nft_element *wanted, const struct nft_value *key, struct kernel *kernel,
		    struct nft_element *found, bool *taken, struct error *err)
{
	struct nft_element at_key = *wanted;
	bool present;

	at_key.key = *key;
	if (nft_get_element(kernel->nft, NAT_TABLE, &at_key, found, &present, err) < 0)
		return -1;
	*taken = present && !element_covers(found, wanted);
	return 0;
}

/** find_taken() - the port mapping that somebody else has: ERROR_PORT_TAKEN names it; 0 when none is found */
static int find_taken(const struct element_list *own, const struct attachment *want, struct kernel *kernel,
		      struct error *err)
{
	char text[ELEMENT_TEXT_SIZE], holder[IP_TEXT_SIZE];
	struct nft_element found;

	for (size_t i = 0; i < own->count; i++) {
		const struct nft_element *wanted = &own->elements[i].nft;
		bool taken = false;
		if (own->elements[i].mapping < 0)
			continue;
		if (is_taken(wanted, &wanted->key, kernel, &found, &taken, err) < 0)
			return -1;
		if (!taken && wanted->kind == NFT_RANGE &&
		    is_taken(wanted, &wanted->last, kernel, &found, &taken, err) < 0)
			return -1;
		if (taken)
			return error_set(err, ERROR_PORT_TAKEN, 0, "%s is published for %s already",
					 element_describe(&own->elements[i], want, text),
					 element_target(&found, holder));
	}
	return 0;
}

/** drop_covered() - take out of @shared what something wider in the table does already. *@dropped: how many */
static int drop_covered(struct element_list *shared, struct kernel *kernel, size_t *dropped, struct error *err)
{
	size_t kept = 0, before = shared->count;

	for (size_t i = 0; i < before; i++) {
		struct nft_element found;
		bool present = false;
		if (nft_get_element(kernel->nft, NAT_TABLE, &shared->elements[i].nft, &found, &present, err) < 0)
			return -1;
		if (!present || !element_covers(&found, &shared->elements[i].nft))
			shared->elements[kept++] = shared->elements[i];
	}
	shared->count = kept;
	*dropped = before - kept;
	return 0;
}

/**
 * add_around() - commit; refused with EEXIST, once more without what is covered
 *
 * Exclusions of an earlier attachment may be wider than those of this one (the configuration changed):
 * the kernel takes a wide interval beside a narrow one, but not the other way round.
 */
static int add_around(struct lists *lists, struct store *store, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;
	size_t dropped = 0;

	if (commit_healing(lists->of, LISTS, store, kernel, &refusal) == 0)
		return 0;
	if (refusal.errnum == EEXIST && drop_covered(&lists->of[SHARED], kernel, &dropped, err) < 0)
		return -1;
	if (dropped)
		return commit_healing(lists->of, LISTS, store, kernel, err);
	error_merge(err, &refusal);
	return -1;
}

/**
 * add_elements() - own and shared ones, in one transaction
 *
 * Whose address and port it is was settled in the store, so what else is in the way is wrong: left
 * behind, made by hand, or an exclusion that a wider one of this attachment takes in (of two that begin or
 * end alike the kernel refuses the wider one, too). A table made anew from the records has none of it.
 */
static int add_elements(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	for (bool rebuilt = false;; rebuilt = true) {
		CLEANUP(lists_free) struct lists lists = {.of = {ELEMENT_LIST_EMPTY, ELEMENT_LIST_EMPTY}};
		struct error refusal = ERROR_INIT;
		if (lists_fill(&lists, want, err) < 0)
			return -1;
		if (add_around(&lists, store, kernel, &refusal) == 0)
			return 0;
		if (rebuilt && refusal.errnum == EEXIST && find_taken(&lists.of[OWN], want, kernel, err) < 0)
			return -1;
		if (rebuilt || refusal.errnum != EEXIST) {
			error_merge(err, &refusal);
			return -1;
		}
		if (rebuild_table(store, kernel, REBUILD_ALWAYS, err) < 0)
			return -1;
	}
}

/** check_host_ips() - a published address must be this host's: nobody may draw traffic for others (CVE-2020-8554) */
static int check_host_ips(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	char text[IP_TEXT_SIZE];
	bool local;

	for (size_t i = 0; i < want->port_count; i++) {
		const struct port_mapping *mapping = &want->ports[i];
		if (port_mapping_is_any(mapping))
			continue;
		if (ip_is_local(kernel->host, &mapping->host_ip, &local, err) < 0)
			return -1;
		if (!local)
			return error_set(err, ERROR_CONFIG, 0,
					 "hostIP %s of host port %u/%s is no address of this host",
					 ip_format(&mapping->host_ip, text), mapping->host_port,
					 protocol_name(mapping->protocol));
	}
	return 0;
}

/** warn_snat() - replies to an address that is not local come back only if the network has a route for it to here */
static int warn_snat(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	char text[IP_TEXT_SIZE];
	bool local;

	for (size_t i = 0; i < NAT_FAMILIES; i++) {
		const struct ip *snat = &want->nat.snat[i];
		if (!ip_is_set(snat))
			continue;
		if (ip_is_local(kernel->host, snat, &local, err) < 0)
			return -1;
		if (!local)
			error_warn(err,
				   "nat.snat: %s is no address of this host: answers arrive only if it is routed here"
				   " (a pool of one address is answered for)",
				   ip_format(snat, text));
	}
	return 0;
}

int nat_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	if (check_host_ips(want, kernel, err) < 0 || warn_snat(want, kernel, err) < 0 ||
	    ipvs_ensure(want, store, kernel, err) < 0 || add_elements(want, store, kernel, err) < 0)
		return -1;
	stale_flush(want, STALE_BEFORE_ADD, kernel, err);
	foreign_warn_forward(want, kernel, err);
	return 0;
}

static int verify_list(const struct element_list *list, const struct attachment *want, struct kernel *kernel,
		       struct error *err)
{
	char text[ELEMENT_TEXT_SIZE];
	struct nft_element found;
	bool present;

	for (size_t i = 0; i < list->count; i++) {
		const struct element *element = &list->elements[i];
		if (nft_get_element(kernel->nft, NAT_TABLE, &element->nft, &found, &present, err) < 0)
			return -1;
		if (!present)
			return error_set(err, ERROR_DRIFT, 0, "%s is missing", element_describe(element, want, text));
		if (!element_covers(&found, &element->nft))
			return error_set(err, ERROR_DRIFT, 0, "%s was changed", element_describe(element, want, text));
	}
	return 0;
}

int nat_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(lists_free) struct lists lists = {.of = {ELEMENT_LIST_EMPTY, ELEMENT_LIST_EMPTY}};

	(void)store;
	if (ruleset_verify(kernel->nft, err) < 0 || lists_fill(&lists, want, err) < 0 ||
	    verify_list(&lists.of[OWN], want, kernel, err) < 0)
		return -1;
	if (verify_list(&lists.of[SHARED], want, kernel, err) < 0)
		return -1;
	return firewall_verify(want, kernel, err);
}

/**
 * rebuild_without() - the table is missing: make it anew for the others, if there are any
 *
 * Our record says that we are leaving, unless there was no room in the store to say so: then the rebuild has brought
 * our elements back.
 */
static int rebuild_without(const struct element_list *own, struct store *store, struct kernel *kernel,
			   struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (rebuild_table(store, kernel, REBUILD_IF_MISSED, &refusal) < 0) {
		error_warn(err, "nftables table inet %s is missing and could not be rebuilt: %s", NAT_TABLE,
			   refusal.msg);
		return 0;
	}
	if (take_away(own, kernel, &refusal) == 0 || nobody_has_it(&refusal))
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int nat_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(element_list_free) struct element_list own = ELEMENT_LIST_EMPTY;
	struct error refusal = ERROR_INIT;

	elements_own(&own, want);
	if (own.failed)
		return error_set(err, ERROR_KERNEL, ENOMEM, "list nftables elements of %s", want->host_ifname);
	if (own.filtered && firewall_keep_present(&own, kernel, err) < 0)
		return -1;
	if (take_away(&own, kernel, &refusal) == 0) {
		stale_flush(want, STALE_AFTER_DEL, kernel, err);
		return 0;
	}
	if (!nobody_has_it(&refusal)) {
		error_merge(err, &refusal);
		return -1;
	}
	stale_flush(want, STALE_AFTER_DEL, kernel, err);
	return refusal.errnum == ENOENT ? rebuild_without(&own, store, kernel, err) : 0;
}

/** warn_of_changes() - ADD and DEL do not look at rules, so what they say nothing of is told here */
static void warn_of_changes(struct kernel *kernel, struct error *err)
{
	struct error drift = ERROR_INIT;

	if (ruleset_verify(kernel->nft, &drift) < 0)
		error_warn(err, "%s (cambric reload makes the table anew)", drift.msg);
}

int nat_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct nft_set_state state;
	bool present = false;

	foreign_warn_policies(kernel, err);
	if (nft_read_set(kernel->nft, NAT_TABLE, NAT_MARKER, &state, &present, &refusal) == 0 && present) {
		warn_of_changes(kernel, err);
		firewall_warn_of_changes(want, store, kernel, err);
		return 0;
	}
	error_clear(&refusal);
	struct nft *nft = nft_begin(NAT_TABLE "_probe");
	ruleset_add(nft);
	if (nft_try(nft, kernel->nft, &refusal) == 0)
		return 0;
	(void)error_set(err, ERROR_NOT_AVAILABLE, refusal.errnum, "nftables cannot do what cambric needs");
	error_detail(err, "%s", refusal.msg);
	if (refusal.details[0])
		error_detail(err, "%s", refusal.details);
	return -1;
}
