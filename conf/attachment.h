/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one attachment should look like: plain data, decided before the kernel is touched. */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "conf/bandwidth.h"
#include "conf/bridge.h"
#include "conf/chained.h"
#include "conf/device.h"
#include "conf/firewall.h"
#include "conf/mark.h"
#include "conf/moved_routes.h"
#include "conf/nat.h"
#include "conf/reserved.h"
#include "conf/settings.h"
#include "conf/tap.h"
#include "conf/tuning.h"
#include "conf/vrf.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAC_LENGTH = 6, MAC_TEXT_SIZE = 18 };
enum { MAX_NETWORK_NAME = 200, MAX_CONTAINER_ID = 1024, MAX_KIND_NAME = 31, MAX_NETNS_PATH = 4095 };
enum {
	MAX_ADDRESSES = 16,
	MAX_ROUTES = 128,
	MAX_EXCLUSIONS = 64,
	MAX_NAMESERVERS = 8,
	MAX_DNS_WORDS = 32,
	MAX_PORT_MAPPINGS = 4096,
};

/** struct attachment_id - the key of an attachment: unique per host, the name of its record */
struct attachment_id {
	char network[MAX_NETWORK_NAME + 1];
	char container[MAX_CONTAINER_ID + 1];
	char ifname[IFNAMSIZ];
	char kind[MAX_KIND_NAME + 1];
};

/**
 * struct address - one address of the container and what depends on it
 * @ip:       the address itself; AF_UNSPEC until IPAM has chosen it
 * @subnet:   network it was taken from (host bits zero), the unit of masquerade and of "unreachable"
 * @gateway:  address of this host inside @subnet, held by the gateway bridge; may be AF_UNSPEC. Of a bridge network that
 *            is not BRIDGE_GATEWAY: of some other router
 * @next_hop: what the container routes through, and what the result calls its gateway: for IPv4
 *            @gateway or 169.254.1.1, for IPv6 always fe80::1 of the host end; on a bridge always @gateway, and it may be
 *            missing
 */
struct address {
	struct ip ip;
	struct prefix subnet;
	struct ip gateway;
	struct ip next_hop;
};

/** enum route_fields - which optional fields of struct route were given */
enum route_fields { ROUTE_HAS_TABLE = 1, ROUTE_HAS_SCOPE = 2 };

/**
 * struct route - one route of the container
 * @gateway:  AF_UNSPEC in a wish: the family's next hop is filled in by attachment_complete()
 * @mtu, @advmss, @priority: 0 for "not given"
 * @table, @scope: valid when @fields says so
 */
struct route {
	struct prefix destination;
	struct ip gateway;
	uint32_t mtu, advmss, priority, table;
	uint8_t scope, fields;
};

/**
 * struct dns - what the result's "dns" says; empty strings and zero counts are left out
 * @given: a list was there, though it may be empty: "no name servers" is a wish, too
 */
struct dns {
	char domain[256];
	char nameservers[MAX_NAMESERVERS][64];
	char search[MAX_DNS_WORDS][256];
	char options[MAX_DNS_WORDS][64];
	uint8_t nameserver_count, search_count, option_count;
	bool given;
};

/**
 * struct port_mapping - consecutive host ports that lead to consecutive container ports
 * @host_ip:  AF_UNSPEC: any local address of both families; unspecified (0.0.0.0, ::): any of that
 *            family; else this address only
 * @protocol: IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP
 * @count:    ports in a row, at least 1; ports in host byte order
 */
struct port_mapping {
	struct ip host_ip;
	uint16_t host_port, container_port, count;
	uint8_t protocol;
};

/**
 * enum mode - how containers of a network are joined; bits, for rows that serve several
 * @MODE_ROUTED: each behind a veth of its own, the host routes
 * @MODE_BRIDGE: all on one bridge
 * @MODE_TAP:    routed, and a virtual machine opens a tap that the veth is redirected to: the addresses are the guest's
 * @MODE_CHAINED: another plugin has made the interface and given it addresses: neither is ours to hold or to free
 * @MODE_ADDRESSES: addresses are given to another plugin, and no interface is made
 * @MODE_DEVICE: an interface without an end of ours on the host; its neighbours are beyond this host
 * @MODE_ANY:    of an attachment without a record: nobody knows, so every row looks for what follows from the key
 */
enum mode {
	MODE_ROUTED = 1,
	MODE_BRIDGE = 2,
	MODE_TAP = 4,
	MODE_CHAINED = 8,
	MODE_ADDRESSES = 16,
	MODE_DEVICE = 32,
	MODE_ANY = MODE_ROUTED | MODE_BRIDGE | MODE_TAP | MODE_CHAINED | MODE_ADDRESSES | MODE_DEVICE,
};

/** enum attachment_state - how far an attachment has got; the first word of its record */
enum attachment_state { ATTACHMENT_PENDING, ATTACHMENT_READY, ATTACHMENT_REMOVING };

struct inherited;

