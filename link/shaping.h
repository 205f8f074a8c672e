/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource "shaping": how fast packets go to and from the container. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * shaping_ensure() - token buckets on the host end and, for what the container sends, on an ifb of its own
 *
 * The host end sends what the container receives: a TBF is its root. What it receives cannot be queued there, so it is
 * redirected to an ifb, whose TBF delays it and which then gives it back as if it had just come in: filters and the
 * binding of sources see the host end as before. Where the kernel knows no ifb it is policed, and @want says so.
 * Name and MAC of the ifb are derived from the key, so two attachments never share one.
 */
int shaping_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
int shaping_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/** shaping_remove() - the ifb, if it is ours by group or MAC; everything else goes with the host end */
int shaping_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * shaping_probe() - ERROR_NOT_AVAILABLE where the kernel lacks what a configured limit needs
 *
 * Of limits that the runtime may set for one container nothing is known. Without ifb, policing will do: a warning.
 */
int shaping_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * shaping_end_ensure() - of a chained attachment: host_end_ensure(), unless another link limits the same direction
 *
 * Asked before the host end is recorded: who is killed here has nothing to take away yet.
 */
int shaping_end_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * shaping_end_remove() - of a chained attachment: what its host end has, since that is another plugin's and goes on living
 *
 * Without a record it is the redirection to the ifb of its key: of a bucket nobody could say whose it is.
 * Before the ifb: what is redirected to an interface that is gone is lost.
 */
int shaping_end_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
