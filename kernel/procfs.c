/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A procfs of our own; it ends with its descriptor. */
#include "kernel/procfs.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <sys/mount.h>

/** mount_own() - an instance that only its descriptor leads to. Return: that, or -1 with errno */
static int mount_own(void)
{
	AUTO_CLOSE int context = fsopen("proc", FSOPEN_CLOEXEC);

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int procfs_open(struct error *err)
{
	int root = mount_own();

	if (root < 0)
		root = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? error_set(err, ERROR_KERNEL, errno, "open /proc") : root;
}
