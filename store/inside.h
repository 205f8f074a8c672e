/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this room share. Not for other rooms; the tests look in here too. */
#pragma once

#include "base/hash.h"
#include "store/store.h"

#include <stdint.h>

enum { FILE_NAME_SIZE = 256, PATH_SIZE = 576, DATA_DIR_SIZE = 1024, EPOCH_SIZE = 36, BOOT_DIGITS = 16 };
enum { LOCK_WAIT_MS = 10000 };

/**
 * struct store - the open store of one run
 * @root:            directory of the epoch, -1 when there is none on disk
 * @gc_lock:         descriptor that holds gc.lock, -1 while not entered
 * @attachment_lock: attachments.lock, -1 until the first use; its locks are bytes of it
 * @read_only:       whether attachments.lock could only be opened for reading
 * @section:         descriptor that holds lock, -1 outside of a section
 * @wait_ms:         how long a lock is waited for
 * @lost_records:    whether this run has moved a record to corrupt/
 */
struct store {
	char data_dir[DATA_DIR_SIZE];
	char epoch[EPOCH_SIZE];
	int root, gc_lock, attachment_lock, section;
	unsigned wait_ms;
	bool read_only, lost_records;
};

/** store_need_section() - ERROR_INTERNAL unless a section is open on a store that exists */
int store_need_section(const struct store *store, const char *what, struct error *err);

/* epoch.c */

/** epoch_name() - the name of this boot and this network namespace */
int epoch_name(char name[static EPOCH_SIZE], struct error *err);
/**
 * epoch_remove_others() - remove what other boots left in @data_dir; best effort, bounded
 *
 * Each is renamed first, so that nobody takes a half removed one for a store.
 */
void epoch_remove_others(int data_dir, const char *own);
/** tree_remove() - remove a directory with everything below it, following no links. @budget: entries left to remove */
void tree_remove(int dirfd, const char *name, unsigned depth, unsigned *budget);

/* names.c */

/** file_name_join() - words joined by "@", percent-encoded; longer than 240 bytes: cut, with a hash. Return: @name */
const char *file_name_join(const char *const words[], size_t count, char name[static FILE_NAME_SIZE]);
/** record_file_name() - container, interface and kind */
const char *record_file_name(const struct attachment_id *id, char name[static FILE_NAME_SIZE]);
/** record_path() - net/<network>/a/<record>, below the root of the store */
const char *record_path(const struct attachment_id *id, char path[static PATH_SIZE]);
/** record_dir() - net/<network>/a */
const char *record_dir(const char *network, char path[static PATH_SIZE]);
/** use_link_name() - name of the link in use/<thing>/: as a record's, with the network in front */
const char *use_link_name(const struct attachment_id *id, char name[static FILE_NAME_SIZE]);
/** attachment_hash() - of the key; links of a chain that are of one kind ("tuning", "tuning.2") have the same */
uint64_t attachment_hash(const struct attachment_id *id);

/* lock.c */

/** lock_take() - lock_file_take() of a file of the store */
int lock_take(const struct store *store, const char *name, int operation, struct error *err);

/* records.c */

/** store_repair() - complete what the last owner of the section left in "intent" */
int store_repair(struct store *store, struct error *err);

/* bits.c, ports.c, publics.c, uses.c: what a record holds; inside a section */

/** ..._check() - whether nobody else holds it: ERROR_ADDRESS_TAKEN, ERROR_PORT_TAKEN, ERROR_CONFIG */
int addresses_check(struct store *store, const struct attachment *attachment, struct error *err);
int ports_check(struct store *store, const struct attachment *attachment, struct error *err);
int uses_check(struct store *store, const struct attachment *attachment, struct error *err);
/** ..._take(), ..._release() - mark and unmark; both may be repeated */
int addresses_take(struct store *store, const struct attachment *attachment, struct error *err);
int addresses_release(struct store *store, const struct attachment *attachment, struct error *err);
int ports_take(struct store *store, const struct attachment *attachment, struct error *err);
int ports_release(struct store *store, const struct attachment *attachment, struct error *err);
/** ..._forget() - drop the pages that they would be marked in; may be repeated */
int addresses_forget(struct store *store, const struct attachment *attachment, struct error *err);
int ports_forget(struct store *store, const struct attachment *attachment, struct error *err);
/** ports_verify() - ERROR_DRIFT naming the first port that is not marked; needs no section */
int ports_verify(struct store *store, const struct attachment *attachment, struct error *err);
int publics_check(struct store *store, const struct attachment *attachment, struct error *err);
int publics_take(struct store *store, const struct attachment *attachment, struct error *err);
int publics_release(struct store *store, const struct attachment *attachment, struct error *err);
/** publics_forget() - in the manner of addresses_forget() */
int publics_forget(struct store *store, const struct attachment *attachment, struct error *err);
/** publics_verify() - ERROR_DRIFT naming the first public address that is not marked; needs no section */
int publics_verify(struct store *store, const struct attachment *attachment, struct error *err);
int uses_take(struct store *store, const struct attachment *attachment, struct error *err);
int uses_release(struct store *store, const struct attachment *attachment, struct error *err);
/** use_other_user() - who uses a thing beside @but (NULL: any); "" when nobody does or there is no such thing */
int use_other_user(struct store *store, const char *name, const char *but, char user[static FILE_NAME_SIZE],
		   struct error *err);

/** room_visit - looks at one name; in "use" that of a thing, used by somebody living or not */
typedef int (*room_visit)(struct store *store, const char *name, const void *argument, struct error *err);
/** room_walk() - over all names in a directory of the store, "." and ".." with them, up to the first failure; none where it is not there */
int room_walk(struct store *store, const char *room, room_visit visit, const void *argument, struct error *err);

/* mark_tables.c; inside a section */

/** marks_check_tables() - ERROR_CONFIG naming the holder, when another network has one of these fwmarks with another table */
int marks_check_tables(struct store *store, const struct attachment *attachment, struct error *err);

/* overlaps.c; inside a section */

/** subnet_check_others() - ERROR_CONFIG, ERROR_ADDRESS_TAKEN when others have a part of a new subnet, or a public address in it */
int subnet_check_others(struct store *store, const struct attachment *attachment, const struct prefix *subnet,
			struct error *err);
/** publics_check_subnets() - ERROR_ADDRESS_TAKEN when some address from @first to @last is in somebody's subnet */
int publics_check_subnets(struct store *store, const struct attachment *attachment, const struct ip *first,
			  const struct ip *last, struct error *err);
