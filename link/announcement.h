/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps from a container's end that is up to neighbours that know it. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"

/** announcement_wait() - until the port forwards, at most 5 s; one that spanning tree holds back is a warning */
int announcement_wait(const struct attachment *want, struct rtnl *host, struct error *err);

/** announcement_await_addresses() - with BRIDGE_DAD: until no address is tentative; ERROR_ADDRESS_TAKEN for a duplicate */
int announcement_await_addresses(const struct attachment *want, struct kernel *kernel, struct error *err);

/** announcement_make() - gratuitous ARP and unsolicited neighbour advertisements for all addresses, in one request */
int announcement_make(const struct attachment *want, struct kernel *kernel, struct error *err);
