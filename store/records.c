/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records: the truth of the store, one file each, whole at every instant. */
#include "base/cleanup.h"
#include "base/file.h"
#include "store/inside.h"
#include "store/record.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char INTENT[] = "intent";
static const char UPDATE[] = "update";
static const char CORRUPT[] = "corrupt";
static const char BITS[] = "bits";
static const char DEAD_BITS[] = "bits.dead";

enum { DEAD_BITS_BUDGET = 100000 };

/** forget_caches() - no lock needed: a page that is not there is made from the records, whoever wants it */
static void forget_caches(struct store *store)
{
	unsigned budget = DEAD_BITS_BUDGET;

	tree_remove(store->root, DEAD_BITS, 1, &budget);
	if (renameat(store->root, BITS, store->root, DEAD_BITS) == 0)
		tree_remove(store->root, DEAD_BITS, 1, &budget);
}

/** record_move_aside() - move a record that cannot be read to corrupt/ and forget the caches made from it */
static int record_move_aside(struct store *store, const char *path, const char *name, struct error *err)
{
	char target[PATH_SIZE];
	AUTO_CLOSE int directory = dir_open(store->root, CORRUPT, true, err);

	(void)snprintf(target, sizeof target, "%s/%s", CORRUPT, name);
	if (directory < 0)
		return -1;
	struct error problem = ERROR_INIT;
	if (file_rename(store->root, path, target, &problem) < 0 && problem.errnum != ENOENT) {
		error_merge(err, &problem);
		return -1;
	}
	store->lost_records = true;
	/* Its addresses and ports are free now; nobody knows which they were, so the bits are counted anew */
	forget_caches(store);
	return 0;
}

/** put_aside() - what cannot be read counts as absent, and somebody is told */
static int put_aside(struct store *store, const char *path, const struct error *problem, struct error *err)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	if (record_move_aside(store, path, name, err) < 0)
		return -1;
	error_warn(err, "%s/%s/%s is no record and was moved to %s/: %s", store->data_dir, store->epoch, path, CORRUPT,
		   problem->msg);
	return 0;
}

bool store_lost_records(const struct store *store)
{
	return store->lost_records;
}

/** load() - read and parse @path. @exists: false when it is not there, or was not fit to be */
static int load(struct store *store, const char *path, struct attachment *into, bool *exists, struct error *err)
{
	struct error problem = ERROR_INIT;
	AUTO_FREE char *text = NULL;
	size_t length = 0;

	*exists = false;
	if (file_read(store->root, path, RECORD_LIMIT, &text, &length, &problem) < 0 && problem.errnum == ENOENT)
		return 0;
	if (problem.errnum == EFBIG)
		return put_aside(store, path, &problem, err);
	if (problem.code == ERROR_NONE && record_parse(into, text, length, &problem) == 0) {
		*exists = true;
		return 0;
	}
	if (problem.errnum == EBADMSG)
		return put_aside(store, path, &problem, err);
	error_merge(err, &problem);
	error_detail(err, "%s/%s/%s", store->data_dir, store->epoch, path);
	return -1;
}

int record_find(struct store *store, const struct attachment_id *id, struct attachment *found, bool *exists,
		struct error *err)
{
	char path[PATH_SIZE];

	*exists = false;
	if (store->root < 0)
		return 0;
	if (load(store, record_path(id, path), found, exists, err) < 0)
		return -1;
	if (*exists && !attachment_id_equal(&found->id, id)) {
		*exists = false;
		return error_set(err, ERROR_STORE, 0, "%s is the record of container \"%.64s\" interface \"%s\"", path,
				 found->id.container, found->id.ifname);
	}
	return 0;
}