/**
 * struct delegate - an IPAM plugin that has to be run (design: "the only exec in the program")
 * @type:        NULL: IPAM is served in this process
 * @search_path: CNI_PATH as the runtime gave it
 * @config:      the bytes of stdin, handed on as they came
 * @environment: the runtime's own environment
 * @without_dns: what it says of dns is not wanted
 * @inherited:   what main changed about the process and a delegate gets back; NULL: nothing
 *
 * All pointers are borrowed from the request.
 */
struct delegate {
	const char *type;
	const char *search_path;
	const char *config;
	size_t config_length;
	char **environment;
	bool without_dns;
	const struct inherited *inherited;
};

struct address_pool;
struct cni_result;
struct overlay;

/**
 * struct attachment - the desired state of one interface, and after ADD the recorded one
 * @mode:          decides which rows of the kind's table it consists of
 * @netns:         CNI_NETNS of the ADD
 * @netns_cookie:  identity of that namespace (SO_NETNS_COOKIE, or its inode before Linux 5.14)
 * @host_ifname:   derived from @id alone, so that DEL finds it without any state
 * @host_mac:      derived from @id alone: with the interface group the mark of ownership
 * @host_ifindex, @container_ifindex: known while ADD runs, never recorded; 0 before
 * @mtu:           bytes; 0 until decided
 * @mac:           of the container end; all zero until derived or configured
 * @tuned_mac:     what a later plugin of the chain has made of that; all zero: nothing
 * @masquerade_ipv4, @masquerade_ipv6: whether traffic that leaves the subnet gets the host's address
 * @masquerade_by_subnet: "ipMasq" was not given: attachment_complete() sets both by the kind of the
 *                 subnets (private, shared, ULA: yes); never recorded
 * @source_rules:  index of the container's interface when another one has the default route there, or source routing
 *                 is asked for, else 0: there are rules to remove
 * @default_routes: no routes were configured: one default route per family served
 * @address_count: addresses that are wished for (range sets) or held
 * @pool:          ADD and STATUS: what may be allocated; borrowed from the request, never recorded
 * @reported:      CHECK, and ADD of chained kinds: the result so far (prevResult); borrowed, never recorded
 * @delegate:      not recorded, but for @delegated
 * @bridge:        of MODE_BRIDGE
 * @tap:           of MODE_TAP, and of MODE_DEVICE where the kind is "tap"
 * @chained:       of MODE_CHAINED
 * @tuning, @moved: of MODE_CHAINED
 * @device:        of MODE_DEVICE
 * @vrf:           of MODE_CHAINED where the kind is "vrf"
 * @point_to_point: of MODE_ROUTED, as the reference ptp has it: an address has its subnet's length, the subnet is behind
 *                 the gateway, and that is the one of IPAM in both families
 * @docker_user:   its subnets are let through Docker's chain DOCKER-USER
 * @delegated:     addresses came from another IPAM plugin: no address of ours to free
 * @overlay:       other hosts of the network; borrowed from the request, where there is one. @in_overlay: of the record: it
 *                 counts as a user of what is kept for the network
 * @reserved:      the reference's reservations; recorded where ours stand among them
 * @notes:         of kind "tuning": where the reference keeps what it notes, NULL or "" where it does by default; borrowed,
 *                 never recorded
 * @nat:           its static translations are complete when the addresses are known
 * @bandwidth:     what the container may receive and send
 * @settings:      of the container's interface and namespace
 * @firewall:      what may go in and out; of its rules, as of @ports, only those counted mean anything:
 *                 attachment_init() does not touch them, attachment_copy() leaves the others out
 * @marks:         what is written on packets, as few of them as @mark_count says
 * @ports:         last, because it is large
 *
 * No pointer in it is owned.
 */
struct attachment {
	struct attachment_id id;
	enum attachment_state state;
	enum mode mode;
	char netns[MAX_NETNS_PATH + 1];
	uint64_t netns_cookie;
	char host_ifname[IFNAMSIZ];
	uint8_t host_mac[MAC_LENGTH];
	int host_ifindex, container_ifindex;
	uint8_t mac[MAC_LENGTH], tuned_mac[MAC_LENGTH];
	uint32_t mtu;
	bool masquerade_ipv4, masquerade_ipv6;
	bool masquerade_by_subnet;
	uint32_t source_rules;
	bool default_routes;
	bool forward_guard;
	bool docker_user;
	bool delegated;
	bool point_to_point;
	const struct address_pool *pool;
	const struct cni_result *reported;
	struct delegate delegate;
	const char *notes;
	size_t address_count, route_count, exclusion_count, port_count;
	uint8_t mark_count;
	struct address addresses[MAX_ADDRESSES];
	struct prefix exclusions[MAX_EXCLUSIONS];
	struct route routes[MAX_ROUTES];
	struct overlay *overlay;
	bool in_overlay;
	struct dns dns;
	struct reserved reserved;
	struct nat nat;
	struct bridge bridge;
	struct bandwidth bandwidth;
	struct container_settings settings;
	struct tap tap;
	struct chained chained;
	struct tuning tuning;
	struct moved_routes moved;
	struct device device;
	struct vrf vrf;
	struct firewall firewall;
	struct mark marks[MAX_MARKS];
	struct port_mapping ports[MAX_PORT_MAPPINGS];
};

