/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces: open, compare, visit. The only setns() of the program. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * netns_open() - open a path as a network namespace
 *
 * Checked on the open descriptor, so that nothing can change in between: file system is nsfs and the
 * namespace is of type CLONE_NEWNET (ioctl_ns(2)). A FIFO does not block. ERROR_NETNS otherwise;
 * errnum ENOENT when there is no such path, EINVAL when it is something else.
 */
int netns_open(const char *path, struct error *err);

/** netns_is_own() - whether @fd is the namespace the process is in: 1, 0, or -1 with @err set */
int netns_is_own(int fd, struct error *err);

/** netns_cookie() - identity of the current namespace for the life of this kernel (SO_NETNS_COOKIE, else its inode) */
int netns_cookie(uint64_t *cookie, struct error *err);

/**
 * netns_visit() - run @act inside the namespace @fd
 *
 * The process is home again when this returns; if it cannot come home, it aborts: nothing it would
 * do from there could be right.
 */
int netns_visit(int fd, int (*act)(void *argument, struct error *err), void *argument, struct error *err);
