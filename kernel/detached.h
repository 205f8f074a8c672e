/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that outlive the plugin by some milliseconds, for what only the kernel waits for. */
#pragma once

#include <stddef.h>

/**
 * detached_begin() - in a child: hold these descriptors, as 0, 1, ..., and nothing else of the plugin
 * @descriptors: all above 2
 *
 * Not the runtime's pipes (it would wait for their end), not our locks, not the session that a terminal's signals go to.
 *
 * Return: 0, or -1 with errno
 */
int detached_begin(const int descriptors[], size_t count);

/**
 * detached_close() - close @fd without waiting for what its last close waits for: a child holds it until we have closed ours
 *
 * Where no process is to be had this is close().
 */
void detached_close(int fd);