/** attachment_init() - everything empty; rules and ports are left as they are, their counts are 0 */
void attachment_init(struct attachment *attachment);

/**
 * attachment_new() - an empty one, for AUTO_FREE
 *
 * Not on the stack: the compiler touches each page of a frame that large (-fstack-clash-protection), used or not.
 *
 * Return: NULL when there is no memory
 */
struct attachment *attachment_new(struct error *err);

/** attachment_current_mac() - of the container end, whoever changed it last */
const uint8_t *attachment_current_mac(const struct attachment *attachment);

/** attachment_has_record() - whether ADD of ours has made it, as far as is known (MODE_ANY) */
bool attachment_has_record(const struct attachment *attachment);

/** attachment_id_equal() - whether both are the key of one attachment */
bool attachment_id_equal(const struct attachment_id *a, const struct attachment_id *b);

/** attachment_id_number() - the key of another link of a chain: the first of a kind has the kind's name, others a number, too */
void attachment_id_number(struct attachment_id *id, unsigned ordinal);

/** attachment_copy() - everything, but of rules and ports only what is used */
void attachment_copy(struct attachment *into, const struct attachment *from);

/**
 * attachment_derive_names() - fill in what follows from the key: host interface name and both MACs
 * @attempt: 0 first; another number gives other names, for the case of a collision
 *
 * The host name is "veth" and 11 letters (base 32) of a 55 bit hash: NetworkManager leaves veth* alone.
 * @mac is written only where it is still all zero, so that a configured one (or that of a first
 * attempt) stays.
 */
void attachment_derive_names(struct attachment *attachment, unsigned attempt);

/** attachment_derive_ifb() - name and MAC of the interface that shapes what the container sends, from the key alone */
void attachment_derive_ifb(const struct attachment *attachment, char ifname[static IFNAMSIZ],
			   uint8_t mac[static MAC_LENGTH]);

/** attachment_has_family() - whether some address (wished or held) is of this family, by its subnet */
bool attachment_has_family(const struct attachment *attachment, sa_family_t family);

/* Kind of the record that keeps an overlay where no container is, too */
#define OVERLAY_KIND "overlay"
/** attachment_is_overlay() - whether it is that one: its addresses are the gateway's, and it has no interface */
bool attachment_is_overlay(const struct attachment *attachment);

/** attachment_holds_addresses() - whether its addresses are ours to give out, and so to free */
bool attachment_holds_addresses(const struct attachment *attachment);

/** attachment_is_in_ruleset() - whether it has anything in nftables: what does not pass through this host has not */
bool attachment_is_in_ruleset(const struct attachment *attachment);

/** attachment_masquerades() - whether sources of the family are; attachment_excludes() - whether exclusions mean anything:
    also where a static translation changes the source */
bool attachment_masquerades(const struct attachment *attachment, sa_family_t family);
bool attachment_excludes(const struct attachment *attachment, sa_family_t family);

/** attachment_address() - the first address of a family, NULL if there is none */
const struct address *attachment_address(const struct attachment *attachment, sa_family_t family);

/**
 * attachment_complete() - fill in what depends on the addresses, once IPAM has named them
 *
 * Next hops of addresses and routes, the default route per family when none was configured,
 * masquerading where the subnet decides, and the static translations that are this container's. Idempotent.
 */
void attachment_complete(struct attachment *attachment);

/** attachment_check_nat() - ERROR_CONFIG when a static translation is of an address that the container does not have */
int attachment_check_nat(const struct attachment *attachment, struct error *err);

/**
 * attachment_container_end() - name of the veth's end in the container
 *
 * CNI_IFNAME; where a tap has that name, the end is called as its other one is on the host: nobody else is called so.
 */
const char *attachment_container_end(const struct attachment *attachment);

/** mode_name() - "routed", "bridge", "tap" and so on; mode_number() is its inverse, 0 for other words */
const char *mode_name(enum mode mode);
enum mode mode_number(const char *name);

/** port_mapping_applies() - whether a mapping publishes ports of this address family */
bool port_mapping_applies(const struct port_mapping *mapping, sa_family_t family);
/** port_mapping_is_any() - whether it is for every local address (of the families it applies to) */
bool port_mapping_is_any(const struct port_mapping *mapping);
/** protocol_name() - "tcp", "udp", "sctp"; protocol_number() is its inverse, 0 for other words */
const char *protocol_name(uint8_t protocol);
uint8_t protocol_number(const char *name);

/** mac_format() - "02:00:…" lower case. Return: @text. mac_parse() - unicast addresses only */
const char *mac_format(const uint8_t mac[static MAC_LENGTH], char text[static MAC_TEXT_SIZE]);
bool mac_parse(const char *text, uint8_t mac[static MAC_LENGTH]);
