/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open and close a store, and its sections. */
#include "store/inside.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "store/bits.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static const char SECTION[] = "lock";
static const char PROBE[] = "probe";

/** blame_data_dir() - pass a failure on, with the field of the configuration in front */
static int blame_data_dir(const struct store *store, const struct error *problem, struct error *err)
{
	bool first = err->code == ERROR_NONE;

	(void)error_set(err, ERROR_STORE, 0, "dataDir \"%.256s\": %s", store->data_dir, problem->msg);
	if (first)
		err->errnum = problem->errnum;
	return -1;
}

static int make_epoch(struct store *store, int data_dir, struct error *err)
{
	store->root = dir_open(data_dir, store->epoch, true, err);
	if (store->root < 0)
		return -1;
	epoch_remove_others(data_dir, store->epoch);
	return 0;
}

static int open_epoch(struct store *store, bool create, struct error *err)
{
	struct error problem = ERROR_INIT;
	AUTO_CLOSE int data_dir = create ? dir_make_path(store->data_dir, &problem)
					 : dir_open(AT_FDCWD, store->data_dir, false, &problem);

	if (data_dir >= 0)
		store->root = dir_open(data_dir, store->epoch, false, &problem);
	if (store->root >= 0)
		return 0;
	if (data_dir >= 0 && create && problem.errnum == ENOENT) {
		error_clear(&problem);
		if (make_epoch(store, data_dir, &problem) == 0)
			return 0;
	}
	if (!create && problem.errnum == ENOENT)
		return 0;
	return blame_data_dir(store, &problem, err);
}

int store_open(struct store **opened, const char *data_dir, bool create, struct error *err)
{
	struct store *store = calloc(1, sizeof *store);

	if (!store)
		return error_set(err, ERROR_STORE, ENOMEM, "open the store");
	store->root = store->gc_lock = store->attachment_lock = store->section = -1;
	store->wait_ms = LOCK_WAIT_MS;
	if (data_dir[0] != '/' || strlen(data_dir) >= sizeof store->data_dir) {
		(void)error_set(err, ERROR_STORE, 0, "dataDir \"%.256s\" is not an absolute path of less than %d bytes",
				data_dir, DATA_DIR_SIZE);
		store_close(&store);
		return -1;
	}
	(void)snprintf(store->data_dir, sizeof store->data_dir, "%s", data_dir);
	if (epoch_name(store->epoch, err) < 0 || open_epoch(store, create, err) < 0) {
		store_close(&store);
		return -1;
	}
	*opened = store;
	return 0;
}

void store_close(struct store **store)
{
	if (!*store)
		return;
	cleanup_close(&(*store)->section);
	cleanup_close(&(*store)->attachment_lock);
	cleanup_close(&(*store)->gc_lock);
	cleanup_close(&(*store)->root);
	cleanup_free(store);
	*store = NULL;
}

bool store_exists(const struct store *store)
{
	return store->root >= 0;
}

int store_begin(struct store *store, struct error *err)
{
	if (store->root < 0)
		return 0;
	if (store->section >= 0)
		return error_set(err, ERROR_INTERNAL, 0, "a section of the store is open already");
	store->section = lock_take(store, SECTION, LOCK_EX, err);
	if (store->section < 0)
		return -1;
	struct error problem = ERROR_INIT;
	/* Read-only: nothing can be given out, so it does not matter what an intent still holds */
	if (store_repair(store, &problem) == 0 || problem.errnum == EROFS)
		return 0;
	error_merge(err, &problem);
	store_end(store);
	return -1;
}

void store_end(struct store *store)
{
	cleanup_close(&store->section);
	store->section = -1;
}

int store_tidy(struct store *store, struct error *err)
{
	if (store_begin(store, err) < 0)
		return -1;
	store_end(store);
	return 0;
}

int store_need_section(const struct store *store, const char *what, struct error *err)
{
	if (store->root < 0)
		return error_set(err, ERROR_STORE, ENOENT, "%s: there is no store in dataDir \"%.256s\"", what,
				 store->data_dir);
	if (store->section < 0)
		return error_set(err, ERROR_INTERNAL, 0, "%s outside of a section of the store", what);
	return 0;
}

static int not_available(const struct store *store, int errnum, struct error *err)
{
	return error_set(err, ERROR_NOT_AVAILABLE, errnum, "dataDir \"%.256s\" cannot be written", store->data_dir);
}

/** probe_parent() - whether the nearest directory that exists takes a new one: only trying tells (read-only, full) */
static int probe_parent(const struct store *store, struct error *err)
{
	char path[DATA_DIR_SIZE + 48];
	size_t length = strlen(store->data_dir);

	memcpy(path, store->data_dir, length + 1);
	while (length > 1 && access(path, F_OK) < 0 && errno == ENOENT) {
		length = (size_t)(strrchr(path, '/') - path);
		path[length] = '\0';
	}
	(void)snprintf(path + length, sizeof path - length, "/.cambric-probe-%d", getpid());
	/* EEXIST: of somebody who was killed, or who has our number in another pid namespace. Read-only is told by rmdir() */
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return not_available(store, errno, err);
	return rmdir(path) < 0 && errno == EROFS ? not_available(store, errno, err) : 0;
}

int store_probe(struct store *store, struct error *err)
{
	static char page[4096];
	struct error problem = ERROR_INIT;

	if (store->root < 0)
		return probe_parent(store, err);
	int status = file_write(store->root, PROBE, page, sizeof page, &problem);
	if (file_remove(store->root, PROBE, &problem) < 0 || status < 0)
		return not_available(store, problem.errnum, err);
	return 0;
}
