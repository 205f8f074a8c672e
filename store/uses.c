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

static const char SUBNET[] = "subnet-";

enum { OWNER_SIZE = FILE_NAME_SIZE + sizeof "network \"\"" };

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

/** other_user() - who uses a thing beside @but; "" when nobody does or there is no such thing */
static int other_user(struct store *store, const char *name, const char *but, char user[static FILE_NAME_SIZE],
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
				 other_user(store, name, use_link_name(id, own), user, err) < 0))
		return -1;
	*last = user[0] == '\0';
	return 0;
}

/** is_used() - whether a living record counts on a thing */
static int is_used(struct store *store, const char *name, bool *used, struct error *err)
{
	char user[FILE_NAME_SIZE];

	if (other_user(store, name, NULL, user, err) < 0)
		return -1;
	*used = user[0] != '\0';
	return 0;
}

int gateway_is_used(struct store *store, const struct ip *ip, bool *used, struct error *err)
{
	char name[USE_NAME_SIZE];

	*used = false;
	return store->root < 0 ? 0 : is_used(store, use_name_gateway(ip, name), used, err);
}

static int overlap(const struct prefix *subnet, const struct prefix *other, const char *owner, struct error *err)
{
	char ours[PREFIX_TEXT_SIZE], theirs[PREFIX_TEXT_SIZE];

	return error_set(err, ERROR_CONFIG, 0, "subnet %s overlaps with %s of %s", prefix_format(subnet, ours),
			 prefix_format(other, theirs), owner);
}

/** parse_thing() - subnet and segment of "subnet-10.77.0.0_16-cb-net"; @text is its room, @segment "" when routed */
static bool parse_thing(const char *name, char text[static USE_NAME_SIZE], struct prefix *subnet, const char **segment)
{
	if (strncmp(name, SUBNET, sizeof SUBNET - 1) != 0 || strlen(name) >= USE_NAME_SIZE)
		return false;
	(void)snprintf(text, USE_NAME_SIZE, "%s", name + sizeof SUBNET - 1);
	char *slash = strchr(text, '_'), *dash = strchr(text, '-');
	if (slash)
		*slash = '/';
	if (dash)
		*dash = '\0';
	*segment = dash ? dash + 1 : "";
	return prefix_parse(text, subnet);
}

/** other_network() - of those who use a thing beside @attachment, as in 'network "other"'; "" when nobody does */
static int other_network(struct store *store, const char *name, const struct attachment *attachment,
			 char owner[static OWNER_SIZE], struct error *err)
{
	char user[FILE_NAME_SIZE], link[FILE_NAME_SIZE];

	owner[0] = '\0';
	if (other_user(store, name, use_link_name(&attachment->id, link), user, err) < 0)
		return -1;
	if (user[0] != '\0')
		(void)snprintf(owner, OWNER_SIZE, "network \"%.*s\"", (int)strcspn(user, "@"), user);
	return 0;
}

/** thing_check - looks at the name of one thing; @wanted: what the walk is for */
typedef int (*thing_check)(struct store *store, const char *name, const void *wanted,
			   const struct attachment *attachment, struct error *err);

/** check_other_subnet() - whether @name is a living subnet that shares addresses with @wanted but is not the same */
static int check_other_subnet(struct store *store, const char *name, const void *wanted,
			      const struct attachment *attachment, struct error *err)
{
	const struct prefix *subnet = wanted;
	const char *own_segment = attachment->mode == MODE_BRIDGE ? attachment->bridge.segment : "", *segment;
	char text[USE_NAME_SIZE], owner[OWNER_SIZE];
	struct prefix other;

	if (!parse_thing(name, text, &other, &segment) || !prefix_overlaps(subnet, &other) ||
	    (prefix_equal(subnet, &other) && strcmp(segment, own_segment) == 0))
		return 0;
	if (other_network(store, name, attachment, owner, err) < 0)
		return -1;
	return owner[0] ? overlap(subnet, &other, owner, err) : 0;
}

/** check_other_table() - whether @name is a living rule for the fwmark of the rule @wanted, with another table */
static int check_other_table(struct store *store, const char *name, const void *wanted,
			     const struct attachment *attachment, struct error *err)
{
	const char *own = wanted, *dash = strrchr(own, '-'), *fwmark = strchr(own, '-') + 1;
	char owner[OWNER_SIZE];

	if (strncmp(name, own, (size_t)(dash + 1 - own)) != 0 || strcmp(name, own) == 0)
		return 0;
	if (other_network(store, name, attachment, owner, err) < 0)
		return -1;
	if (owner[0] == '\0')
		return 0;
	const int length = (int)strcspn(fwmark, "_");
	return error_set(err, ERROR_CONFIG, 0, "mark: fwmark %.*s/%.*s with table %s: %s has it with table %s", length,
			 fwmark, (int)(dash - fwmark) - length - 1, fwmark + length + 1, dash + 1, owner,
			 name + (dash + 1 - own));
}

/** check_things() - go through all that are in use */
static int check_things(struct store *store, thing_check check, const void *wanted, const struct attachment *attachment,
			struct error *err)
{
	int fd = openat(store->root, "use", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), status = 0;
	struct dirent *entry;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_set(err, ERROR_STORE, errno, "open directory use");
	DIR *dir = fdopendir(fd);
	if (!dir) {
		cleanup_close(&fd);
		return error_set(err, ERROR_STORE, ENOMEM, "read directory use");
	}
	while (status == 0 && (entry = readdir(dir)))
		status = check(store, entry->d_name, wanted, attachment, err);
	closedir(dir);
	return status;
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
	char name[USE_NAME_SIZE];
	bool used;

	for (size_t i = 0; i < index; i++) {
		const struct prefix *other = &attachment->addresses[i].subnet;

		if (prefix_overlaps(subnet, other) && !prefix_equal(subnet, other))
			return overlap(subnet, other, "another range set", err);
	}
	if (is_used(store, use_name_own_subnet(attachment, subnet, name), &used, err) < 0)
		return -1;
	return used ? 0 : check_things(store, check_other_subnet, subnet, attachment, err);
}

/** check_mark() - what a fwmark means to the routes is a matter of the host; one that is in use has been through this */
static int check_mark(struct store *store, const struct attachment *attachment, const struct mark *mark,
		      sa_family_t family, struct error *err)
{
	char name[USE_NAME_SIZE];
	bool used;

	if (!mark_has_table(mark) || !attachment_has_family(attachment, family))
		return 0;
	if (is_used(store, use_name_mark(mark, family, name), &used, err) < 0)
		return -1;
	return used ? 0 : check_things(store, check_other_table, name, attachment, err);
}

int uses_check(struct store *store, const struct attachment *attachment, struct error *err)
{
	for (size_t i = 0; attachment_is_routed(attachment) && i < attachment->address_count; i++)
		if (check_gateway(store, attachment, &attachment->addresses[i].gateway, err) < 0 ||
		    check_subnet(store, attachment, i, err) < 0)
			return -1;
	for (size_t i = 0; attachment_is_routed(attachment) && i < attachment->mark_count; i++)
		if (check_mark(store, attachment, &attachment->marks[i], AF_INET, err) < 0 ||
		    check_mark(store, attachment, &attachment->marks[i], AF_INET6, err) < 0)
			return -1;
	return 0;
}
