/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules in a chain of Docker's that let the packets of our networks pass. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/**
 * admitted_ensure() - row "Docker's rules": two for each subnet, by source and by destination, at the head of DOCKER-USER
 *
 * Only where "dockerUser" asks for it, and only where the chain is: Docker makes it, and leaves to the administrator what is
 * in it (docs.docker.com, "Packet filtering and firewalls"). They are written as iptables-nft writes them, so iptables
 * shows them, with a comment that says whose they are. iptables-legacy is not seen.
 */
int admitted_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/** admitted_verify() - ERROR_DRIFT when the chain is there and one of the rules is not */
int admitted_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);

/**
 * admitted_settle() - rules of all records as they should be: those that somebody has flushed, and those that a lost record has left
 * @all: false: only what has been left, of subnets that this store has known; true: whatever has our comment
 *
 * Opens a section of the store.
 */
int admitted_settle(struct store *store, struct kernel *kernel, bool all, struct error *err);

/** admitted_remove() - the rules of subnets that nobody else uses; inside a section of the store */
int admitted_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
