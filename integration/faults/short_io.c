/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preloaded: every second call is interrupted, files and pipes take and give one byte at a time, close() complains. */
#include <errno.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Every function for itself: all together, read() might always come at the wrong moment, after a poll() that worked */
static bool is_interrupted(bool *last)
{
	*last = !*last;
	if (*last)
		errno = EINTR;
	return *last;
}

/* A sysctl is read and written whole or not at all (fs/proc/proc_sysctl.c), and so is a datagram */
static size_t portion(int fd, size_t length)
{
	struct statfs filesystem;
	struct stat status;
	bool whole = fstat(fd, &status) < 0 || S_ISSOCK(status.st_mode) || fstatfs(fd, &filesystem) < 0 ||
		     filesystem.f_type == PROC_SUPER_MAGIC;

	return whole || length < 2 ? length : 1;
}

ssize_t read(int fd, void *buffer, size_t length)
{
	static bool last;

	return is_interrupted(&last) ? -1 : syscall(SYS_read, fd, buffer, portion(fd, length));
}

ssize_t __read_chk(int fd, void *buffer, size_t length, size_t room)
{
	(void)room;
	return read(fd, buffer, length);
}

ssize_t write(int fd, const void *buffer, size_t length)
{
	static bool last;

	return is_interrupted(&last) ? -1 : syscall(SYS_write, fd, buffer, portion(fd, length));
}

ssize_t pread(int fd, void *buffer, size_t length, off_t offset)
{
	static bool last;

	return is_interrupted(&last) ? -1 : syscall(SYS_pread64, fd, buffer, portion(fd, length), offset);
}

ssize_t __pread_chk(int fd, void *buffer, size_t length, off_t offset, size_t room)
{
	(void)room;
	return pread(fd, buffer, length, offset);
}

ssize_t pwrite(int fd, const void *buffer, size_t length, off_t offset)
{
	static bool last;

	return is_interrupted(&last) ? -1 : syscall(SYS_pwrite64, fd, buffer, portion(fd, length), offset);
}

ssize_t recvfrom(int fd, void *restrict buffer, size_t length, int flags, struct sockaddr *restrict from,
		 socklen_t *restrict room)
{
	static bool last;

	return is_interrupted(&last) ? -1 : syscall(SYS_recvfrom, fd, buffer, length, flags, from, room);
}

ssize_t __recvfrom_chk(int fd, void *restrict buffer, size_t length, size_t size, int flags,
		       struct sockaddr *restrict from, socklen_t *restrict room)
{
	(void)size;
	return recvfrom(fd, buffer, length, flags, from, room);
}

ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
	return recvfrom(fd, buffer, length, flags, NULL, NULL);
}

ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t size, int flags)
{
	(void)size;
	return recv(fd, buffer, length, flags);
}

ssize_t sendto(int fd, const void *buffer, size_t length, int flags, const struct sockaddr *to, socklen_t size)
{
	static bool last;

	return is_interrupted(&last) ? -1 : syscall(SYS_sendto, fd, buffer, length, flags, to, size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	static bool last;

	return is_interrupted(&last) ? -1 : syscall(SYS_sendmsg, fd, message, flags);
}

int poll(struct pollfd *watched, nfds_t count, int timeout)
{
	static bool last;

	return is_interrupted(&last) ? -1 : (int)syscall(SYS_poll, watched, count, timeout);
}

int __poll_chk(struct pollfd *watched, nfds_t count, int timeout, size_t size)
{
	(void)size;
	return poll(watched, count, timeout);
}

int flock(int fd, int operation)
{
	static bool last;

	return is_interrupted(&last) ? -1 : (int)syscall(SYS_flock, fd, operation);
}

/* Closed it is all the same, as on Linux always */
int close(int fd)
{
	static bool last;

	if (syscall(SYS_close, fd) < 0)
		return -1;
	if (!is_interrupted(&last))
		errno = EIO;
	return -1;
}
