/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A namespace, a store and a ruleset of our own, for the tests of nat/. */
#pragma once

#include "conf/attachment.h"
#include "kernel/nft.h"
#include "kernel/rtnl.h"
#include "nat/firewall.h"
#include "nat/nat.h"
#include "store/store.h"
#include "tests/attachments.h"
#include "tests/namespace.h"
#include "tests/tap.h"

static struct kernel kernel = KERNEL_CLOSED;
static struct store *store;
static char directory[] = "/tmp/cambric-test-nat-XXXXXX";

/** nft_says() - whether a listing by the nft program has a text in it */
static inline bool nft_says(const char *what, const char *text)
{
	return run("nft list %s 2>&1 | tr -s ' \\t\\n' ' ' | grep -qF -- '%s'", what, text);
}

/** detach() - as DEL does it: marked, own elements, then the shared ones with the record */
static inline bool detach(struct attachment *attachment, struct error *err)
{
	attachment->state = ATTACHMENT_REMOVING;
	if (record_update(store, attachment, err) < 0 || nat_remove(attachment, store, &kernel, err) < 0 ||
	    store_begin(store, err) < 0)
		return false;
	int status = nat_network_remove(attachment, store, &kernel, err);
	status |= firewall_network_remove(attachment, store, &kernel, err);
	status |= record_remove(store, attachment, err);
	store_end(store);
	return status == 0;
}

static inline bool attach(struct attachment *attachment, struct error *err)
{
	return attachment_record(attachment, store, err) && nat_ensure(attachment, store, &kernel, err) == 0;
}

static inline void show(const struct error *err)
{
	if (err->code != ERROR_NONE)
		printf("# %d: %s (%s)\n", err->code, err->msg, err->details);
}

/** exclude() - one more destination that sees the true source */
static inline void exclude(struct attachment *attachment, const char *prefix)
{
	(void)prefix_parse(prefix, &attachment->exclusions[attachment->exclusion_count++]);
}

/** nat_open() - namespace, sockets, store and addresses of this host; false: not possible here */
static inline bool nat_open(void)
{
	struct error err = ERROR_INIT;

	if (!ok(namespace_first() >= 0 && mkdtemp(directory) != NULL, "a namespace of our own"))
		return false;
	bool opened = ok(nft_socket_open(&kernel.nft, &err) == 0 && rtnl_open(&kernel.host, &err) == 0 &&
				 store_open(&store, directory, true, &err) == 0 && store_enter(store, false, &err) == 0,
			 "sockets and store");
	show(&err);
	return opened && ok(run("ip link set lo up && ip addr add 192.0.2.1/32 dev lo"), "addresses of this host");
}

static inline void nat_close(void)
{
	store_close(&store);
	nft_socket_close(&kernel.nft);
	rtnl_close(&kernel.host);
	(void)run("rm -rf '%s'", directory);
}