/** check_storable() - what a record must be to be read back; only a bug of ours gets here */
static int check_storable(const struct attachment *attachment, struct error *err)
{
	for (size_t i = 0; i < attachment->address_count; i++)
		if (!ip_in_prefix(&attachment->addresses[i].ip, &attachment->addresses[i].subnet))
			return error_set(err, ERROR_INTERNAL, 0, "address %zu is not in its subnet", i);
	for (size_t i = 0; i < attachment->port_count; i++) {
		const struct port_mapping *mapping = &attachment->ports[i];

		if (mapping->count == 0 || mapping->host_port == 0 || mapping->container_port == 0 ||
		    mapping->host_port + mapping->count - 1 > UINT16_MAX ||
		    mapping->container_port + mapping->count - 1 > UINT16_MAX)
			return error_set(err, ERROR_INTERNAL, 0, "port mapping %zu is out of range", i);
	}
	return 0;
}

static int check_absent(struct store *store, const struct attachment_id *id, struct error *err)
{
	char path[PATH_SIZE];
	struct stat status;

	if (fstatat(store->root, record_path(id, path), &status, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set(err, ERROR_ALREADY_ATTACHED, EEXIST,
				 "container \"%.64s\" interface \"%s\" is attached to network \"%s\" already",
				 id->container, id->ifname, id->network);
	return errno == ENOENT ? 0 : error_set(err, ERROR_STORE, errno, "stat %s", path);
}

/** make_record_dir() - net/, net/<network>/ and net/<network>/a/ */
static int make_record_dir(struct store *store, const char *network, struct error *err)
{
	char path[PATH_SIZE];

	(void)record_dir(network, path);
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		AUTO_CLOSE int directory = dir_open(store->root, path, true, err);
		*slash = '/';
		if (directory < 0)
			return -1;
	}
	AUTO_CLOSE int directory = dir_open(store->root, path, true, err);
	return directory < 0 ? -1 : 0;
}

/** commit() - rename @from to its place among the records */
static int commit(struct store *store, const char *from, const struct attachment_id *id, struct error *err)
{
	struct error problem = ERROR_INIT;
	char path[PATH_SIZE];

	if (file_rename(store->root, from, record_path(id, path), &problem) == 0)
		return 0;
	if (problem.errnum != ENOENT) {
		error_merge(err, &problem);
		return -1;
	}
	if (make_record_dir(store, id->network, err) < 0)
		return -1;
	return file_rename(store->root, from, path, err);
}

static int take(struct store *store, const struct attachment *attachment, struct error *err)
{
	if (addresses_take(store, attachment, err) < 0 || ports_take(store, attachment, err) < 0 ||
	    publics_take(store, attachment, err) < 0)
		return -1;
	return uses_take(store, attachment, err);
}

static int release(struct store *store, const struct attachment *attachment, struct error *err)
{
	/* uses last: of a pool it counts who else has it */
	if (addresses_release(store, attachment, err) < 0 || ports_release(store, attachment, err) < 0 ||
	    publics_release(store, attachment, err) < 0)
		return -1;
	return uses_release(store, attachment, err);
}

/**
 * undo() - what an intent took, or was about to free, belongs to nobody
 *
 * Unless something else wrote that intent: so no bit is cleared in the pages it names, they are made anew from the
 * records, and what a living record uses stays.
 */
static int undo(struct store *store, const struct attachment *nobody, struct error *err)
{
	char path[PATH_SIZE];
	struct stat status;

	if (addresses_forget(store, nobody, err) < 0 || ports_forget(store, nobody, err) < 0 ||
	    publics_forget(store, nobody, err) < 0)
		return -1;
	if (fstatat(store->root, record_path(&nobody->id, path), &status, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return uses_release(store, nobody, err);
}

int store_repair(struct store *store, struct error *err)
{
	struct error problem = ERROR_INIT;
	AUTO_FREE char *text = NULL;
	size_t length = 0;

	if (file_read(store->root, INTENT, RECORD_LIMIT, &text, &length, &problem) < 0 && problem.errnum == ENOENT)
		return 0;
	AUTO_FREE struct attachment *nobody = attachment_new(&problem);
	if (problem.code == ERROR_NONE && record_parse(nobody, text, length, &problem) == 0)
		return undo(store, nobody, err) < 0 ? -1 : file_remove(store->root, INTENT, err);
	/* Cut off while it was written: no bit was set yet. A record that is freed was readable before */
	if (problem.errnum == EBADMSG || problem.errnum == EFBIG)
		return file_remove(store->root, INTENT, err);
	error_merge(err, &problem);
	return -1;
}

static int write_intent(struct store *store, const struct attachment *attachment, struct error *err)
{
	AUTO_FREE char *text = NULL;
	size_t length;

	if (record_format(attachment, &text, &length, err) < 0)
		return -1;
	return file_write(store->root, INTENT, text, length, err);
}

static int write_and_take(struct store *store, const struct attachment *attachment, struct error *err)
{
	if (write_intent(store, attachment, err) < 0 || take(store, attachment, err) < 0)
		return -1;
	return commit(store, INTENT, &attachment->id, err);
}

int record_create(struct store *store, const struct attachment *attachment, struct error *err)
{
	if (store_need_section(store, "record_create", err) < 0 || check_storable(attachment, err) < 0 ||
	    check_absent(store, &attachment->id, err) < 0)
		return -1;
	/* Before the intent is written: whatever that names is cleared when it is found again */
	if (addresses_check(store, attachment, err) < 0 || ports_check(store, attachment, err) < 0 ||
	    publics_check(store, attachment, err) < 0 || uses_check(store, attachment, err) < 0)
		return -1;
	if (write_and_take(store, attachment, err) == 0)
		return 0;
	(void)store_repair(store, err);
	return -1;
}

/** check_present() - only what has a record can have another one */
static int check_present(const struct store *store, const struct attachment *attachment, struct error *err)
{
	char path[PATH_SIZE];
	struct stat status;

	if (fstatat(store->root, record_path(&attachment->id, path), &status, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return error_set(err, ERROR_STORE, errno, "record of container \"%.64s\"", attachment->id.container);
}

static int replace(struct store *store, const struct attachment *attachment, struct error *err)
{
	char path[PATH_SIZE];
	AUTO_FREE char *text = NULL;
	size_t length;

	if (store_need_section(store, "record_update", err) < 0 || check_storable(attachment, err) < 0 ||
	    check_present(store, attachment, err) < 0)
		return -1;
	if (record_format(attachment, &text, &length, err) < 0)
		return -1;
	return file_replace(store->root, UPDATE, record_path(&attachment->id, path), text, length, err);
}

int record_update(struct store *store, const struct attachment *attachment, struct error *err)
{
	if (store_begin(store, err) < 0)
		return -1;
	int status = replace(store, attachment, err);
	store_end(store);
	return status;
}

/**
 * replace_and_take() - public addresses are marked before the record lays claim to them
 *
 * The new record is an intent meanwhile: who dies leaves pages that are made anew from the records as they are, and nobody
 * is given what a record names.
 */
static int replace_and_take(struct store *store, const struct attachment *attachment, struct error *err)
{
	if (check_storable(attachment, err) < 0 || check_present(store, attachment, err) < 0)
		return -1;
	if (write_intent(store, attachment, err) == 0 && publics_take(store, attachment, err) == 0 &&
	    commit(store, INTENT, &attachment->id, err) == 0)
		return 0;
	(void)store_repair(store, err);
	return -1;
}

/** replace_with_uses() - uses last: who dies before was at work on this attachment, it is undone whole */
static int replace_with_uses(struct store *store, struct attachment *attachment, struct error *err)
{
	if (store_need_section(store, "record_update_addresses", err) < 0 ||
	    publics_choose(store, attachment, err) < 0 || publics_check(store, attachment, err) < 0 ||
	    uses_check(store, attachment, err) < 0 || replace_and_take(store, attachment, err) < 0)
		return -1;
	return uses_take(store, attachment, err);
}

int record_update_uses(struct store *store, struct attachment *attachment, struct error *err)
{
	return replace_with_uses(store, attachment, err);
}

int record_update_addresses(struct store *store, struct attachment *attachment, struct error *err)
{
	if (store_begin(store, err) < 0)
		return -1;
	int status = replace_with_uses(store, attachment, err);
	store_end(store);
	return status;
}

/** remove_empty() - the directories of a network that has no record left; others stay, that is no failure */
static void remove_empty(struct store *store, const char *network)
{
	struct error ignored = ERROR_INIT;
	char path[PATH_SIZE];

	if (dir_remove(store->root, record_dir(network, path), &ignored) < 0)
		return;
	*strrchr(path, '/') = '\0';
	(void)dir_remove(store->root, path, &ignored);
}

int record_remove(struct store *store, const struct attachment *attachment, struct error *err)
{
	char path[PATH_SIZE];
	bool exists;

	if (store->root < 0)
		return 0;
	AUTO_FREE struct attachment *record = attachment_new(err);
	if (!record)
		return -1;
	/* What is freed is what the record says: the caller's copy may know less */
	if (store_need_section(store, "record_remove", err) < 0 ||
	    record_find(store, &attachment->id, record, &exists, err) < 0)
		return -1;
	if (!exists)
		return 0;
	if (file_rename(store->root, record_path(&attachment->id, path), INTENT, err) < 0 ||
	    release(store, record, err) < 0 || file_remove(store->root, INTENT, err) < 0)
		return -1;
	remove_empty(store, attachment->id.network);
	return 0;
}

/** struct names - sorted names of a directory */
struct names {
	struct dirent **list;
	int count;
};

static void cleanup_names(struct names *names)
{
	for (int i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/** names_read() - a directory that is not there has no names */
static int names_read(struct store *store, const char *path, struct names *names, struct error *err)
{
	struct error problem = ERROR_INIT;
	AUTO_CLOSE int directory = dir_open(store->root, path, false, &problem);

	if (directory < 0 && problem.errnum == ENOENT)
		return 0;
	if (directory < 0) {
		error_merge(err, &problem);
		return -1;
	}
	int count = scandirat(directory, ".", &names->list, is_visible, by_bytes);
	if (count < 0)
		return error_set(err, ERROR_STORE, errno, "read directory %s", path);
	names->count = count;
	return 0;
}

/** struct walk - one walk over records: whom to show them, and whether to go on */
struct walk {
	record_visit visit;
	void *argument;
	bool stopped;
};

static int walk_record(struct store *store, const char *path, struct walk *walk, struct error *err)
{
	const struct error misplaced = {.msg = "its name is not that of its content"};
	AUTO_FREE struct attachment *record = attachment_new(err);
	char own[PATH_SIZE];
	bool exists;

	if (!record || load(store, path, record, &exists, err) < 0)
		return -1;
	if (!exists)
		return 0;
	if (strcmp(record_path(&record->id, own), path) != 0)
		return put_aside(store, path, &misplaced, err);
	int status = walk->visit(record, walk->argument, err);
	walk->stopped = status != 0;
	return status < 0 ? -1 : 0;
}

static int walk_network(struct store *store, const char *directory, struct walk *walk, struct error *err)
{
	CLEANUP(cleanup_names) struct names names = {0};
	char path[2 * PATH_SIZE];

	if (names_read(store, directory, &names, err) < 0)
		return -1;
	for (int i = 0; i < names.count && !walk->stopped; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", directory, names.list[i]->d_name);
		if (walk_record(store, path, walk, err) < 0)
			return -1;
	}
	return 0;
}

int record_walk(struct store *store, const char *network, record_visit visit, void *argument, struct error *err)
{
	struct walk walk = {.visit = visit, .argument = argument};
	CLEANUP(cleanup_names) struct names networks = {0};
	char path[PATH_SIZE];

	if (store->root < 0)
		return 0;
	if (network)
		return walk_network(store, record_dir(network, path), &walk, err);
	if (names_read(store, "net", &networks, err) < 0)
		return -1;
	for (int i = 0; i < networks.count && !walk.stopped; i++) {
		(void)snprintf(path, sizeof path, "net/%s/a", networks.list[i]->d_name);
		if (walk_network(store, path, &walk, err) < 0)
			return -1;
	}
	return 0;
}
