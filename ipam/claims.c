/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a reservation counts, and when it goes; see claims.h for the order of things. */
#include "ipam/claims.h"

#include "base/cleanup.h"
#include "kernel/kernel.h"
#include "kernel/netns.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

static int open_files(struct reservations *files, const struct attachment *want, struct error *err)
{
	return reservations_open(files, want->reserved.dir, want->id.network, false, err);
}

/** struct holder_search - does any record hold this address? */
struct holder_search {
	const struct ip *ip;
	bool found;
};

static int holds(const struct attachment *record, void *argument, struct error *err)
{
	struct holder_search *search = argument;

	(void)err;
	for (size_t i = 0; attachment_holds_addresses(record) && i < record->address_count; i++)
		search->found = search->found || ip_equal(&record->addresses[i].ip, search->ip);
	return search->found ? 1 : 0;
}

/** has_record() - of another kind, or on another bridge: for this one the store has said that the address is free */
static int has_record(struct store *store, const char *network, const struct ip *ip, bool *found, struct error *err)
{
	struct holder_search search = {.ip = ip};

	if (record_walk(store, network, holds, &search, err) < 0)
		return -1;
	*found = search.found;
	return 0;
}

/** struct interface_search - is there an interface of this name? */
struct interface_search {
	const char *ifname;
	bool found;
};

static int find_interface(void *argument, struct error *err)
{
	struct interface_search *search = argument;

	(void)err;
	search->found = if_nametoindex(search->ifname) != 0 || errno != ENODEV;
	return 0;
}

int claim_is_dead(struct kernel *kernel, const char *ifname, bool *dead, struct error *err)
{
	struct interface_search search = {.ifname = ifname, .found = true};

	*dead = false;
	if (!kernel || kernel->container_netns < 0)
		return 0;
	if (netns_visit(kernel->container_netns, find_interface, &search, err) < 0)
		return -1;
	*dead = !search.found;
	return 0;
}

/** is_held() - whether somebody stands behind a reservation */
static int is_held(const struct attachment *want, const struct places *places, const struct ip *ip,
		   const struct reservation *found, bool *held, struct error *err)
{
	bool dead = false;

	if (found->ours)
		return has_record(places->store, want->id.network, ip, held, err);
	if (reservation_is_of(found, &want->id, false) &&
	    claim_is_dead(places->kernel, want->id.ifname, &dead, err) < 0)
		return -1;
	*held = !dead;
	return 0;
}

int claim_look(const struct attachment *want, const struct places *places, const struct ip *ip,
	       struct reservation *found, bool *taken, struct error *err)
{
	*taken = false;
	if (reservation_read(places->files, ip, found, err) < 0)
		return -1;
	switch (found->state) {
	case RESERVATION_NONE:
	case RESERVATION_TORN:
		return 0;
	case RESERVATION_FOREIGN:
		*taken = true;
		return 0;
	case RESERVATION_HELD:
		break;
	}
	return is_held(want, places, ip, found, taken, err);
}

/** erase() - the reservation of one address, if it is for this container and interface */
static int erase(const struct reservations *files, const struct ip *ip, const struct attachment_id *id,
		 struct error *err)
{
	struct reservation found;

	if (reservation_read(files, ip, &found, err) < 0)
		return -1;
	return reservation_is_of(&found, id, false) ? reservation_remove(files, ip, err) : 0;
}

/** clear() - what claim_look() took for none, and unlink() says EROFS also of what is not there */
static int clear(const struct reservations *files, const struct ip *ip, struct error *err)
{
	struct reservation found;

	if (reservation_read(files, ip, &found, err) < 0)
		return -1;
	return found.state == RESERVATION_NONE ? 0 : reservation_remove(files, ip, err);
}

static int put(const struct reservations *files, const struct attachment *want, size_t index, struct error *err)
{
	const struct ip *ip = &want->addresses[index].ip;

	if (!want->reserved.mirrored)
		return clear(files, ip, err);
	if (reservation_write(files, ip, &want->id, err) < 0)
		return -1;
	return reservation_cursor_save(files, index, ip, err);
}

int claims_put(const struct reservations *files, const struct attachment *want, struct error *err)
{
	if (files->dirfd < 0)
		return 0;
	for (size_t i = 0; i < want->address_count; i++) {
		if (put(files, want, i, err) == 0)
			continue;
		for (size_t j = 0; want->reserved.mirrored && j <= i; j++)
			(void)erase(files, &want->addresses[j].ip, &want->id, err);
		return -1;
	}
	return 0;
}

