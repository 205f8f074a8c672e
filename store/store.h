/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is remembered between runs: one record file per attachment is the truth, everything else
 * (bitmaps, port pages) is a cache of it.
 *
 *   <data_dir>/<epoch>/          epoch: first 16 hex digits of boot_id, "-", hex cookie of the host's namespace
 *     gc.lock                    flock: shared by every verb, exclusive for GC
 *     attachments.lock           one byte of it per attachment, locked while a verb works on that one
 *     lock                       flock, exclusive: the short sections that allocate, free and count
 *     intent                     a record that is just being made or just being freed
 *     net/<network>/a/<record>   the records, JSON
 *     bits/...                   addresses and host ports in use
 *     use/<thing>/<record>       who uses a thing that attachments share
 *     guard                      interfaces that existed when forwarding was turned on
 *     corrupt/                   files found in the place of a record that are none
 *     update, guard.new, bits/new   being written, renamed when whole; one that stays is overwritten by the next
 *
 * A section is opened by store_begin(). To allocate: write the record to "intent", set the bits and
 * the uses, rename "intent" to its place. To free: rename the record to "intent", clear bits and uses,
 * unlink "intent". Whoever opens a section and finds an "intent" completes it: its uses belong to nobody,
 * so they are removed, and the pages of bits it names are dropped, to be made anew from the records by
 * whoever needs them next.
 *
 * A store on a read-only file system (remounted after an error, or by an administrator) can be locked and read, and
 * every change of it is refused with EROFS: DEL still removes what is in the kernel, and then fails.
 *
 * Order of locks: gc.lock, attachment, lock. No call to the kernel's network side is made while "lock"
 * is held, but for shared things and the rebuild of the ruleset.
 */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "conf/firewall_chain.h"

#include <stdbool.h>

struct store;

/**
 * store_open() - open the store of this boot and this network namespace
 * @data_dir: absolute path
 * @create:   make what is missing; otherwise a store that is not there reads as empty
 *
 * Stores of other boots are removed when one is created. ERROR_STORE names "dataDir" when the
 * directory cannot be made or belongs to somebody else.
 */
int store_open(struct store **opened, const char *data_dir, bool create, struct error *err);
void store_close(struct store **store);
/** store_exists() - whether there is anything on disk */
bool store_exists(const struct store *store);

/** store_enter() - take gc.lock, shared or @exclusive; released by store_close(). ERROR_TRY_AGAIN after 10 s */
int store_enter(struct store *store, bool exclusive, struct error *err);

/**
 * store_lock_attachment() - keep other verbs off this attachment, until store_unlock_attachment() or close
 * @wait: false: ERROR_TRY_AGAIN with errnum EAGAIN at once when somebody works on it
 */
int store_lock_attachment(struct store *store, const struct attachment_id *id, bool wait, struct error *err);
void store_unlock_attachment(struct store *store);

/** store_begin(), store_end() - a section: exclusive, short, repaired on entry. Sections do not nest */
int store_begin(struct store *store, struct error *err);
void store_end(struct store *store);
/** store_tidy() - what a killed verb was just recording or forgetting is put right, for who finds no record to open a section for */
int store_tidy(struct store *store, struct error *err);

/**
 * record_find() - read the record of an attachment
 * @found:  what is recorded when there is one; else it may hold anything
 * @exists: whether there is one
 *
 * A record that cannot be parsed is moved to corrupt/ and counts as absent, with a warning. Any
 * failure to read other than ENOENT is ERROR_STORE, never "absent".
 */
int record_find(struct store *store, const struct attachment_id *id, struct attachment *found, bool *exists,
		struct error *err);

/**
 * record_create() - commit a new record, its addresses, ports and uses; inside a section
 *
 * ERROR_ALREADY_ATTACHED with errnum EEXIST when there is one of this key.
 */
int record_create(struct store *store, const struct attachment *attachment, struct error *err);

/**
 * record_update() - replace the content of a record; opens its own section
 *
 * What it holds and uses must be as before: addresses, ports, exclusions, masquerade. Two of these in every ADD and
 * one in every DEL change nothing but the state, so the uses are not gone through.
 */
int record_update(struct store *store, const struct attachment *attachment, struct error *err);
/**
 * record_update_addresses() - as record_update(), of a delegated attachment that has addresses now: their uses count
 *
 * Chooses from the pools, see publics_choose().
 */
int record_update_addresses(struct store *store, struct attachment *attachment, struct error *err);

/** record_update_uses() - as record_update_addresses(), inside a section */
int record_update_uses(struct store *store, struct attachment *attachment, struct error *err);

/** record_remove() - free the record with everything it holds; inside a section; absent is success */
int record_remove(struct store *store, const struct attachment *attachment, struct error *err);

/**
 * store_lost_records() - whether this run has moved a record to corrupt/
 *
 * Nobody knows any more what that attachment had in the kernel: elements of the ruleset, gateway, routes. A caller
 * that can make those anew from the records does so.
 */
bool store_lost_records(const struct store *store);

/** record_visit - looks at one record; 0 to go on, 1 to stop, -1 with @err set */
typedef int (*record_visit)(const struct attachment *attachment, void *argument, struct error *err);

/**
 * record_walk() - visit every record, of one network or (NULL) of all, in the order of their names
 *
 * Not a snapshot unless the caller holds a section or gc.lock exclusively.
 */
int record_walk(struct store *store, const char *network, record_visit visit, void *argument, struct error *err);

