/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from an attachment's key and addresses: names, MACs, next hops, default routes. */
#include "conf/attachment.h"

#include "base/hash.h"
#include "conf/bridged.h"
#include "conf/marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* 'l' and 'o' left out: too easily read as digits by people who compare names */
static const char LETTERS[] = "0123456789abcdefghijkmnpqrstuvwx";
static const char HOST_PREFIX[] = "veth";
static const char IFB_PREFIX[] = "ifb";

/* Those before SALTS are used once for each attempt */
enum { SALT_NAME = 1, SALT_HOST_MAC, SALT_MAC, SALTS, SALT_IFB = 1000, SALT_IFB_MAC };

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{.name = "tcp", .number = IPPROTO_TCP},
	{.name = "udp", .number = IPPROTO_UDP},
	{.name = "sctp", .number = IPPROTO_SCTP},
};

void attachment_init(struct attachment *attachment)
{
	memset(attachment, 0, offsetof(struct attachment, firewall.rules));
	attachment->mode = MODE_ROUTED;
}

struct attachment *attachment_new(struct error *err)
{
	struct attachment *attachment = malloc(sizeof *attachment);

	if (attachment)
		attachment_init(attachment);
	else
		(void)error_set(err, ERROR_IO, ENOMEM, "make room for an attachment");
	return attachment;
}

bool attachment_id_equal(const struct attachment_id *a, const struct attachment_id *b)
{
	return strcmp(a->network, b->network) == 0 && strcmp(a->container, b->container) == 0 &&
	       strcmp(a->ifname, b->ifname) == 0 && strcmp(a->kind, b->kind) == 0;
}

void attachment_id_number(struct attachment_id *id, unsigned ordinal)
{
	const size_t length = strcspn(id->kind, ".");

	id->kind[length] = '\0';
	if (ordinal > 1)
		(void)snprintf(id->kind + length, sizeof id->kind - length, ".%u", ordinal);
}

void attachment_copy(struct attachment *into, const struct attachment *from)
{
	memcpy(into, from, offsetof(struct attachment, firewall.rules));
	memcpy(into->firewall.rules, from->firewall.rules, from->firewall.rule_count * sizeof *from->firewall.rules);
	memcpy(into->marks, from->marks, from->mark_count * sizeof *from->marks);
	memcpy(into->ports, from->ports, from->port_count * sizeof *from->ports);
}

static uint64_t hash_of_id(const struct attachment_id *id)
{
	uint64_t hash = hash_begin();

	hash = hash_text(hash, id->network);
	hash = hash_text(hash, id->container);
	hash = hash_text(hash, id->ifname);
	return hash_text(hash, id->kind);
}

static void derive_ifname(const char *prefix, uint64_t hash, char ifname[static IFNAMSIZ])
{
	size_t used = strlen(prefix);

	memcpy(ifname, prefix, used);
	for (; used < IFNAMSIZ - 1; used++, hash >>= 5)
		ifname[used] = LETTERS[hash & 31];
	ifname[used] = '\0';
}

static void derive_mac(uint64_t hash, uint8_t mac[static MAC_LENGTH])
{
	for (size_t i = 0; i < MAC_LENGTH; i++, hash >>= 8)
		mac[i] = (uint8_t)hash;
	/* locally administered (bit 1), no group address (bit 0): IEEE 802, section 8 */
	mac[0] = (uint8_t)((mac[0] | 2) & ~1);
}

static bool mac_is_zero(const uint8_t mac[static MAC_LENGTH])
{
	static const uint8_t none[MAC_LENGTH];

	return memcmp(mac, none, MAC_LENGTH) == 0;
}

const uint8_t *attachment_current_mac(const struct attachment *attachment)
{
	return mac_is_zero(attachment->tuned_mac) ? attachment->mac : attachment->tuned_mac;
}

void attachment_derive_names(struct attachment *attachment, unsigned attempt)
{
	uint64_t hash = hash_of_id(&attachment->id);
	uint64_t salt = (uint64_t)attempt * SALTS;

	derive_ifname(HOST_PREFIX, hash_finish(hash, salt + SALT_NAME), attachment->host_ifname);
	derive_mac(hash_finish(hash, salt + SALT_HOST_MAC), attachment->host_mac);
	if (mac_is_zero(attachment->mac))
		derive_mac(hash_finish(hash, salt + SALT_MAC), attachment->mac);
}

void attachment_derive_ifb(const struct attachment *attachment, char ifname[static IFNAMSIZ],
			   uint8_t mac[static MAC_LENGTH])
{
	uint64_t hash = hash_of_id(&attachment->id);

	derive_ifname(IFB_PREFIX, hash_finish(hash, SALT_IFB), ifname);
	derive_mac(hash_finish(hash, SALT_IFB_MAC), mac);
}

