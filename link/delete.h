/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deleting an interface without waiting for what only the kernel waits for. */
#pragma once

#include "base/error.h"
#include "kernel/kernel.h"
#include "link/messages.h"

/**
 * link_delete() - return when the interface is gone for everyone
 *
 * The kernel takes an interface out of sight in about 2 ms and announces that (RTM_DELLINK), then
 * waits some 20 ms for a grace period of RCU before the request returns. What is announced as gone
 * is gone: nobody can find it, its name is free. So a child sends the request and waits for its
 * end, and this function waits for the announcement. A refusal of the request is this function's
 * failure. CAMBRIC_SYNC_DEL=1 in the environment waits for the request itself.
 *
 * The child keeps our nfnetlink socket, too: its last close waits for the same grace period.
 *
 * One that is gone already is success.
 */
int link_delete(struct kernel *kernel, const struct link_state *link, struct error *err);
