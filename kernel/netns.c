/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces. The program is single-threaded, so setns() moves all of it. */
#include "kernel/netns.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#ifndef SO_NETNS_COOKIE /* Linux 5.14, include/uapi/asm-generic/socket.h */
#define SO_NETNS_COOKIE 71
#endif

static const char OWN_NETNS[] = "/proc/self/ns/net";

int netns_open(const char *path, struct error *err)
{
	struct statfs filesystem;
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return error_set(err, ERROR_NETNS, errno, "open network namespace CNI_NETNS \"%s\"", path);
	if (fstatfs(fd, &filesystem) < 0)
		return error_set(err, ERROR_NETNS, errno, "statfs of CNI_NETNS \"%s\"", path);
	const int type = filesystem.f_type == NSFS_MAGIC ? ioctl(fd, NS_GET_NSTYPE) : 0;
	if (type < 0 && errno != ENOTTY) /* whoever takes "unknown" for "gone" leaves what is in there */
		return error_set(err, ERROR_NETNS, errno, "ask for the type of CNI_NETNS \"%s\"", path);
	if (type != CLONE_NEWNET)
		return error_set(err, ERROR_NETNS, EINVAL, "CNI_NETNS \"%s\" is not a network namespace", path);
	return take_fd(&fd);
}

int netns_is_own(int fd, struct error *err)
{
	struct stat own, other;

	if (stat(OWN_NETNS, &own) < 0 || fstat(fd, &other) < 0)
		return error_set(err, ERROR_NETNS, errno, "compare network namespaces");
	return own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

int netns_cookie(uint64_t *cookie, struct error *err)
{
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t value = 0;
	socklen_t length = sizeof value;
	struct stat own;

	if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &value, &length) == 0) {
		*cookie = value;
		return 0;
	}
	/* Only a kernel that has no cookies goes by the other number: one namespace must never have two names */
	if (fd < 0 || errno != ENOPROTOOPT || stat(OWN_NETNS, &own) < 0)
		return error_set(err, ERROR_NETNS, errno, "identify the network namespace");
	*cookie = own.st_ino;
	return 0;
}

int netns_visit(int fd, int (*act)(void *argument, struct error *err), void *argument, struct error *err)
{
	AUTO_CLOSE int home = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);

	if (home < 0)
		return error_set(err, ERROR_NETNS, errno, "open %s", OWN_NETNS);
	if (setns(fd, CLONE_NEWNET) < 0)
		return error_set(err, ERROR_NETNS, errno, "enter the network namespace of the container");
	int status = act(argument, err);
	if (setns(home, CLONE_NEWNET) < 0)
		abort();
	return status;
}