const struct address *attachment_address(const struct attachment *attachment, sa_family_t family)
{
	for (size_t i = 0; i < attachment->address_count; i++)
		if (attachment->addresses[i].subnet.ip.family == family)
			return &attachment->addresses[i];
	return NULL;
}

bool attachment_has_family(const struct attachment *attachment, sa_family_t family)
{
	return attachment_address(attachment, family) != NULL;
}

/** next_hop() - what the container routes through; when routed always on the link, whatever the subnet is */
static struct ip next_hop(const struct attachment *attachment, const struct address *address)
{
	struct ip hop = address->gateway;

	if (!(attachment->mode & (MODE_ROUTED | MODE_TAP)) || (attachment->point_to_point && ip_is_set(&hop)))
		return hop;
	if (address->subnet.ip.family == AF_INET6)
		(void)ip_parse(IPV6_NEXT_HOP, &hop);
	else if (!ip_is_set(&hop))
		(void)ip_parse(IPV4_NEXT_HOP, &hop);
	return hop;
}

static bool has_route(const struct attachment *attachment, const struct prefix *destination)
{
	for (size_t i = 0; i < attachment->route_count; i++)
		if (prefix_equal(&attachment->routes[i].destination, destination))
			return true;
	return false;
}

static void add_default_route(struct attachment *attachment, sa_family_t family)
{
	struct route route = {.destination = {.ip = {.family = family}, .length = 0}};

	if (!attachment_has_family(attachment, family) || has_route(attachment, &route.destination) ||
	    attachment->route_count == MAX_ROUTES)
		return;
	attachment->routes[attachment->route_count++] = route;
}

/** fill_route_gateways() - of who only gives addresses, the caller does */
static void fill_route_gateways(struct attachment *attachment)
{
	if (attachment->mode == MODE_ADDRESSES)
		return;
	for (size_t i = 0; i < attachment->route_count; i++) {
		struct route *route = &attachment->routes[i];
		const struct address *address = attachment_address(attachment, route->destination.ip.family);

		if (!ip_is_set(&route->gateway) && address)
			route->gateway = address->next_hop;
	}
}

static bool has_private_subnet(const struct attachment *attachment, sa_family_t family)
{
	for (size_t i = 0; i < attachment->address_count; i++) {
		const struct ip *network = &attachment->addresses[i].subnet.ip;

		if (network->family == family && ip_is_private(network) && attachment_is_routed(attachment))
			return true;
	}
	return false;
}

bool attachment_has_record(const struct attachment *attachment)
{
	return attachment->mode != MODE_ANY;
}

bool attachment_is_overlay(const struct attachment *attachment)
{
	return strcmp(attachment->id.kind, OVERLAY_KIND) == 0;
}

bool attachment_holds_addresses(const struct attachment *attachment)
{
	return !attachment->delegated && !attachment_is_overlay(attachment) && attachment->mode != MODE_CHAINED &&
	       attachment_has_record(attachment) && !attachment->device.lent;
}

bool attachment_is_in_ruleset(const struct attachment *attachment)
{
	return !(attachment->mode & (MODE_DEVICE | MODE_ADDRESSES)) && attachment->vrf.name[0] == '\0' &&
	       !attachment_is_overlay(attachment);
}

bool attachment_masquerades(const struct attachment *attachment, sa_family_t family)
{
	return family == AF_INET ? attachment->masquerade_ipv4 : family == AF_INET6 && attachment->masquerade_ipv6;
}

bool attachment_excludes(const struct attachment *attachment, sa_family_t family)
{
	return attachment_masquerades(attachment, family) || nat_is_static(&attachment->nat, family);
}

static bool has_ip(const struct attachment *attachment, const struct ip *ip)
{
	for (size_t i = 0; i < attachment->address_count; i++)
		if (ip_equal(&attachment->addresses[i].ip, ip))
			return true;
	return false;
}

/** complete_statics() - own address where none was named; those of the network that name an address of ours */
static void complete_statics(struct attachment *attachment)
{
	struct nat *nat = &attachment->nat;

	for (size_t i = 0; i < nat->static_count; i++) {
		struct static_nat *entry = &nat->statics[i];
		const struct address *own = attachment_address(attachment, entry->public.family);

		if (!ip_is_set(&entry->private) && own)
			entry->private = own->ip;
	}
	for (size_t i = 0; nat->network && i < nat->network->count && nat->static_count < MAX_STATIC_NAT; i++) {
		const struct static_nat *entry = &nat->network->entries[i];

		if (has_ip(attachment, &entry->private) && !nat_has_static(nat, &entry->public))
			nat->statics[nat->static_count++] = *entry;
	}
	nat_list_publics(nat);
}

