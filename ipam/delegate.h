/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row of the table of resources: addresses that another IPAM plugin gives. The only exec of the program. */
#pragma once

#include "base/error.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

struct attachment;
struct delegate;
struct kernel;
struct store;

/**
 * struct inherited - how the runtime started us, for a program that we start in its place
 * @mask:      signals blocked
 * @pipe, @filesize: dispositions of SIGPIPE and SIGXFSZ (others are not ignored by us)
 * @core:      RLIMIT_CORE
 * @file_mask: umask
 */
struct inherited {
	sigset_t mask;
	struct sigaction pipe, filesize;
	struct rlimit core;
	mode_t file_mask;
};

/**
 * inherited_save() - main's first statement, before it changes any of these
 *
 * Also needed of main: SIGCHLD must not be ignored while a delegate runs (wait(2) would find nothing),
 * no PR_SET_NO_NEW_PRIVS (a delegate would keep it), and the working directory and environment stay.
 */
void inherited_save(struct inherited *inherited);

/**
 * delegate_ensure() - ask the delegate for addresses and record them
 *
 * Success at once without a delegate. Its DEL, which the specification wants after a failed ADD as well, is run
 * by the undo of the walk, which removes the row that failed, too. The delegate's error object is passed on
 * as it is if its code is the specification's (1 to 99); a code of its own becomes ERROR_DELEGATE
 * "TYPE: code N: MSG". ERROR_DELEGATE also when there is none, or no program that can be run.
 */
int delegate_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** delegate_verify() - CHECK of the delegate */
int delegate_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/**
 * delegate_remove() - DEL of the delegate, for the container of @want even if the runtime named none (GC)
 *
 * One that cannot be run has given nothing, if the record knows of no address either: a warning.
 */
int delegate_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** delegate_probe() - STATUS of the delegate */
int delegate_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** delegate_collect() - GC of the delegate: the runtime's environment and input as they came */
int delegate_collect(const struct delegate *delegate, struct error *err);
