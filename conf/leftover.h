/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reference plugins call the things that they make for one container: nothing else tells whose they are. */
#pragma once

#include "conf/attachment.h"

enum { LEFTOVER_CHAIN_SIZE = 29, LEFTOVER_HASH_SIZE = 17, LEFTOVER_TAG_SIZE = 2 * LEFTOVER_HASH_SIZE };

/**
 * leftover_chain() - of iptables: "CNI-", @infix, and so much of a hash of network and container that it has 28 characters
 * @infix: "DN-" for host ports, "" for masquerading. The interface is not in it: attachments share the chain
 *
 * Return: @chain
 */
const char *leftover_chain(const struct attachment_id *id, const char *infix, char chain[static LEFTOVER_CHAIN_SIZE]);

/** leftover_ifb() - the interface that the bandwidth plugin redirects to. Return: @ifname */
const char *leftover_ifb(const struct attachment_id *id, char ifname[static IFNAMSIZ]);

/** leftover_tag() - what comments of masquerading rules in nftables begin with (from v1.7.0 of the plugins). Return: @tag */
const char *leftover_tag(const struct attachment_id *id, char tag[static LEFTOVER_TAG_SIZE]);
