/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the reference's reservations mean for our attachments, and ours for the reference.
 *
 * Order of locks: attachment, the directory's lock, a section of the store. ADD holds the directory's lock from the choice
 * of an address until our file stands there, so that the reference cannot choose the same one; the record is committed
 * before. DEL removes the file when everything is gone that has the address, and the record behind it. So every file of
 * ours has a record, unless that was lost, and no address is free in one of the two places while somebody has it.
 */
#pragma once

#include "base/error.h"
#include "ipam/reservations.h"

struct attachment;
struct kernel;
struct store;

/**
 * struct places - where it is written which addresses are taken
 * @store:  inside a section
 * @files:  the reference's reservations, locked; perhaps none
 * @kernel: whom it is asked of whether a container still has its interface; NULL: nobody
 */
struct places {
	struct store *store;
	const struct reservations *files;
	struct kernel *kernel;
};

/**
 * claim_look() - whether an address that is free in the store is reserved in the directory
 * @found: what stands there
 * @taken: false also for what is no reservation any more: a torn file, one of ours without a record, and one
 *         for @want's own key when the container has no such interface (an ADD that did not end, a host that went down)
 */
int claim_look(const struct attachment *want, const struct places *places, const struct ip *ip,
	       struct reservation *found, bool *taken, struct error *err);

/**
 * claim_is_dead() - proven: the container's namespace is there, and no interface of the name is in it
 *
 * Not dead where nothing is known.
 */
int claim_is_dead(struct kernel *kernel, const char *ifname, bool *dead, struct error *err);

/** claims_put() - the addresses of a committed record: mirrored, or what stood in their way removed; all or nothing */
int claims_put(const struct reservations *files, const struct attachment *want, struct error *err);

/** claims_verify() - row: ERROR_DRIFT naming the address whose mirrored reservation is not ours */
int claims_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** claims_probe() - row: ERROR_STORE where addresses are to be mirrored and could not be */
int claims_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** claims_verify_key() - of who has no record: ERROR_DRIFT unless some reservation is for its container and interface */
int claims_verify_key(const struct attachment *want, struct error *err);

/** claims_remove() - row: what was mirrored of the record; with @want->reserved.purge also whatever else is of its key */
int claims_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** claim_filter - whether the runtime still has this container and (if not "") interface */
typedef bool (*claim_filter)(const void *argument, const char *container, const char *ifname);

/**
 * claims_collect() - GC: remove what belongs to nobody; nobody else is at work in the store
 * @is_valid: NULL when the runtime gave no list: then only what was never finished, or is ours and has no record
 */
int claims_collect(const struct attachment *want, struct store *store, claim_filter is_valid, const void *argument,
		   struct error *err);
