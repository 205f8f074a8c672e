/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that conntrack remembers: find UDP ones by port and address, and make it forget them. */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "kernel/nft_socket.h"
#include "kernel/rtnl.h"

#include <stddef.h>
#include <stdint.h>

/** enum conntrack_side - which end of a connection is compared */
enum conntrack_side {
	CONNTRACK_DESTINATION,	     /* where the first packet was sent to, before translation */
	CONNTRACK_SOURCE,	     /* who sent it, before translation */
	CONNTRACK_REPLY_SOURCE,	     /* who answers: where it really went */
	CONNTRACK_REPLY_DESTINATION, /* whom the answer is sent to: what the first packet's source was translated to */
};

/**
 * struct conntrack_match - connections to forget
 * @family: AF_INET or AF_INET6
 * @ip:     AF_UNSPEC: any address of this host, by its routing tables
 * @length: of a prefix; 0: that one address
 * @first_port, @last_port: both included, host byte order
 */
struct conntrack_match {
	enum conntrack_side side;
	sa_family_t family;
	struct ip ip;
	uint8_t length;
	uint16_t first_port, last_port;
};

/**
 * conntrack_flush_udp() - delete the UDP entries that one of @matches describes
 * @nft_socket: nfnetlink, the one of the transactions: closing another one would wait for what they deleted
 * @host:    for the question whether an address is this host's
 *
 * UDP has no end of connection: an entry made before a mapping (or by an earlier one) would lead
 * packets astray as long as they keep coming. A few matches with an address and one port or all are left to the kernel
 * (Linux 6.8). Otherwise every condition is checked here, entry by entry, and each is deleted by its own tuple, zone and id;
 * the kernel's filter (Linux 5.8) only spares us other protocols. That stops after 200 ms with ERROR_TRY_AGAIN.
 */
int conntrack_flush_udp(struct rtnl *host, struct nft_socket *nft_socket, const struct conntrack_match matches[],
			size_t count, struct error *err);
