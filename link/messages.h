/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rtnetlink requests of this room: links, addresses, routes, neighbours, one function each. */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "conf/attachment.h"
#include "kernel/rtnl.h"

#include <stdint.h>

/**
 * struct link_state - what the kernel says of one interface
 * @flags: IFF_*
 * @alias: "" for none; one that is longer than any name has no end that fits
 * @kind:  "veth", "bridge", ...; "" for hardware
 * @master: index of the bridge that it is a port of, 0 for none
 * @peer:   of a veth: index of the other end, in that one's namespace; of the interface of a VLAN: what that is in
 * @vlan:   of the interface of a VLAN
 * @variant: of a macvlan or ipvlan: its mode; of a VRF: its table
 * @filters_vlans, @default_vlan (of new ports, 0: none): of a bridge; @port_state (BR_STATE_*), @hairpin, @isolated: of a port
 */
struct link_state {
	int ifindex;
	uint32_t mtu, group, tx_queue_length, variant;
	unsigned flags;
	uint8_t mac[MAC_LENGTH];
	char name[IFNAMSIZ];
	char kind[16];
	char alias[IFNAMSIZ + 1];
	int master, peer;
	bool filters_vlans, hairpin, isolated;
	uint8_t port_state;
	uint16_t default_vlan, vlan;
};

/** link_query() - ask for one interface by name; *@exists tells, a missing one is no failure */
int link_query(struct rtnl *rtnl, const char *name, struct link_state *state, bool *exists, struct error *err);
/** link_query_index() - the same by index */
int link_query_index(struct rtnl *rtnl, int ifindex, struct link_state *state, bool *exists, struct error *err);

/** link_visit - looks at one interface. Return: false to see no more */
typedef bool (*link_visit)(const struct link_state *link, void *argument);

/** links_visit() - all interfaces of a namespace; some may be shown twice, as the list is read anew when it changes meanwhile */
int links_visit(struct rtnl *rtnl, link_visit visit, void *argument, struct error *err);

/** link_set_flags() - set (@up) or clear IFF_UP */
int link_set_up(struct rtnl *rtnl, int ifindex, bool up, struct error *err);

/** address_add() - EEXIST is success. IPv6 gets IFA_F_NODAD: whoever is on the link had his address from us */
int address_add(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err);
/** address_add_public() - as address_add(), but never a source that the host itself would choose */
int address_add_public(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err);
/** address_add_checked() - IPv6 with duplicate address detection; the address is "tentative" until that has ended */
int address_add_checked(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err);
/** address_add_alone() - as address_add(), without the route to its subnet that comes with an address */
int address_add_alone(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err);
/** address_delete() - what is not there is success */
int address_delete(struct rtnl *rtnl, int ifindex, const struct prefix *address, struct error *err);
/** address_exists() - by ifindex-filtered dump; the prefix length must match too */
int address_exists(struct rtnl *rtnl, int ifindex, const struct prefix *address, bool *exists, struct error *err);

/** address_find_overlap() - one of the interface that shares addresses with @prefix; length and IP as it has them, AF_UNSPEC: none */
int address_find_overlap(struct rtnl *rtnl, int ifindex, const struct prefix *prefix, struct prefix *found,
			 struct error *err);
/** address_find_own() - one of the host's from @first to @last, but for those of address_add_public(); AF_UNSPEC: none */
int address_find_own(struct rtnl *rtnl, const struct ip *first, const struct ip *last, struct ip *found,
		     struct error *err);

/**
 * struct route_wish - one route in the kernel's terms
 * @type:     RTN_UNICAST or RTN_UNREACHABLE (then without device)
 * @source:   preferred source address, may be AF_UNSPEC, as @gateway
 * @priority, @mtu, @advmss: 0 for the kernel's default; @table: 0 for main
 */
struct route_wish {
	struct prefix destination;
	struct ip gateway, source;
	int ifindex;
	uint8_t type, scope, protocol;
	uint32_t priority, table, mtu, advmss;
};

/** route_add() - exclusive: EEXIST is a failure, with that errnum, for the caller to judge */
int route_add(struct rtnl *rtnl, const struct route_wish *wish, struct error *err);
/** route_ensure() - as route_add(), but EEXIST is success */
int route_ensure(struct rtnl *rtnl, const struct route_wish *wish, struct error *err);
/** route_delete() - what is not there is success */
int route_delete(struct rtnl *rtnl, const struct route_wish *wish, struct error *err);
/**
 * route_exists() - by a dump that the kernel filters by table, type, protocol and device
 *
 * Destination and, where the wish has them, gateway, source and priority must match; a protocol of
 * 0 (RTPROT_UNSPEC) matches any.
 */
int route_exists(struct rtnl *rtnl, const struct route_wish *wish, bool *exists, struct error *err);

/** neighbour_set() - permanent entry, replaces one that is there */
int neighbour_set(struct rtnl *rtnl, int ifindex, const struct ip *ip, const uint8_t mac[static MAC_LENGTH],
		  struct error *err);
/** neighbour_matches() - whether there is a permanent entry with this MAC */
int neighbour_matches(struct rtnl *rtnl, int ifindex, const struct ip *ip, const uint8_t mac[static MAC_LENGTH],
		      bool *matches, struct error *err);