/** check_count() - translations of the network for which there was no room */
static int check_count(const struct attachment *attachment, struct error *err)
{
	const struct static_nat_list *list = attachment->nat.network;
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; list && i < list->count; i++)
		if (has_ip(attachment, &list->entries[i].private) &&
		    !nat_has_static(&attachment->nat, &list->entries[i].public))
			return error_set(err, ERROR_CONFIG, 0,
					 "nat.static: public %s is one more than the %d that a container can have",
					 ip_format(&list->entries[i].public, text), MAX_STATIC_NAT);
	return 0;
}

int attachment_check_nat(const struct attachment *attachment, struct error *err)
{
	char public[IP_TEXT_SIZE], private[IP_TEXT_SIZE];

	for (size_t i = 0; i < attachment->nat.static_count; i++) {
		const struct static_nat *entry = &attachment->nat.statics[i];

		if (!has_ip(attachment, &entry->private))
			return error_set(err, ERROR_CONFIG, 0,
					 "nat.static: public %s: private \"%s\" is no address of the container",
					 ip_format(&entry->public, public), ip_format(&entry->private, private));
	}
	return check_count(attachment, err);
}

void attachment_complete(struct attachment *attachment)
{
	bridge_complete(attachment);
	for (size_t i = 0; i < attachment->address_count; i++)
		attachment->addresses[i].next_hop = next_hop(attachment, &attachment->addresses[i]);
	if (attachment->default_routes) {
		add_default_route(attachment, AF_INET);
		add_default_route(attachment, AF_INET6);
	}
	fill_route_gateways(attachment);
	if (attachment->masquerade_by_subnet) {
		attachment->masquerade_ipv4 =
			has_private_subnet(attachment, AF_INET) || nat_hides(&attachment->nat, AF_INET);
		attachment->masquerade_ipv6 =
			has_private_subnet(attachment, AF_INET6) || nat_hides(&attachment->nat, AF_INET6);
	}
	complete_statics(attachment);
}

const char *attachment_container_end(const struct attachment *attachment)
{
	return attachment->mode == MODE_TAP ? attachment->host_ifname : attachment->id.ifname;
}

bool port_mapping_applies(const struct port_mapping *mapping, sa_family_t family)
{
	return !ip_is_set(&mapping->host_ip) || mapping->host_ip.family == family;
}

bool port_mapping_is_any(const struct port_mapping *mapping)
{
	return !ip_is_set(&mapping->host_ip) || ip_is_unspecified(&mapping->host_ip);
}

static const struct mode_row {
	const char *name;
	enum mode mode;
} modes[] = {{"routed", MODE_ROUTED},	{"bridge", MODE_BRIDGE},       {"tap", MODE_TAP},
	     {"chained", MODE_CHAINED}, {"addresses", MODE_ADDRESSES}, {"device", MODE_DEVICE}};

const char *mode_name(enum mode mode)
{
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (modes[i].mode == mode)
			return modes[i].name;
	return "";
}

enum mode mode_number(const char *name)
{
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (strcmp(modes[i].name, name) == 0)
			return modes[i].mode;
	return 0;
}

const char *protocol_name(uint8_t protocol)
{
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (protocols[i].number == protocol)
			return protocols[i].name;
	return "";
}

uint8_t protocol_number(const char *name)
{
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (strcasecmp(protocols[i].name, name) == 0)
			return protocols[i].number;
	return 0;
}

const char *mac_format(const uint8_t mac[static MAC_LENGTH], char text[static MAC_TEXT_SIZE])
{
	(void)snprintf(text, MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		       mac[5]);
	return text;
}

/** digit() - value of one hexadecimal digit, -1 for anything else; isxdigit() would ask the locale */
static int digit(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	if (letter >= 'a' && letter <= 'f')
		return letter - 'a' + 10;
	if (letter >= 'A' && letter <= 'F')
		return letter - 'A' + 10;
	return -1;
}

/** mac_read() - six octets of two digits, all separated by ':' or all by '-', as Go's ParseMAC takes them */
static bool mac_read(const char *text, uint8_t octets[static MAC_LENGTH])
{
	if (strlen(text) != MAC_TEXT_SIZE - 1 || (text[2] != ':' && text[2] != '-'))
		return false;
	for (size_t i = 0; i < MAC_LENGTH; i++) {
		int high = digit(text[3 * i]), low = digit(text[3 * i + 1]);

		if (high < 0 || low < 0 || (i < MAC_LENGTH - 1 && text[3 * i + 2] != text[2]))
			return false;
		octets[i] = (uint8_t)(high * 16 + low);
	}
	return true;
}

bool mac_parse(const char *text, uint8_t mac[static MAC_LENGTH])
{
	uint8_t octets[MAC_LENGTH];

	if (!mac_read(text, octets) || (octets[0] & 1) || mac_is_zero(octets))
		return false;
	memcpy(mac, octets, MAC_LENGTH);
	return true;
}
