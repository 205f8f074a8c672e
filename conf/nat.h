/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Translated source addresses and public addresses of an attachment: plain data. */
#pragma once

#include "base/ip.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAT_FAMILIES = 2, MAX_STATIC_NAT = 8, MAX_NETWORK_STATIC_NAT = 256, MAX_PUBLIC = MAX_STATIC_NAT + NAT_FAMILIES };
enum { MAX_NAT_POOL = 65536 };

/**
 * enum announce - how the LAN learns where a public address is
 * @ANNOUNCE_PROXY:   the uplink answers for it (proxy ARP or NDP entry); it is no address of the host
 * @ANNOUNCE_ADDRESS: it is an address of the uplink
 */
enum announce { ANNOUNCE_PROXY, ANNOUNCE_ADDRESS };

/**
 * struct static_nat - one address for another, both ways
 * @private: of the container; AF_UNSPEC in a wish: its own of that family
 * @public:  what it is to the outside
 */
struct static_nat {
	struct ip private, public;
};

/** struct static_nat_list - "nat.static" of a network: whoever holds a private address of it has the public one */
struct static_nat_list {
	size_t count;
	struct static_nat entries[MAX_NETWORK_STATIC_NAT];
};

/**
 * struct nat_pool - public addresses that the containers of a network are spread over
 * @first, @last: both included; AF_UNSPEC when there is no pool of the family
 * @chosen: what this attachment leaves with; AF_UNSPEC until chosen
 * @shared: all were taken, so others leave with it, too
 */
struct nat_pool {
	struct ip first, last, chosen;
	bool shared;
};

/**
 * struct public_address - one that this host answers for
 * @uplink, @ifindex: where; "" until that is known. 0 in records of before
 */
struct public_address {
	struct ip ip;
	char uplink[IFNAMSIZ];
	int ifindex;
};

/**
 * struct nat - beyond plain masquerading; all zero is nothing of it
 * @first_port, @last_port: of the host, for translated source ports; 0: any
 * @snat: source address instead of the uplink's, per family, indexed by nat_family()
 * @publics: what is to be announced: of @statics, and what was chosen from @pools
 * @network: of a wish: "nat.static" of the network; borrowed, never recorded
 */
struct nat {
	enum announce announce;
	uint16_t first_port, last_port;
	uint8_t static_count, public_count;
	struct ip snat[NAT_FAMILIES];
	struct nat_pool pools[NAT_FAMILIES];
	struct static_nat statics[MAX_STATIC_NAT];
	struct public_address publics[MAX_PUBLIC];
	const struct static_nat_list *network;
};

/** nat_family() - index of an address family */
size_t nat_family(sa_family_t family);

/** nat_is_used() - whether there is anything in it */
bool nat_is_used(const struct nat *nat);

/** nat_hides() - whether the source of what leaves is a configured address, of a pool or fixed */
bool nat_hides(const struct nat *nat, sa_family_t family);

/** nat_has_static() - whether it is a public address of a static translation */
bool nat_has_static(const struct nat *nat, const struct ip *public);

/** nat_is_static() - whether it has a static translation of the family */
bool nat_is_static(const struct nat *nat, sa_family_t family);

/** nat_pool_contains() - false also when there is no pool of the family */
bool nat_pool_contains(const struct nat_pool *pool, const struct ip *ip);

/** nat_list_publics() - fill in @publics from the static addresses and the chosen ones; uplinks that are known stay */
void nat_list_publics(struct nat *nat);

/** announce_name() - "proxy", "address"; announce_number() is its inverse, false for other words */
const char *announce_name(enum announce announce);
bool announce_number(const char *name, enum announce *announce);
