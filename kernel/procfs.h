/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A /proc of our own, mounted nowhere: what is looked up in it is forgotten with it. */
#pragma once

#include "base/error.h"

/**
 * procfs_open() - the root of a procfs for settings of containers. Return: descriptor for openat(), or -1
 *
 * The kernel keeps a directory entry "net/ipv6" for every network namespace that was ever looked at through one instance of
 * procfs, all in one hash chain (fs/proc/proc_sysctl.c, proc_sys_compare), for as long as the namespace lives. Looked up in
 * /proc, 1,000 containers would make each look at a setting, here and in every other program, 0.1 to 1 ms longer; an
 * instance of our own costs 0.15 ms and leaves nothing.
 *
 * Linux 5.2 (fsopen(2)); where the kernel or a sandbox refuses that, /proc itself: the settings are the same.
 */
int procfs_open(struct error *err);
