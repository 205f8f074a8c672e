/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proxy entries: an interface answers ARP or neighbour discovery for an address that is not its own. */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "kernel/rtnl.h"

#include <stdbool.h>

/**
 * proxy_add() - as "ip neigh add proxy"; one that is there already is success, whoever made it
 *
 * The kernel answers for it only where packets to the address would leave through another interface (IPv4:
 * net/ipv4/arp.c, arp_process), or where the interface has proxy_ndp set (IPv6: net/ipv6/ndisc.c, ndisc_recv_ns).
 */
int proxy_add(struct rtnl *rtnl, int ifindex, const struct ip *ip, struct error *err);
/** proxy_delete() - what is not there is success, and what somebody else made (NDA_PROTOCOL) stays */
int proxy_delete(struct rtnl *rtnl, int ifindex, const struct ip *ip, struct error *err);
int proxy_exists(struct rtnl *rtnl, int ifindex, const struct ip *ip, bool *exists, struct error *err);