static int verify_one(const struct reservations *files, const struct attachment *want, const struct ip *ip,
		      struct error *err)
{
	char text[IP_TEXT_SIZE];
	struct reservation found;

	if (reservation_read(files, ip, &found, err) < 0)
		return -1;
	if (reservation_is_of(&found, &want->id, false))
		return 0;
	return error_set(err, ERROR_DRIFT, 0, "address %s is not reserved for this attachment in dataDir %.256s/%s",
			 ip_format(ip, text), want->reserved.dir, want->id.network);
}

int claims_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;

	(void)store;
	(void)kernel;
	if (!want->reserved.mirrored || !attachment_holds_addresses(want))
		return 0;
	if (open_files(&files, want, err) < 0)
		return -1;
	for (size_t i = 0; i < want->address_count; i++)
		if (verify_one(&files, want, &want->addresses[i].ip, err) < 0)
			return -1;
	return 0;
}

int claims_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	(void)kernel;
	return want->reserved.mirrored ? reservations_probe(want->reserved.dir, want->id.network, err) : 0;
}

/** struct key_search - is anything reserved for this key? */
struct key_search {
	const struct attachment_id *id;
	bool found;
};

static int find_key(const struct reservations *files, const struct ip *ip, const struct reservation *found,
		    void *argument, struct error *err)
{
	struct key_search *search = argument;

	(void)files;
	(void)ip;
	(void)err;
	search->found = search->found || reservation_is_of(found, search->id, true);
	return 0;
}

int claims_verify_key(const struct attachment *want, struct error *err)
{
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;
	struct key_search search = {.id = &want->id};

	if (open_files(&files, want, err) < 0 || reservations_walk(&files, false, find_key, &search, err) < 0)
		return -1;
	return search.found ? 0
			    : error_set(err, ERROR_DRIFT, 0, "no address of network %s is reserved for this attachment",
					want->id.network);
}

/** struct purge - what goes for its key. @legacy: in the old form, which names no interface */
struct purge {
	const struct attachment_id *id;
	bool legacy, removed;
};

static int purge_one(const struct reservations *files, const struct ip *ip, const struct reservation *found,
		     void *argument, struct error *err)
{
	struct purge *purge = argument;

	if (!reservation_is_of(found, purge->id, purge->legacy))
		return 0;
	purge->removed = true;
	return reservation_remove(files, ip, err);
}

/**
 * purge() - as the reference: those in the old form only where there is none in the new one
 *
 * Of who has a record, what is ours is gone already; what is not may be left from before it was.
 */
static int purge(const struct reservations *files, const struct attachment *want, struct error *err)
{
	const bool has_record = attachment_has_record(want);
	struct purge purge = {.id = &want->id, .removed = has_record};

	if (reservations_walk(files, has_record, purge_one, &purge, err) < 0)
		return -1;
	if (purge.removed)
		return 0;
	purge.legacy = true;
	return reservations_walk(files, false, purge_one, &purge, err);
}

int claims_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;

	(void)store;
	(void)kernel;
	if (!want->reserved.mirrored && !want->reserved.purge)
		return 0;
	if (open_files(&files, want, err) < 0)
		return -1;
	if (files.dirfd < 0)
		return 0;
	for (size_t i = 0; attachment_holds_addresses(want) && i < want->address_count; i++)
		if (erase(&files, &want->addresses[i].ip, &want->id, err) < 0)
			return -1;
	return want->reserved.purge ? purge(&files, want, err) : 0;
}

/** struct collection - GC of one network's reservations */
struct collection {
	struct store *store;
	const char *network;
	claim_filter is_valid;
	const void *argument;
};

static int collect_one(const struct reservations *files, const struct ip *ip, const struct reservation *found,
		       void *argument, struct error *err)
{
	const struct collection *all = argument;
	bool valid = all->is_valid ? all->is_valid(all->argument, found->container, found->ifname) : !found->ours;
	bool recorded = false;

	if (found->state == RESERVATION_FOREIGN || (found->state == RESERVATION_HELD && valid))
		return 0;
	if (found->state == RESERVATION_HELD && has_record(all->store, all->network, ip, &recorded, err) < 0)
		return -1;
	return recorded ? 0 : reservation_remove(files, ip, err);
}

int claims_collect(const struct attachment *want, struct store *store, claim_filter is_valid, const void *argument,
		   struct error *err)
{
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;
	struct collection all = {
		.store = store, .network = want->id.network, .is_valid = is_valid, .argument = argument};

	if (open_files(&files, want, err) < 0)
		return -1;
	return reservations_walk(&files, false, collect_one, &all, err);
}
