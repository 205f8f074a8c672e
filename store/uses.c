/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who uses what attachments share: use/<thing>/<network>@<record> is a link to the record. A link
 * whose record is gone counts for nobody, so no crash can make a thing look used for ever.
 */
#include "base/cleanup.h"
#include "base/file.h"
#include "conf/bridged.h"
#include "store/bits.h"
#include "store/inside.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void thing_path(const char *name, char path[static PATH_SIZE])
{
	(void)snprintf(path, PATH_SIZE, "use/%s", name);
}

static void link_path(const char *name, const struct attachment_id *id, char path[static PATH_SIZE])
{
	char link[FILE_NAME_SIZE];

	(void)snprintf(path, PATH_SIZE, "use/%s/%s", name, use_link_name(id, link));
}

/** make_thing() - use/ and use/<name>/ */
static int make_thing(struct store *store, const char *name, struct error *err)
{
	char path[PATH_SIZE];
	AUTO_CLOSE int uses = dir_open(store->root, "use", true, err);

	thing_path(name, path);
	AUTO_CLOSE int thing = uses < 0 ? -1 : dir_open(store->root, path, true, err);
	return thing < 0 ? -1 : 0;
}

static int take_use(struct store *store, const char *name, const struct attachment_id *id, struct error *err)
{
	char record[PATH_SIZE], target[PATH_SIZE + 8], path[PATH_SIZE];

	(void)snprintf(target, sizeof target, "../../%s", record_path(id, record));
	link_path(name, id, path);
	for (bool made = false;; made = true) {
		struct error problem = ERROR_INIT;
		if (file_link(store->root, target, path, &problem) == 0 || problem.errnum == EEXIST)
			return 0;
		if (made || problem.errnum != ENOENT) {
			error_merge(err, &problem);
			return -1;
		}
		if (make_thing(store, name, err) < 0)
			return -1;
	}
}

int uses_take(struct store *store, const struct attachment *attachment, struct error *err)
{
	AUTO_FREE struct use_names *names = use_names(attachment, err);

	if (!names)
		return -1;
	for (size_t i = 0; i < names->count; i++)
		if (take_use(store, names->of[i], &attachment->id, err) < 0)
			return -1;
	return 0;
}

int uses_release(struct store *store, const struct attachment *attachment, struct error *err)
{
	AUTO_FREE struct use_names *names = use_names(attachment, err);
	char path[PATH_SIZE];

	if (!names)
		return -1;
	for (size_t i = 0; i < names->count; i++) {
		struct error ignored = ERROR_INIT;
		link_path(names->of[i], &attachment->id, path);
		if (file_remove(store->root, path, err) < 0)
			return -1;
		thing_path(names->of[i], path);
		/* Others use it still, or nobody ever did: both fine */
		(void)dir_remove(store->root, path, &ignored);
	}
	return 0;
}

