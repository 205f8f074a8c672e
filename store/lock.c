/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The locks of a store: two files, and a byte for each attachment. */
#include "store/inside.h"

#include "base/cleanup.h"
#include "base/lock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

static const char ATTACHMENTS[] = "attachments.lock";

int lock_take(const struct store *store, const char *name, int operation, struct error *err)
{
	char label[DATA_DIR_SIZE + EPOCH_SIZE + 32];

	(void)snprintf(label, sizeof label, "%s/%s/%s", store->data_dir, store->epoch, name);
	const struct lock_file file = {.dirfd = store->root, .name = name, .label = label, .wait_ms = store->wait_ms};
	return lock_file_take(&file, operation, err);
}

int store_enter(struct store *store, bool exclusive, struct error *err)
{
	if (store->root < 0)
		return 0;
	cleanup_close(
		&store->gc_lock); /* whoever enters again lets go first: two that both want more would wait for ever */
	store->gc_lock = lock_take(store, "gc.lock", exclusive ? LOCK_EX : LOCK_SH, err);
	return store->gc_lock < 0 ? -1 : 0;
}

/** open_attachments() - the file whose bytes are the locks, as long as it has its name */
static int open_attachments(struct store *store, struct error *err)
{
	if (store->attachment_lock >= 0 && lock_file_is_current(store->root, ATTACHMENTS, store->attachment_lock))
		return 0;
	cleanup_close(&store->attachment_lock);
	store->attachment_lock = lock_file_open(store->root, ATTACHMENTS, &store->read_only, err);
	return store->attachment_lock < 0 ? -1 : 0;
}

static int wait_byte(int fd, const struct flock *lock, unsigned wait_ms)
{
	struct flock wanted = *lock;
	struct deadline deadline;
	int status;

	deadline_begin(&deadline, wait_ms);
	while ((status = fcntl(fd, F_OFD_SETLKW, &wanted)) < 0 && errno == EINTR && !deadline_is_over(&deadline))
		wanted = *lock;
	deadline_end(&deadline);
	return status;
}

/**
 * lock_byte() - one byte per attachment: 62 bits of its hash, so two never share one by chance
 * @read_only: the file cannot be written here, so the kernel gives read locks only
 *
 * A read lock still excludes whoever can write, through another mount. Two that both cannot may work at once: neither
 * can change the record, and removing, all that is left to do, may be done twice.
 */
static int lock_byte(int fd, bool read_only, const struct attachment_id *id, unsigned wait_ms)
{
	const struct flock lock = {
		.l_type = read_only ? F_RDLCK : F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)(attachment_hash(id) >> 2),
		.l_len = 1,
	};
	struct flock wanted = lock;

	if (fcntl(fd, F_OFD_SETLK, &wanted) == 0)
		return 0;
	if ((errno != EAGAIN && errno != EACCES) || wait_ms == 0)
		return -1;
	return wait_byte(fd, &lock, wait_ms);
}

int store_lock_attachment(struct store *store, const struct attachment_id *id, bool wait, struct error *err)
{
	if (store->root < 0)
		return 0;
	store_unlock_attachment(store);
	if (open_attachments(store, err) < 0)
		return -1;
	if (lock_byte(store->attachment_lock, store->read_only, id, wait ? store->wait_ms : 0) == 0)
		return 0;
	if (errno == EINTR || errno == EAGAIN || errno == EACCES)
		return error_set(err, ERROR_TRY_AGAIN, EAGAIN,
				 "somebody works on container \"%.64s\" interface \"%s\" of network \"%s\"",
				 id->container, id->ifname, id->network);
	return error_set(err, ERROR_STORE, errno, "lock %s/%s/%s", store->data_dir, store->epoch, ATTACHMENTS);
}

void store_unlock_attachment(struct store *store)
{
	struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	if (store->attachment_lock >= 0)
		(void)fcntl(store->attachment_lock, F_OFD_SETLK, &all);
}
