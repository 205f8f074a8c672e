/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from an attachment's key and addresses: names, MACs, next hops, default routes. */
#include "conf/attachment.h"

#include "base/hash.h"
#include "conf/marks.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* 'l' and 'o' left out: too easily read as digits by people who compare names */
static const char LETTERS[] = "0123456789abcdefghijkmnpqrstuvwx";
static const char HOST_PREFIX[] = "veth";

enum { SALT_NAME = 1, SALT_HOST_MAC, SALT_MAC, SALTS };

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

void attachment_copy(struct attachment *into, const struct attachment *from)
{
	memcpy(into, from, offsetof(struct attachment, firewall.rules));
	memcpy(into->firewall.rules, from->firewall.rules, from->firewall.rule_count * sizeof *from->firewall.rules);
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

static void derive_ifname(uint64_t hash, char ifname[static IFNAMSIZ])
{
	size_t used = sizeof HOST_PREFIX - 1;

	memcpy(ifname, HOST_PREFIX, used);
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

void attachment_derive_names(struct attachment *attachment, unsigned attempt)
{
	uint64_t hash = hash_of_id(&attachment->id);
	uint64_t salt = (uint64_t)attempt * SALTS;

	derive_ifname(hash_finish(hash, salt + SALT_NAME), attachment->host_ifname);
	derive_mac(hash_finish(hash, salt + SALT_HOST_MAC), attachment->host_mac);
	if (mac_is_zero(attachment->mac))
		derive_mac(hash_finish(hash, salt + SALT_MAC), attachment->mac);
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

/** next_hop() - what the container routes through; always on the link, whatever the subnet is */
static struct ip next_hop(const struct address *address)
{
	struct ip hop = address->gateway;

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

static void fill_route_gateways(struct attachment *attachment)
{
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

		if (network->family == family && ip_is_private(network))
			return true;
	}
	return false;
}

void attachment_complete(struct attachment *attachment)
{
	for (size_t i = 0; i < attachment->address_count; i++)
		attachment->addresses[i].next_hop = next_hop(&attachment->addresses[i]);
	if (attachment->default_routes) {
		add_default_route(attachment, AF_INET);
		add_default_route(attachment, AF_INET6);
	}
	fill_route_gateways(attachment);
	if (attachment->masquerade_by_subnet) {
		attachment->masquerade_ipv4 = has_private_subnet(attachment, AF_INET);
		attachment->masquerade_ipv6 = has_private_subnet(attachment, AF_INET6);
	}
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
} modes[] = {{"routed", MODE_ROUTED}, {"bridge", MODE_BRIDGE}, {"tap", MODE_TAP}};

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
