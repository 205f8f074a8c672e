/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One boot and one network namespace: what is recorded under its name cannot outlive it. */
#include "store/inside.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/netns.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* The deepest is epoch, net, network, a: four levels of directories; two more do no harm. The budget is some 100 ms of work */
enum { TREE_DEPTH = 6, TREE_BUDGET = 50000, BOOT_ID_SIZE = 64 };

static const char BOOT_ID[] = "/proc/sys/kernel/random/boot_id";
static const char DEAD[] = ".dead-";

/** boot_digits() - the first hex digits of the id that the kernel gives each boot (random(4)) */
static int boot_digits(char digits[static BOOT_DIGITS + 1], struct error *err)
{
	char text[BOOT_ID_SIZE] = "";
	size_t count = 0;
	AUTO_CLOSE int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || file_read_some(fd, text, sizeof text - 1) < 0)
		return error_set(err, ERROR_STORE, errno, "read %s", BOOT_ID);
	for (const char *byte = text; *byte != '\0' && count < BOOT_DIGITS; byte++)
		if (isxdigit((unsigned char)*byte))
			digits[count++] = *byte;
	digits[count] = '\0';
	if (count < BOOT_DIGITS)
		return error_set(err, ERROR_STORE, 0, "%s holds \"%.40s\", which is no boot id", BOOT_ID, text);
	return 0;
}

int epoch_name(char name[static EPOCH_SIZE], struct error *err)
{
	char digits[BOOT_DIGITS + 1];
	uint64_t cookie;

	if (boot_digits(digits, err) < 0 || netns_cookie(&cookie, err) < 0)
		return -1;
	(void)snprintf(name, EPOCH_SIZE, "%s-%llx", digits, (unsigned long long)cookie);
	return 0;
}

void tree_remove(int dirfd, const char *name, unsigned depth, unsigned *budget)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && *budget > 0 && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(*budget)--;
		if (unlinkat(fd, entry->d_name, 0) < 0 && (errno == EISDIR || errno == EPERM) && depth > 0)
			tree_remove(fd, entry->d_name, depth - 1, budget);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	(void)unlinkat(dirfd, name, AT_REMOVEDIR);
}

/** is_epoch() - 16 hex digits, "-", hex digits: nothing else in the directory is ours to remove */
static bool is_epoch(const char *name)
{
	size_t length = strlen(name);

	if (length <= BOOT_DIGITS + 1 || length >= EPOCH_SIZE || name[BOOT_DIGITS] != '-')
		return false;
	return strspn(name, "0123456789abcdef") == BOOT_DIGITS &&
	       strspn(name + BOOT_DIGITS + 1, "0123456789abcdef") == length - BOOT_DIGITS - 1;
}

/** remove_epoch() - @name is that of an epoch, perhaps with ".dead-" in front from a removal that did not end */
static void remove_epoch(int data_dir, const char *name, bool dead, unsigned *budget)
{
	char aside[EPOCH_SIZE + sizeof DEAD];

	(void)snprintf(aside, sizeof aside, "%s%.*s", dead ? "" : DEAD, (int)(EPOCH_SIZE + sizeof DEAD - 8), name);
	if (!dead && renameat(data_dir, name, data_dir, aside) < 0)
		return;
	tree_remove(data_dir, aside, TREE_DEPTH, budget);
}

void epoch_remove_others(int data_dir, const char *own)
{
	unsigned budget = TREE_BUDGET;
	int fd = openat(data_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && budget > 0 && (entry = readdir(dir))) {
		bool dead = strncmp(entry->d_name, DEAD, sizeof DEAD - 1) == 0;
		const char *epoch = dead ? entry->d_name + sizeof DEAD - 1 : entry->d_name;

		/* Another namespace of this boot may be a living host */
		if (is_epoch(epoch) && strncmp(epoch, own, BOOT_DIGITS) != 0)
			remove_epoch(data_dir, entry->d_name, dead, &budget);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}
