/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that the reference plugins made for a container of theirs: found by name, taken away in one transaction. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "store/store.h"

/*
 * Each is the "remove" of a row of one kind, for attachments without a record (MODE_ANY): ours always have one. Everything else
 * is left alone, and the first question finds out in some 20 microseconds that there is nothing.
 *
 * Tables, base chains and what is in them for all containers stay, as the reference leaves them. What is in the tables of iptables-legacy stays,
 * too, with a warning that says how to take it away. Where @want has addresses (of prevResult), rules of other
 * addresses are those of another interface of the same container, and stay.
 */

/** leftover_portmap_remove() - iptables: chains CNI-DN-*; nftables: rules in tables cni_hostport */
int leftover_portmap_remove(const struct attachment *want, struct store *store, struct kernel *kernel,
			    struct error *err);
/** leftover_masquerade_remove() - of bridge and ptp. iptables: chains CNI-*; nftables: rules in table cni_plugins_masquerade */
int leftover_masquerade_remove(const struct attachment *want, struct store *store, struct kernel *kernel,
			       struct error *err);
/** leftover_spoof_remove() - of bridge, macspoofchk: chains cni-br-iface-* in table bridge nat */
int leftover_spoof_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
/**
 * leftover_firewall_remove() - rules in chain CNI-FORWARD of table filter
 *
 * Nothing but the container's addresses tells whose they are: without any, nothing is removed.
 */
int leftover_firewall_remove(const struct attachment *want, struct store *store, struct kernel *kernel,
			     struct error *err);
