/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/sys/net: read, compare, write only what differs. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * struct sysctl - one setting below /proc/sys/net, in the current namespace
 * @directory: e.g. "ipv4" or "ipv6/conf/%s"; the interface's name replaces the "%s". Settings of one directory stand together
 * @name:      e.g. "ip_forward"
 * @value:     as the file shows it
 * @optional:  success also where the file does not exist (a kernel without IPv6)
 */
struct sysctl {
	const char *directory;
	const char *name;
	const char *value;
	bool optional;
};

enum { SYSCTL_VALUE_SIZE = 64 };

/**
 * sysctl_read() - the value without its newline, whatever @setting wants
 * @ifname: for the "%s", or NULL
 */
int sysctl_read(const struct sysctl *setting, const char *ifname, char value[static SYSCTL_VALUE_SIZE],
		struct error *err);

/**
 * sysctl_ensure() - write the settings that do not read as wanted already
 *
 * A file that cannot be written but reads as wanted is success. What is opened must lie on procfs.
 * The interface name becomes one path component, so a name with dots is safe.
 */
int sysctl_ensure(const struct sysctl settings[], size_t count, const char *ifname, struct error *err);

/** sysctl_verify() - ERROR_DRIFT naming the first setting that does not read as wanted */
int sysctl_verify(const struct sysctl settings[], size_t count, const char *ifname, struct error *err);

/** struct sysctl_list - settings that stand and fall together, and whether they are wanted */
struct sysctl_list {
	bool needed;
	const struct sysctl *settings;
	size_t count;
};

#define SYSCTL_LIST(condition, table)                                                                                  \
	{                                                                                                              \
		(condition), (table), sizeof(table) / sizeof *(table)                                                  \
	}

/** sysctl_act - sysctl_ensure() or sysctl_verify() */
typedef int (*sysctl_act)(const struct sysctl settings[], size_t count, const char *ifname, struct error *err);

/** sysctl_apply() - @act over the lists that are needed, up to the first failure */
int sysctl_apply(const struct sysctl_list lists[], size_t count, sysctl_act act, const char *ifname, struct error *err);

/** sysctl_ensure_in(), sysctl_verify_in() - the same inside the namespace @netns_fd */
int sysctl_ensure_in(int netns_fd, const struct sysctl settings[], size_t count, const char *ifname, struct error *err);
int sysctl_verify_in(int netns_fd, const struct sysctl settings[], size_t count, const char *ifname, struct error *err);
