/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every verb opens before it walks: the kernel's sockets and the store. */
#pragma once

#include "base/error.h"
#include "conf/request.h"
#include "kernel/kernel.h"
#include "plugin/resources.h"
#include "store/store.h"

/** struct run - one verb at work; all it opened is closed by run_close() */
struct run {
	const struct kind *kind;
	struct request *request;
	struct kernel kernel;
	struct store *store;
};

#define RUN_CLOSED(kind_, request_)                                                                                    \
	{                                                                                                              \
		.kind = (kind_), .request = (request_), .kernel = KERNEL_CLOSED                                        \
	}

/**
 * run_open() - sockets, container's namespace, store and its host-wide lock
 * @create_store: make the store when there is none
 * @exclusive:    nobody else may run meanwhile (GC)
 *
 * The container's namespace is entered for ADD and CHECK, and for DEL of kinds that need it; for any
 * verb the host's own namespace is refused before anything is touched. In DEL a namespace that is
 * gone, or a path that is something else, is no failure.
 */
int run_open(struct run *run, bool create_store, bool exclusive, struct error *err);
void run_close(struct run *run);

/**
 * run_remove() - detach one attachment: by its record or, where there is none, by its key
 * @id: whose attachment lock the caller holds, or who nobody else can work on
 */
int run_remove(struct run *run, const struct attachment_id *id, struct error *err);

/**
 * run_is_alive() - whether a finished attachment still stands where it is to be made again
 *
 * Whoever only gives addresses asks the container for the interface they were for. static gives the same ones again.
 */
int run_is_alive(struct run *run, const struct attachment *record, bool *alive, struct error *err);
