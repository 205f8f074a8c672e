/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/sys/net of the current namespace. */
#include "kernel/sysctl.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/netns.h"
#include "kernel/procfs.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

enum { SYSCTL_PATH_SIZE = 128 };

/**
 * struct folder - where settings lie that belong together, opened once for all of them
 * @procfs:    where to start: a procfs, or -1 for /proc
 * @directory: as struct sysctl has it; NULL while nothing is open
 * @path:      the same below /proc/sys/net, with the name of the interface
 */
struct folder {
	int procfs;
	const char *directory;
	char path[SYSCTL_PATH_SIZE];
	int fd;
};

static void folder_close(struct folder *folder)
{
	cleanup_close(&folder->fd);
}

#define FOLDER CLEANUP(folder_close) struct folder
#define FOLDER_CLOSED(root)                                                                                            \
	{                                                                                                              \
		.procfs = (root), .fd = -1                                                                             \
	}

static const char PROC[] = "/proc/";

/** name_folder() - "/proc/sys/net/..." with @ifname in place of the "%s" */
static int name_folder(struct folder *folder, const char *directory, const char *ifname, struct error *err)
{
	const char *gap = strstr(directory, "%s");
	int before = gap ? (int)(gap - directory) : (int)strlen(directory);
	int length = snprintf(folder->path, sizeof folder->path, "%ssys/net/%.*s%s%s", PROC, before, directory,
			      gap && ifname ? ifname : "", gap ? gap + 2 : "");

	if (length < 0 || (size_t)length >= sizeof folder->path)
		return error_set(err, ERROR_KERNEL, ENAMETOOLONG, "sysctl folder %s", directory);
	return 0;
}

/** folder_open() - the folder of a setting, unless it is the one that is open */
static int folder_open(struct folder *folder, const char *directory, const char *ifname, struct error *err)
{
	if (folder->directory && strcmp(folder->directory, directory) == 0)
		return 0;
	folder_close(folder);
	*folder = (struct folder)FOLDER_CLOSED(folder->procfs);
	if (name_folder(folder, directory, ifname, err) < 0)
		return -1;
	const char *path = folder->procfs < 0 ? folder->path : folder->path + strlen(PROC);
	folder->fd = openat(folder->procfs, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder->fd < 0)
		return error_set(err, ERROR_KERNEL, errno, "open %s", folder->path);
	folder->directory = directory;
	return 0;
}

