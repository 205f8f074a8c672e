/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/sys/net of the current namespace. */
#include "kernel/sysctl.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/netns.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

enum { SYSCTL_PATH_SIZE = 128 };

/** full_path() - "/proc/sys/net/..." with @ifname in place of the "%s" */
static int full_path(const char *path, const char *ifname, char full[static SYSCTL_PATH_SIZE], struct error *err)
{
	const char *gap = strstr(path, "%s");
	int length = gap ? snprintf(full, SYSCTL_PATH_SIZE, "/proc/sys/net/%.*s%s%s", (int)(gap - path), path,
				    ifname ? ifname : "", gap + 2)
			 : snprintf(full, SYSCTL_PATH_SIZE, "/proc/sys/net/%s", path);

	if (length < 0 || length >= SYSCTL_PATH_SIZE)
		return error_set(err, ERROR_KERNEL, ENAMETOOLONG, "sysctl %s", path);
	return 0;
}

/** sysctl_open() - what is opened lies on procfs: a mount over it would take the write elsewhere (CVE-2025-52881) */
static int sysctl_open(const char *full, int flags, struct error *err)
{
	struct statfs filesystem;
	AUTO_CLOSE int fd = open(full, flags | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return error_set(err, ERROR_KERNEL, errno, "open %s", full);
	if (fstatfs(fd, &filesystem) < 0)
		return error_set(err, ERROR_KERNEL, errno, "statfs %s", full);
	if (filesystem.f_type != PROC_SUPER_MAGIC)
		return error_set(err, ERROR_KERNEL, EXDEV, "open %s: not on procfs", full);
	return take_fd(&fd);
}

static int read_value(const char *full, char value[static SYSCTL_VALUE_SIZE], struct error *err)
{
	AUTO_CLOSE int fd = sysctl_open(full, O_RDONLY, err);

	if (fd < 0)
		return -1;
	ssize_t length = file_read_some(fd, value, SYSCTL_VALUE_SIZE - 1);
	if (length < 0)
		return error_set(err, ERROR_KERNEL, errno, "read %s", full);
	value[length] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

int sysctl_read(const char *path, const char *ifname, char value[static SYSCTL_VALUE_SIZE], struct error *err)
{
	char full[SYSCTL_PATH_SIZE];

	if (full_path(path, ifname, full, err) < 0)
		return -1;
	return read_value(full, value, err);
}

static int write_value(const char *full, const char *value, struct error *err)
{
	AUTO_CLOSE int fd = sysctl_open(full, O_WRONLY, err);

	if (fd < 0)
		return -1;
	if (file_write_some(fd, value, strlen(value)) < 0)
		return error_set(err, ERROR_KERNEL, errno, "write %s to %s", value, full);
	return 0;
}

/** compare() - 1 when the setting reads as wanted (or need not exist and does not), 0 when not */
static int compare(const struct sysctl *setting, const char *full, char value[static SYSCTL_VALUE_SIZE],
		   struct error *err)
{
	struct error attempt = ERROR_INIT;

	if (read_value(full, value, &attempt) == 0)
		return strcmp(value, setting->value) == 0;
	if (setting->optional && attempt.errnum == ENOENT)
		return 1;
	error_merge(err, &attempt);
	return -1;
}

int sysctl_ensure(const struct sysctl settings[], size_t count, const char *ifname, struct error *err)
{
	char full[SYSCTL_PATH_SIZE], value[SYSCTL_VALUE_SIZE];

	for (size_t i = 0; i < count; i++) {
		if (full_path(settings[i].path, ifname, full, err) < 0)
			return -1;
		int same = compare(&settings[i], full, value, err);
		if (same < 0 || (same == 0 && write_value(full, settings[i].value, err) < 0))
			return -1;
	}
	return 0;
}

int sysctl_verify(const struct sysctl settings[], size_t count, const char *ifname, struct error *err)
{
	char full[SYSCTL_PATH_SIZE], value[SYSCTL_VALUE_SIZE];

	for (size_t i = 0; i < count; i++) {
		if (full_path(settings[i].path, ifname, full, err) < 0)
			return -1;
		int same = compare(&settings[i], full, value, err);
		if (same == 0)
			return error_set(err, ERROR_DRIFT, 0, "%s is %s, expected %s", full, value, settings[i].value);
		if (same < 0)
			return -1;
	}
	return 0;
}

/** struct visit - arguments of sysctl_ensure() for netns_visit() */
struct visit {
	const struct sysctl *settings;
	size_t count;
	const char *ifname;
};

static int ensure_here(void *argument, struct error *err)
{
	const struct visit *visit = argument;

	return sysctl_ensure(visit->settings, visit->count, visit->ifname, err);
}

int sysctl_ensure_in(int netns_fd, const struct sysctl settings[], size_t count, const char *ifname, struct error *err)
{
	struct visit visit = {settings, count, ifname};

	return netns_visit(netns_fd, ensure_here, &visit, err);
}
