/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of the reference's host-local: who has which address of a network, one file each.
 *
 *   <dataDir>/<network>/
 *     <address>            "<container>\r\n<interface>", before version 0.7 of the plugins "<container>" alone
 *     last_reserved_ip.<n> the address given out last from range set n
 *     lock                 flock, held while anything here is looked at or changed
 *     .cambric             being written, renamed when whole; one that stays is overwritten by the next
 *
 * The reference creates a file first and fills it afterwards, so one that is empty while nobody holds the lock was left
 * by somebody who was killed. Ours appear whole. They have the same content and another time: its nanoseconds are
 * MARK_NS. So a file of ours is known from one of the reference when the record of it is lost, as after a reboot.
 *
 * The directory belongs to root, and may hold anything.
 */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "conf/attachment.h"

#include <stdbool.h>
#include <stddef.h>

/** struct reservations - an open directory. @dirfd: -1 when there is none; then nothing is reserved */
struct reservations {
	int dirfd, lock;
};

#define RESERVATIONS_CLOSED                                                                                            \
	{                                                                                                              \
		.dirfd = -1, .lock = -1                                                                                \
	}

/**
 * reservations_open() - open and lock the directory of a network
 * @dir:    "" opens nothing
 * @create: make it (0755, as the reference does) when it is not there
 *
 * ERROR_TRY_AGAIN when somebody holds the lock for more than 10 s; ERROR_STORE when others than root may write to it. It
 * costs one failing system call when it is not there.
 */
int reservations_open(struct reservations *opened, const char *dir, const char *network, bool create,
		      struct error *err);
/** reservations_probe() - whether files could be made there; the directory itself need not be there yet. ERROR_STORE */
int reservations_probe(const char *dir, const char *network, struct error *err);
void reservations_close(struct reservations *reservations);

/**
 * enum reservation_state - what stands under the name of an address
 * @RESERVATION_NONE:    nothing
 * @RESERVATION_TORN:    a file that was never finished
 * @RESERVATION_HELD:    a reservation
 * @RESERVATION_FOREIGN: something that is none: a link, a directory, a long file. It is left alone
 */
enum reservation_state { RESERVATION_NONE, RESERVATION_TORN, RESERVATION_HELD, RESERVATION_FOREIGN };

/**
 * struct reservation - one of them
 * @container, @ifname: when it is held; @ifname is "" in the old form
 * @ours:     written by us
 */
struct reservation {
	enum reservation_state state;
	bool ours;
	char container[MAX_CONTAINER_ID + 1];
	char ifname[IFNAMSIZ];
};

/** reservation_read() - of one address; the directory is not listed */
int reservation_read(const struct reservations *reservations, const struct ip *ip, struct reservation *found,
		     struct error *err);

/** reservation_is_of() - whether it is held for this container and interface; @legacy: the old form counts, too */
bool reservation_is_of(const struct reservation *reservation, const struct attachment_id *id, bool legacy);

/** reservation_write() - put ours in the place of what is there, whole or not at all */
int reservation_write(const struct reservations *reservations, const struct ip *ip, const struct attachment_id *id,
		      struct error *err);

/** reservation_remove() - whatever is there, but for what is no file; absent is success */
int reservation_remove(const struct reservations *reservations, const struct ip *ip, struct error *err);

/**
 * reservation_cursor_load(), reservation_cursor_save() - the address given out last of range set @index
 *
 * AF_UNSPEC when there is none, or something that cannot be read: it only says where the search starts.
 */
void reservation_cursor_load(const struct reservations *reservations, size_t index, struct ip *cursor);
int reservation_cursor_save(const struct reservations *reservations, size_t index, const struct ip *cursor,
			    struct error *err);

/** reservation_visit - looks at one address that something stands for; 0 to go on, -1 with @err set */
typedef int (*reservation_visit)(const struct reservations *reservations, const struct ip *ip,
				 const struct reservation *found, void *argument, struct error *err);

/**
 * reservations_walk() - visit all, in no order; visitors may remove what they are shown
 * @skip_ours: without those that we have written, which takes one system call for each and not five
 */
int reservations_walk(const struct reservations *reservations, bool skip_ours, reservation_visit visit, void *argument,
		      struct error *err);
