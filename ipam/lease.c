/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of an attachment as a resource. */
#include "ipam/lease.h"

#include "base/cleanup.h"
#include "ipam/choose.h"
#include "ipam/claims.h"
#include "store/bits.h"

#include <errno.h>
#include <string.h>

static bool is_delegated(const struct attachment *want)
{
	return want->delegate.type && want->delegate.type[0] != '\0';
}

/** check_new() - no record of this key; reading it also moves one aside that is none */
static int check_new(const struct attachment *want, struct store *store, struct error *err)
{
	static const char *const states[] = {
		[ATTACHMENT_PENDING] = "an ADD that did not end",
		[ATTACHMENT_READY] = "attached",
		[ATTACHMENT_REMOVING] = "a DEL that did not end",
	};
	AUTO_FREE struct attachment *found = attachment_new(err);
	char address[IP_TEXT_SIZE];
	bool exists;

	if (!found || record_find(store, &want->id, found, &exists, err) < 0)
		return -1;
	if (!exists)
		return 0;
	if (found->mode == MODE_ADDRESSES && found->address_count > 0)
		(void)error_set(
			err, ERROR_ALREADY_ATTACHED, 0,
			"failed to allocate for range 0: %s has been allocated to %.256s, duplicate allocation is "
			"not allowed",
			ip_format(&found->addresses[0].ip, address), want->id.container);
	else
		(void)error_set(err, ERROR_ALREADY_ATTACHED, EEXIST,
				"container \"%.64s\" interface \"%s\" is attached to network \"%s\" already",
				want->id.container, want->id.ifname, want->id.network);
	error_detail(err, "state of its record: %s", states[found->state]);
	return -1;
}

/** commit() - the record first: a file without one belongs to nobody */
static int commit(struct attachment *want, const struct places *places, struct error *err)
{
	if (record_create(places->store, want, err) < 0)
		return -1;
	if (want->delegated || claims_put(places->files, want, err) == 0)
		return 0;
	(void)record_remove(places->store, want, err);
	return -1;
}

static int take(struct attachment *want, const struct places *places, struct error *err)
{
	struct store *store = places->store;

	if (check_new(want, store, err) < 0)
		return -1;
	want->delegated = is_delegated(want);
	want->state = ATTACHMENT_PENDING;
	if (want->delegated)
		want->address_count = 0;
	else if (choose_addresses(want, places, err) < 0)
		return -1;
	attachment_complete(want);
	if (!want->delegated && (attachment_check_nat(want, err) < 0 || publics_choose(store, want, err) < 0))
		return -1;
	if (commit(want, places, err) < 0)
		return -1;
	if (!want->delegated)
		choose_done(want, store);
	return 0;
}

/** open_files() - of who has addresses of ours to choose from. @create: where they are mirrored */
static int open_files(struct reservations *files, const struct attachment *want, bool create, struct error *err)
{
	if (is_delegated(want) || !want->pool)
		return 0;
	return reservations_open(files, want->reserved.dir, want->id.network, create && want->reserved.mirrored, err);
}

int lease_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;
	const struct places places = {.store = store, .files = &files, .kernel = kernel};

	if (open_files(&files, want, true, err) < 0 || store_begin(store, err) < 0)
		return -1;
	int status = take(want, &places, err);
	store_end(store);
	return status;
}

static int differs(const char *what, struct error *err)
{
	return error_set(err, ERROR_DRIFT, 0, "the record of this attachment has another %s", what);
}

static int compare(const struct attachment *want, const struct attachment *found, struct error *err)
{
	if (found->state != ATTACHMENT_READY)
		return error_set(err, ERROR_DRIFT, 0, "the record of this attachment is not that of a finished ADD");
	if (found->netns_cookie != want->netns_cookie)
		return differs("network namespace", err);
	if (strcmp(found->host_ifname, want->host_ifname) != 0)
		return differs("host interface", err);
	if (memcmp(found->host_mac, want->host_mac, MAC_LENGTH) != 0 || memcmp(found->mac, want->mac, MAC_LENGTH) != 0)
		return differs("MAC address", err);
	if (found->address_count != want->address_count)
		return differs("number of addresses", err);
	for (size_t i = 0; i < found->address_count; i++)
		if (!ip_equal(&found->addresses[i].ip, &want->addresses[i].ip))
			return differs("address", err);
	if (found->port_count != want->port_count)
		return differs("number of published ports", err);
	return 0;
}

int lease_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	AUTO_FREE struct attachment *found = attachment_new(err);
	bool exists;

	(void)kernel;
	if (!found || record_find(store, &want->id, found, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0,
				 "container \"%.64s\" interface \"%s\" is not attached to network \"%s\"",
				 want->id.container, want->id.ifname, want->id.network);
	if (compare(want, found, err) < 0 || bits_verify(store, found, err) < 0)
		return -1;
	return uses_verify(store, found, err);
}

int lease_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)kernel;
	return record_remove(store, want, err);
}

/** probe_pool() - try to choose, keep nothing: a full pool is a matter of time, the node stays in service */
static int probe_pool(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(reservations_close) struct reservations files = RESERVATIONS_CLOSED;
	const struct places places = {.store = store, .files = &files, .kernel = kernel};
	struct error problem = ERROR_INIT;
	AUTO_FREE struct attachment *trial = attachment_new(err);

	if (!trial)
		return -1;
	attachment_copy(trial, want);
	if (open_files(&files, want, false, err) < 0 || store_begin(store, err) < 0)
		return -1;
	int status = choose_addresses(trial, &places, &problem);
	store_end(store);
	if (status < 0 && (problem.code == ERROR_POOL_FULL || problem.code == ERROR_ADDRESS_TAKEN)) {
		error_warn(err, "%s", problem.msg);
		return 0;
	}
	error_merge(err, &problem);
	return status;
}

int lease_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	if (store_probe(store, err) < 0)
		return -1;
	return is_delegated(want) || !want->pool ? 0 : probe_pool(want, store, kernel, err);
}