/**
 * Things that attachments share are named by text, and counted by who uses them:
 *   gateway-ADDRESS  subnet-PREFIX  masquerade-PREFIX  exclude-PREFIX-PREFIX
 *   overlay-NETWORK  announce-ADDRESS  pool-ADDRESS-ADDRESS-HASH  chain-NAME
 * and in bridge mode
 *   bridge-NAME  segment-SEGMENT  subnet-PREFIX-SEGMENT  made-ADDRESS-SEGMENT  spoof-check
 * and of networks that are kept apart, or let through Docker's rules
 *   apart-INTERFACE  together-INTERFACE  joint-PREFIX  admitted-PREFIX
 * with "_" in place of "/". use_names() lists those of one attachment.
 */
enum {
	USE_NAME_SIZE = 128,
	MAX_USES = 6 * MAX_ADDRESSES + MAX_ADDRESSES * (MAX_EXCLUSIONS + 2) + MAX_PUBLIC + NAT_FAMILIES + 5 +
		   FIREWALL_CHAINS + 2 * MAX_MARKS
};

/** struct use_names - each name once; for AUTO_FREE */
struct use_names {
	size_t count;
	char of[MAX_USES][USE_NAME_SIZE];
};

/**
 * use_names() - what an attachment shares with others: for each address its gateway and the bridge that
 *               holds it, its subnet, its masquerade if its family has one, its exclusions; the public
 *               addresses that are answered for, and the pools they are of; its chains of rules. A bridge that is no gateway shares
 *               no gateway and no subnet with anybody
 *
 * Return: NULL when there is no memory
 */
struct use_names *use_names(const struct attachment *attachment, struct error *err);

/** use_name_...() - the name of a thing. Return: @name */
const char *use_name_chain(const struct firewall_chain *chain, char name[static USE_NAME_SIZE]);
const char *use_name_mark(const struct mark *mark, sa_family_t family, char name[static USE_NAME_SIZE]);
const char *use_name_gateway(const struct ip *gateway, char name[static USE_NAME_SIZE]);
/** use_name_overlay() - what is kept for all hosts of a network. A name that is too long is cut, with a hash */
const char *use_name_overlay(const char *network, char name[static USE_NAME_SIZE]);
/** use_name_own_subnet() - of an attachment's subnet, as it counts: on a bridge it is that bridge's */
const char *use_name_own_subnet(const struct attachment *attachment, const struct prefix *subnet,
				char name[static USE_NAME_SIZE]);
const char *use_name_subnet(const struct prefix *subnet, char name[static USE_NAME_SIZE]);
const char *use_name_masquerade(const struct prefix *subnet, char name[static USE_NAME_SIZE]);
const char *use_name_exclude(const struct prefix *subnet, const struct prefix *destination,
			     char name[static USE_NAME_SIZE]);
/** use_name_bridge() - the bridge of an attachment in bridge mode */
const char *use_name_bridge(const struct attachment *attachment, char name[static USE_NAME_SIZE]);
/** use_name_segment() - the interface of its VLAN, which holds the gateway addresses there */
const char *use_name_segment(const struct attachment *attachment, char name[static USE_NAME_SIZE]);
/** use_name_made() - the gateway of one address, where we put it on a bridge that is not ours */
const char *use_name_made(const struct attachment *attachment, size_t index, char name[static USE_NAME_SIZE]);
extern const char USE_SPOOF_CHECK[];
/** use_name_apart() - an interface whose network is kept apart; use_name_together() - one within which containers may talk */
const char *use_name_apart(const struct attachment *attachment, char name[static USE_NAME_SIZE]);
const char *use_name_together(const struct attachment *attachment, char name[static USE_NAME_SIZE]);
/** use_name_joint() - a subnet of containers that may talk, each behind an interface of its own */
const char *use_name_joint(const struct prefix *subnet, char name[static USE_NAME_SIZE]);
/** use_name_admitted() - a subnet that Docker's chain lets through */
const char *use_name_admitted(const struct prefix *subnet, char name[static USE_NAME_SIZE]);
const char *use_name_announce(const struct ip *public, char name[static USE_NAME_SIZE]);
/** use_name_pool() - of this network: the same range in another one is another thing, and a conflict */
const char *use_name_pool(const char *network, const struct nat_pool *pool, char name[static USE_NAME_SIZE]);

/**
 * publics_choose() - what an attachment that has its addresses leaves with, of each pool; inside a section
 *
 * An address that nobody else has, as long as there is one; the search starts where the private address's hash says, so
 * that who comes back finds his address again, if it is free. When all are taken, the hash alone decides, and the
 * address is shared. Nothing happens where one is chosen already.
 */
int publics_choose(struct store *store, struct attachment *attachment, struct error *err);

/**
 * use_is_last() - whether nobody but @id uses a thing; inside a section
 *
 * True also when nobody at all does, so that a removal that was interrupted is repeated.
 */
int use_is_last(struct store *store, const char *name, const struct attachment_id *id, bool *last, struct error *err);

/** use_is_abandoned() - whether nobody uses a thing any more; @unknown: also one that nobody ever used, as far as is known */
int use_is_abandoned(struct store *store, const char *name, bool unknown, bool *abandoned, struct error *err);

enum { MAX_GUARDED = 1024 };

/**
 * struct guard_list - interfaces between which nothing of a family is forwarded
 * @set:   there is such a list
 * @armed: and cambric has turned forwarding on behind it
 */
struct guard_list {
	bool set, armed;
	size_t count;
	char ifnames[MAX_GUARDED][IFNAMSIZ];
};

/** struct guard - a list for each family, since cambric turns them on one by one */
struct guard {
	struct guard_list ipv4, ipv6;
};

/** guard_load() - an absent one is empty; guard_save() replaces it, an empty one is removed */
int guard_load(struct store *store, struct guard *guard, struct error *err);
int guard_save(struct store *store, const struct guard *guard, struct error *err);