int uses_verify(struct store *store, const struct attachment *attachment, struct error *err)
{
	char path[PATH_SIZE];
	struct stat status;

	if (store->root < 0)
		return 0;
	AUTO_FREE struct use_names *names = use_names(attachment, err);
	if (!names)
		return -1;
	for (size_t i = 0; i < names->count; i++) {
		link_path(names->of[i], &attachment->id, path);
		if (fstatat(store->root, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
			return error_set(err, ERROR_DRIFT, errno, "%s does not count this attachment: %s", names->of[i],
					 path);
	}
	return 0;
}

/** is_live() - 1 when a link's record is there, 0 when not: such a link is removed. -1 with errno when nobody knows */
static int is_live(int thing, const char *link)
{
	struct stat status;

	if (fstatat(thing, link, &status, 0) == 0)
		return 1;
	if (errno != ENOENT)
		return -1;
	(void)unlinkat(thing, link, 0);
	return 0;
}

/** find_live() - the first live link among @length bytes of entries. Return: 1 with @user, 0 none, -1 with errno */
static int find_live(int thing, const char *entries, size_t length, const char *but, char user[static FILE_NAME_SIZE])
{
	for (size_t at = 0; at < length;) {
		const struct dirent64 *entry = (const void *)(entries + at);

		at += entry->d_reclen;
		if (entry->d_name[0] == '.' || (but && strcmp(entry->d_name, but) == 0))
			continue;
		int live = is_live(thing, entry->d_name);
		if (live > 0)
			(void)snprintf(user, FILE_NAME_SIZE, "%s", entry->d_name);
		if (live != 0)
			return live;
	}
	return 0;
}

/**
 * live_user() - the first link but @but (NULL: any) whose record is there; "" if none
 *
 * Reads some entries at a time: the first user answers the question, and there may be ten thousand.
 */
static int live_user(int thing, const char *but, char user[static FILE_NAME_SIZE])
{
	_Alignas(struct dirent64) char entries[1024];
	ssize_t got;
	int found = 0;

	while (found == 0 && (got = getdents64(thing, entries, sizeof entries)) != 0)
		found = got < 0 ? -1 : find_live(thing, entries, (size_t)got, but, user);
	return found < 0 ? -1 : 0;
}

int use_other_user(struct store *store, const char *name, const char *but, char user[static FILE_NAME_SIZE],
		   struct error *err)
{
	struct error problem = ERROR_INIT;
	char path[PATH_SIZE];

	user[0] = '\0';
	thing_path(name, path);
	AUTO_CLOSE int thing = dir_open(store->root, path, false, &problem);
	if (thing < 0 && problem.errnum == ENOENT)
		return 0;
	if (thing < 0) {
		error_merge(err, &problem);
		return -1;
	}
	if (live_user(thing, but, user) < 0)
		return error_set(err, ERROR_STORE, errno, "read directory %s", path);
	return 0;
}

int use_is_last(struct store *store, const char *name, const struct attachment_id *id, bool *last, struct error *err)
{
	char own[FILE_NAME_SIZE], user[FILE_NAME_SIZE] = "";

	if (store->root >= 0 && (store_need_section(store, name, err) < 0 ||
				 use_other_user(store, name, use_link_name(id, own), user, err) < 0))
		return -1;
	*last = user[0] == '\0';
	return 0;
}

/** is_used() - whether a living record counts on a thing */
static int is_used(struct store *store, const char *name, bool *used, struct error *err)
{
	char user[FILE_NAME_SIZE];

	if (use_other_user(store, name, NULL, user, err) < 0)
		return -1;
	*used = user[0] != '\0';
	return 0;
}

int use_is_abandoned(struct store *store, const char *name, bool unknown, bool *abandoned, struct error *err)
{
	char path[PATH_SIZE];
	bool used = !unknown;

	thing_path(name, path);
	if (store->root >= 0 && faccessat(store->root, path, F_OK, 0) == 0 && is_used(store, name, &used, err) < 0)
		return -1;
	*abandoned = !used;
	return 0;
}

int gateway_is_used(struct store *store, const struct ip *ip, bool *used, struct error *err)
{
	char name[USE_NAME_SIZE];

	*used = false;
	return store->root < 0 ? 0 : is_used(store, use_name_gateway(ip, name), used, err);
}

/** check_gateway() - a new gateway must not be an address that some container has already */
static int check_gateway(struct store *store, const struct attachment *attachment, const struct ip *gateway,
			 struct error *err)
{
	char text[IP_TEXT_SIZE];
	bool used, taken;

	if (!ip_is_set(gateway))
		return 0;
	if (gateway_is_used(store, gateway, &used, err) < 0)
		return -1;
	if (used)
		return 0;
	if (address_is_taken(store, registry_name(attachment), gateway, &taken, err) < 0)
		return -1;
	return taken ? error_set(err, ERROR_ADDRESS_TAKEN, 0, "gateway %s is the address of a container",
				 ip_format(gateway, text))
		     : 0;
}

/** check_subnet() - a new subnet must not overlap with others; one that is in use has been through this */
static int check_subnet(struct store *store, const struct attachment *attachment, size_t index, struct error *err)
{
	const struct prefix *subnet = &attachment->addresses[index].subnet;
	char name[USE_NAME_SIZE], ours[PREFIX_TEXT_SIZE], theirs[PREFIX_TEXT_SIZE];
	bool used;

	for (size_t i = 0; i < index; i++) {
		const struct prefix *other = &attachment->addresses[i].subnet;

		if (prefix_overlaps(subnet, other) && !prefix_equal(subnet, other))
			return error_set(err, ERROR_CONFIG, 0, "subnet %s overlaps with %s of another range set",
					 prefix_format(subnet, ours), prefix_format(other, theirs));
	}
	if (is_used(store, use_name_own_subnet(attachment, subnet, name), &used, err) < 0)
		return -1;
	return used ? 0 : subnet_check_others(store, attachment, subnet, err);
}

int room_walk(struct store *store, const char *room, room_visit visit, const void *argument, struct error *err)
{
	int fd = store->root < 0 ? -1 : openat(store->root, room, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && (store->root < 0 || errno == ENOENT))
		return 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int status = 0;
	if (!dir) {
		status = error_set(err, ERROR_STORE, errno, "open directory %s", room);
		cleanup_close(&fd);
		return status;
	}
	while (status == 0) {
		errno = 0;
		const struct dirent *entry = readdir(dir);
		if (!entry && errno)
			status = error_set(err, ERROR_STORE, errno, "read directory %s", room);
		if (!entry)
			break;
		status = visit(store, entry->d_name, argument, err);
	}
	closedir(dir);
	return status;
}

int uses_check(struct store *store, const struct attachment *attachment, struct error *err)
{
	for (size_t i = 0; attachment_is_routed(attachment) && i < attachment->address_count; i++)
		if (check_gateway(store, attachment, &attachment->addresses[i].gateway, err) < 0 ||
		    check_subnet(store, attachment, i, err) < 0)
			return -1;
	return marks_check_tables(store, attachment, err);
}