/** open_file() - what is opened lies on procfs: a mount over it would take the write elsewhere (CVE-2025-52881) */
static int open_file(const struct folder *folder, const char *name, int flags, struct error *err)
{
	struct statfs filesystem;
	AUTO_CLOSE int fd = openat(folder->fd, name, flags | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return error_set(err, ERROR_KERNEL, errno, "open %s/%s", folder->path, name);
	if (fstatfs(fd, &filesystem) < 0)
		return error_set(err, ERROR_KERNEL, errno, "statfs %s/%s", folder->path, name);
	if (filesystem.f_type != PROC_SUPER_MAGIC)
		return error_set(err, ERROR_KERNEL, EXDEV, "open %s/%s: not on procfs", folder->path, name);
	return take_fd(&fd);
}

static int read_value(const struct folder *folder, const char *name, char value[static SYSCTL_VALUE_SIZE],
		      struct error *err)
{
	AUTO_CLOSE int fd = open_file(folder, name, O_RDONLY, err);

	if (fd < 0)
		return -1;
	ssize_t length = file_read_some(fd, value, SYSCTL_VALUE_SIZE - 1);
	if (length < 0)
		return error_set(err, ERROR_KERNEL, errno, "read %s/%s", folder->path, name);
	value[length] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

int sysctl_read(const struct sysctl *setting, const char *ifname, char value[static SYSCTL_VALUE_SIZE],
		struct error *err)
{
	FOLDER folder = FOLDER_CLOSED(-1);

	if (folder_open(&folder, setting->directory, ifname, err) < 0)
		return -1;
	return read_value(&folder, setting->name, value, err);
}

static int write_value(const struct folder *folder, const struct sysctl *setting, struct error *err)
{
	AUTO_CLOSE int fd = open_file(folder, setting->name, O_WRONLY, err);

	if (fd < 0)
		return -1;
	if (file_write_some(fd, setting->value, strlen(setting->value)) < 0)
		return error_set(err, ERROR_KERNEL, errno, "write %s to %s/%s", setting->value, folder->path,
				 setting->name);
	return 0;
}

/**
 * is_absent() - whether procfs itself says that there is no such setting
 *
 * A mount over a directory would hide it, and a kernel with IPv6 pass for one without (CVE-2025-52881).
 */
static bool is_absent(const struct folder *folder, const char *name)
{
	char path[2 * SYSCTL_PATH_SIZE];
	struct statfs filesystem;
	char *slash;

	(void)snprintf(path, sizeof path, "%s/%s", folder->path, name);
	while ((slash = strrchr(path, '/')) && slash > path) {
		*slash = '\0';
		if (statfs(path, &filesystem) == 0)
			return filesystem.f_type == PROC_SUPER_MAGIC;
		if (errno != ENOENT)
			return false;
	}
	return false;
}

/** reads_as() - the same words: the kernel separates by tabs what people write with spaces */
static bool reads_as(const char *value, const char *wanted)
{
	static const char blanks[] = " \t";

	for (;;) {
		value += strspn(value, blanks);
		wanted += strspn(wanted, blanks);
		size_t length = strcspn(value, blanks);
		if (strcspn(wanted, blanks) != length || strncmp(value, wanted, length) != 0)
			return false;
		if (length == 0)
			return true;
		value += length;
		wanted += length;
	}
}

/** compare() - 1 when the setting reads as wanted (or need not exist and does not), 0 when not */
static int compare(struct folder *folder, const struct sysctl *setting, const char *ifname,
		   char value[static SYSCTL_VALUE_SIZE], struct error *err)
{
	struct error attempt = ERROR_INIT;

	if (folder_open(folder, setting->directory, ifname, &attempt) == 0 &&
	    read_value(folder, setting->name, value, &attempt) == 0)
		return reads_as(value, setting->value);
	if (setting->optional && attempt.errnum == ENOENT && is_absent(folder, setting->name))
		return 1;
	error_merge(err, &attempt);
	return -1;
}

/** ensure() - sysctl_ensure() in a procfs, -1: /proc */
static int ensure(int procfs, const struct sysctl settings[], size_t count, const char *ifname, struct error *err)
{
	FOLDER folder = FOLDER_CLOSED(procfs);
	char value[SYSCTL_VALUE_SIZE];

	for (size_t i = 0; i < count; i++) {
		int same = compare(&folder, &settings[i], ifname, value, err);
		if (same < 0 || (same == 0 && write_value(&folder, &settings[i], err) < 0))
			return -1;
	}
	return 0;
}

int sysctl_ensure(const struct sysctl settings[], size_t count, const char *ifname, struct error *err)
{
	return ensure(-1, settings, count, ifname, err);
}

/** verify() - sysctl_verify() in a procfs, -1: /proc */
static int verify(int procfs, const struct sysctl settings[], size_t count, const char *ifname, struct error *err)
{
	FOLDER folder = FOLDER_CLOSED(procfs);
	char value[SYSCTL_VALUE_SIZE];

	for (size_t i = 0; i < count; i++) {
		int same = compare(&folder, &settings[i], ifname, value, err);
		if (same == 0)
			return error_set(err, ERROR_DRIFT, 0, "%s/%s is %s, expected %s", folder.path, settings[i].name,
					 value, settings[i].value);
		if (same < 0)
			return -1;
	}
	return 0;
}

int sysctl_verify(const struct sysctl settings[], size_t count, const char *ifname, struct error *err)
{
	return verify(-1, settings, count, ifname, err);
}

/** struct visit - arguments of ensure() and verify() for netns_visit() */
struct visit {
	int procfs;
	const struct sysctl *settings;
	size_t count;
	const char *ifname;
};

static int ensure_here(void *argument, struct error *err)
{
	const struct visit *visit = argument;

	return ensure(visit->procfs, visit->settings, visit->count, visit->ifname, err);
}

int sysctl_ensure_in(int netns_fd, const struct sysctl settings[], size_t count, const char *ifname, struct error *err)
{
	AUTO_CLOSE int procfs = procfs_open(err);
	struct visit visit = {procfs, settings, count, ifname};

	if (procfs < 0)
		return -1;
	return netns_visit(netns_fd, ensure_here, &visit, err);
}

static int verify_here(void *argument, struct error *err)
{
	const struct visit *visit = argument;

	return verify(visit->procfs, visit->settings, visit->count, visit->ifname, err);
}

int sysctl_verify_in(int netns_fd, const struct sysctl settings[], size_t count, const char *ifname, struct error *err)
{
	AUTO_CLOSE int procfs = procfs_open(err);
	struct visit visit = {procfs, settings, count, ifname};

	if (procfs < 0)
		return -1;
	return netns_visit(netns_fd, verify_here, &visit, err);
}

int sysctl_apply(const struct sysctl_list lists[], size_t count, sysctl_act act, const char *ifname, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (lists[i].needed && act(lists[i].settings, lists[i].count, ifname, err) < 0)
			return -1;
	return 0;
}
