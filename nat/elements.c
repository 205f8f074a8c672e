/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an attachment to the elements it has in our table. */
#include "nat/elements.h"

#include "conf/firewall_chain.h"
#include "nat/ruleset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 32, MULTICAST_PREFIX_4 = 4, MULTICAST_PREFIX_6 = 8, OWN_DESTINATIONS = 2 };
enum { MAX_DESTINATIONS = MAX_EXCLUSIONS + OWN_DESTINATIONS };

void element_list_free(struct element_list *list)
{
	free(list->elements);
	*list = (struct element_list)ELEMENT_LIST_EMPTY;
}

struct element *element_append(struct element_list *list, const char *set, sa_family_t family)
{
	if (list->count == list->size && !list->failed) {
		size_t size = list->size ? list->size * 2 : FIRST_SIZE;
		struct element *larger = reallocarray(list->elements, size, sizeof *larger);
		list->failed = !larger;
		if (larger) {
			list->elements = larger;
			list->size = size;
		}
	}
	if (list->failed)
		return NULL;
	struct element *element = &list->elements[list->count++];
	*element = (struct element){.mapping = -1};
	(void)ruleset_set_name(set, family, element->nft.set);
	return element;
}

/** link_local() - the address that Linux gives an interface of this MAC (RFC 4291, appendix A) */
static struct ip link_local(const uint8_t mac[static MAC_LENGTH])
{
	return (struct ip){.family = AF_INET6,
			   .bytes = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3],
				     mac[4], mac[5]}};
}

static void add_owner(struct element_list *list, const struct attachment *attachment, const struct ip *ip)
{
	struct element *element = element_append(list, "owner#", ip->family);

	if (!element)
		return;
	nft_value_ifname(&element->nft.key,
			 attachment->mode == MODE_BRIDGE ? attachment->bridge.segment : attachment->host_ifname);
	nft_value_ip(&element->nft.key, ip);
}

/** add_owners() - its addresses, and behind an end of its own the link-local one */
static void add_owners(struct element_list *list, const struct attachment *attachment, bool has_end)
{
	const struct ip own_link_local = link_local(attachment->mac);

	for (size_t i = 0; i < attachment->address_count; i++)
		if (ip_is_set(&attachment->addresses[i].ip))
			add_owner(list, attachment, &attachment->addresses[i].ip);
	if (has_end && attachment_has_family(attachment, AF_INET6))
		add_owner(list, attachment, &own_link_local);
}

/** add_single_port() - one host port to one container port */
static void add_single_port(struct element_list *list, const struct attachment *attachment, size_t index,
			    const struct ip *target, uint16_t offset)
{
	const struct port_mapping *mapping = &attachment->ports[index];
	const bool any = port_mapping_is_any(mapping);
	const char *map = ip_is_loopback(&mapping->host_ip) ? "dnat#l" : "dnat#";
	struct element *element = element_append(list, any ? "dnat#a" : map, target->family);

	if (!element)
		return;
	element->mapping = (int)index;
	if (!any)
		nft_value_ip(&element->nft.key, &mapping->host_ip);
	nft_value_protocol(&element->nft.key, mapping->protocol);
	nft_value_port(&element->nft.key, (uint16_t)(mapping->host_port + offset));
	nft_value_ip(&element->nft.data, target);
	nft_value_port(&element->nft.data, (uint16_t)(mapping->container_port + offset));
}

/** add_port_range() - ports that keep their numbers, in one element */
static void add_port_range(struct element_list *list, const struct attachment *attachment, size_t index,
			   const struct ip *target)
{
	const struct port_mapping *mapping = &attachment->ports[index];
	struct element *element = element_append(list, "dnat#r", target->family);

	if (!element)
		return;
	element->mapping = (int)index;
	element->nft.kind = NFT_RANGE;
	nft_value_protocol(&element->nft.key, mapping->protocol);
	nft_value_port(&element->nft.key, mapping->host_port);
	nft_value_protocol(&element->nft.last, mapping->protocol);
	nft_value_port(&element->nft.last, (uint16_t)(mapping->host_port + mapping->count - 1));
	nft_value_ip(&element->nft.data, target);
}

static void add_mapping(struct element_list *list, const struct attachment *attachment, size_t index,
			sa_family_t family)
{
	const struct port_mapping *mapping = &attachment->ports[index];
	const struct address *target = attachment_address(attachment, family);

	if (!target || !ip_is_set(&target->ip) || !port_mapping_applies(mapping, family))
		return;
	if (mapping->count > 1 && port_mapping_is_any(mapping) && mapping->host_port == mapping->container_port) {
		add_port_range(list, attachment, index, &target->ip);
		return;
	}
	for (uint16_t offset = 0; offset < mapping->count; offset++)
		add_single_port(list, attachment, index, &target->ip, offset);
}

/** add_filter() - which rules packets of one direction go through, by host end; behind a bridge by each address */
static void add_filter(struct element_list *list, const struct attachment *attachment,
		       enum firewall_direction direction)
{
	static const char *const sets[FIREWALL_CHAINS][2] = {
		[FIREWALL_IN] = {"filter_in", "filter_in#"},	   [FIREWALL_OUT] = {"filter_out", "filter_out#"},
		[FIREWALL_ROUTED] = {"mark_route", "mark_route#"}, [FIREWALL_MARKED_IN] = {"mark_in", "mark_in#"},
		[FIREWALL_MARKED_OUT] = {"mark_out", "mark_out#"},
	};
	const bool bridged = attachment->mode & (MODE_BRIDGE | MODE_CHAINED);
	struct firewall_chain chain;

	if (!firewall_chain(attachment, direction, &chain))
		return;
	list->filtered = attachment;
	for (size_t i = 0; i < (bridged ? attachment->address_count : 1); i++) {
		const struct ip *ip = &attachment->addresses[i].ip;
		struct element *element =
			bridged && !ip_is_set(ip) ? NULL : element_append(list, sets[direction][bridged], ip->family);
		if (!element)
			continue;
		if (bridged)
			nft_value_ip(&element->nft.key, ip);
		else
			nft_value_ifname(&element->nft.key, attachment->host_ifname);
		(void)snprintf(element->nft.jump, sizeof element->nft.jump, "%s", chain.name);
	}
}

/** add_chained() - by address: the interface is another plugin's, and others may be behind it */
static void add_chained(struct element_list *list, const struct attachment *attachment)
{
	const struct chained *chained = &attachment->chained;

	for (size_t i = 0; i < attachment->address_count && attachment->port_count; i++) {
		const struct ip *ip = &attachment->addresses[i].ip;
		struct element *behind = chained->ifname[0] ? element_append(list, "behind#", ip->family) : NULL;
		if (behind) {
			nft_value_ifname(&behind->nft.key, chained->ifname);
			nft_value_ip(&behind->nft.key, ip);
		}
		struct element *all = chained->masquerade_all ? element_append(list, "masqall#", ip->family) : NULL;
		if (all)
			nft_value_ip(&all->nft.key, ip);
	}
}

/** add_interface() - the elements that know the host interface alone */
static void add_interface(struct element_list *list, const struct attachment *attachment, const char *set, bool twice)
{
	struct element *element = element_append(list, set, AF_UNSPEC);

	if (!element)
		return;
	nft_value_ifname(&element->nft.key, attachment->host_ifname);
	if (twice)
		nft_value_ifname(&element->nft.key, attachment->host_ifname);
}

/** has_any() - a chained attachment may be about something else than packets; one without a record may be about anything */
static bool has_any(const struct attachment *attachment)
{
	return attachment->mode != MODE_CHAINED || attachment->port_count > 0 ||
	       attachment->chained.policy != POLICY_OPEN;
}

void elements_own(struct element_list *list, const struct attachment *attachment)
{
	const bool has_end = attachment->mode & (MODE_ROUTED | MODE_TAP);

	if (!has_any(attachment))
		return;
	add_interface(list, attachment, NAT_MARKER, false);
	if (attachment->mode == MODE_CHAINED)
		add_chained(list, attachment);
	else
		add_owners(list, attachment, has_end);
	for (int direction = 0; direction < FIREWALL_CHAINS; direction++)
		add_filter(list, attachment, (enum firewall_direction)direction);
	if (has_end && (attachment->port_count || attachment->nat.static_count))
		add_interface(list, attachment, "hairpin", true);
	elements_nat(list, attachment);
	for (size_t i = 0; i < attachment->port_count; i++) {
		add_mapping(list, attachment, i, AF_INET);
		add_mapping(list, attachment, i, AF_INET6);
	}
}

/** multicast() - 224.0.0.0/4 or ff00::/8 */
static struct prefix multicast(sa_family_t family)
{
	struct prefix prefix = {.ip = {.family = family}, .length = MULTICAST_PREFIX_6};

	prefix.ip.bytes[0] = 0xff;
	if (family == AF_INET) {
		prefix.ip.bytes[0] = 224;
		prefix.length = MULTICAST_PREFIX_4;
	}
	return prefix;
}

/** list_destinations() - what traffic of @subnet sees with its true source: subnet, multicast, configured ones */
static size_t list_destinations(const struct attachment *attachment, const struct prefix *subnet,
				struct prefix destinations[static MAX_DESTINATIONS])
{
	size_t count = 0;

	destinations[count++] = *subnet;
	destinations[count++] = multicast(subnet->ip.family);
	for (size_t i = 0; i < attachment->exclusion_count; i++)
		if (attachment->exclusions[i].ip.family == subnet->ip.family)
			destinations[count++] = attachment->exclusions[i];
	return count;
}

/** is_covered() - whether another destination of the list holds this one; of two that hold each other the first stays */
static bool is_covered(const struct prefix destinations[], size_t count, size_t index)
{
	for (size_t i = 0; i < count; i++) {
		if (i == index || !prefix_contains(&destinations[i], &destinations[index]))
			continue;
		if (i < index || !prefix_contains(&destinations[index], &destinations[i]))
			return true;
	}
	return false;
}

static void add_gateway(struct element_list *list, size_t index, const struct ip *gateway)
{
	struct element *element = element_append(list, "gw#", gateway->family);

	if (!element)
		return;
	element->use = ELEMENT_GATEWAY;
	element->address = index;
	nft_value_ip(&element->nft.key, gateway);
}

static void add_source(struct element_list *list, size_t index, const struct prefix *address)
{
	const struct prefix subnet = prefix_network(address);
	struct element *element = element_append(list, "masq#", subnet.ip.family);
	const struct ip last = prefix_last(&subnet);

	if (!element)
		return;
	element->use = ELEMENT_MASQUERADE;
	element->address = index;
	element->nft.kind = NFT_INTERVAL;
	nft_value_ip(&element->nft.key, &subnet.ip);
	nft_value_ip(&element->nft.last, &last);
}

static void add_destination(struct element_list *list, size_t index, const struct prefix *subnet,
			    const struct prefix *destination, bool configured)
{
	struct element *element = element_append(list, "nomasq#", subnet->ip.family);
	const struct ip last_source = prefix_last(subnet), last_destination = prefix_last(destination);
	const struct ip first_destination = prefix_network(destination).ip;

	if (!element)
		return;
	element->use = configured ? ELEMENT_EXCLUDE : ELEMENT_MASQUERADE;
	element->address = index;
	element->destination = *destination;
	element->nft.kind = NFT_RANGE;
	nft_value_ip(&element->nft.key, &subnet->ip);
	nft_value_ip(&element->nft.key, &first_destination);
	nft_value_ip(&element->nft.last, &last_source);
	nft_value_ip(&element->nft.last, &last_destination);
}

/** add_exclusions() - the destinations that see the true source; @masquerades: those of every network, too */
static void add_exclusions(struct element_list *list, const struct attachment *attachment, size_t index,
			   bool masquerades, bool all)
{
	const struct prefix subnet = prefix_network(&attachment->addresses[index].subnet);
	struct prefix destinations[MAX_DESTINATIONS];
	size_t count = list_destinations(attachment, &subnet, destinations);

	for (size_t i = masquerades ? 0 : OWN_DESTINATIONS; i < count; i++)
		if (all || !is_covered(destinations, count, i))
			add_destination(list, index, &subnet, &destinations[i], i >= OWN_DESTINATIONS);
}

void elements_shared(struct element_list *list, const struct attachment *attachment, bool all)
{
	for (size_t i = 0; i < attachment->address_count; i++) {
		const struct address *address = &attachment->addresses[i];
		const sa_family_t family = address->subnet.ip.family;
		/* the gateway of a bridge is the host, for whoever is on it, and so is that of the reference ptp */
		if (attachment->mode & (MODE_ROUTED | MODE_TAP) && !attachment->point_to_point &&
		    ip_is_set(&address->gateway))
			add_gateway(list, i, &address->gateway);
		const bool masquerades = attachment_masquerades(attachment, family);

		if (masquerades)
			add_source(list, i, &address->subnet);
		if (attachment_excludes(attachment, family))
			add_exclusions(list, attachment, i, masquerades, all);
	}
	elements_policy(list, attachment);
}

void elements_guard(struct element_list *list, sa_family_t family, const struct guard_list *guard)
{
	for (size_t i = 0; i < guard->count; i++) {
		struct element *element = element_append(list, "before#", family);
		if (element)
			nft_value_ifname(&element->nft.key, guard->ifnames[i]);
		struct element *pair = element_append(list, "within#", family);
		if (!pair)
			return;
		nft_value_ifname(&pair->nft.key, guard->ifnames[i]);
		nft_value_ifname(&pair->nft.key, guard->ifnames[i]);
	}
}

void elements_drop(struct element_list *list, size_t index)
{
	list->count--;
	memmove(&list->elements[index], &list->elements[index + 1], (list->count - index) * sizeof *list->elements);
}

void elements_service(struct element_list *list, const struct ip *ip)
{
	struct element *element = element_append(list, "ipvs#", ip->family);

	if (element)
		nft_value_ip(&element->nft.key, ip);
}

void elements_add(struct nft *nft, const struct element_list *list)
{
	for (size_t i = 0; i < MAX_EMPTIED; i++)
		if (list->emptied[i][0])
			nft_flush_set(nft, list->emptied[i]);
	for (size_t i = 0; i < list->count; i++)
		nft_add_element(nft, &list->elements[i].nft);
}

void elements_delete(struct nft *nft, const struct element_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		nft_delete_element(nft, &list->elements[i].nft);
}

/** within() - whether [@first, @last] lies within what was found, read as numbers */
static bool within(const uint8_t *found_first, const uint8_t *found_last, const uint8_t *first, const uint8_t *last,
		   size_t length)
{
	return memcmp(found_first, first, length) <= 0 && memcmp(last, found_last, length) <= 0;
}

bool element_covers(const struct nft_element *found, const struct nft_element *wanted)
{
	const size_t length = wanted->key.length;

	if (found->data.length != wanted->data.length ||
	    memcmp(found->data.bytes, wanted->data.bytes, wanted->data.length) != 0 || found->key.length != length ||
	    strcmp(found->jump, wanted->jump) != 0)
		return false;
	if (wanted->kind == NFT_SINGLE)
		return memcmp(found->key.bytes, wanted->key.bytes, length) == 0;
	if (found->last.length != length)
		return false;
	if (wanted->kind == NFT_INTERVAL)
		return within(found->key.bytes, found->last.bytes, wanted->key.bytes, wanted->last.bytes, length);
	/* two fields of equal width; or three, where the first two, 4 bytes each, are no ranges */
	const size_t first = length % 3 == 0 ? 8 : length / 2;
	return within(found->key.bytes, found->last.bytes, wanted->key.bytes, wanted->last.bytes, first) &&
	       within(found->key.bytes + first, found->last.bytes + first, wanted->key.bytes + first,
		      wanted->last.bytes + first, length - first);
}

/** covers() - of elements of any sets */
static bool covers(const struct element *wide, const struct element *narrow)
{
	return strcmp(wide->nft.set, narrow->nft.set) == 0 && element_covers(&wide->nft, &narrow->nft);
}

/** merge() - add one unless something in the list covers it; what it covers itself goes */
static void merge(struct element_list *into, const struct element *element)
{
	size_t kept = 0;

	for (size_t i = 0; i < into->count; i++)
		if (covers(&into->elements[i], element))
			return;
	for (size_t i = 0; i < into->count; i++)
		if (!covers(element, &into->elements[i]))
			into->elements[kept++] = into->elements[i];
	into->count = kept;
	struct element *added = element_append(into, element->nft.set, AF_UNSPEC);
	if (added)
		*added = *element;
}

void elements_merge(struct element_list *into, const struct element_list *from)
{
	for (size_t i = 0; i < from->count; i++)
		merge(into, &from->elements[i]);
}

static const char *describe_mapping(const struct element *element, const struct attachment *attachment,
				    char text[static ELEMENT_TEXT_SIZE])
{
	const struct port_mapping *mapping = &attachment->ports[element->mapping];
	const uint8_t *bytes = element->nft.key.bytes + element->nft.key.length - 4;
	const unsigned port = (unsigned)bytes[0] << 8 | bytes[1];
	char host[IP_TEXT_SIZE], range[16] = "";

	if (element->nft.kind == NFT_RANGE)
		(void)snprintf(range, sizeof range, "-%u", port + mapping->count - 1U);
	(void)ip_format(&mapping->host_ip, host);
	(void)snprintf(text, ELEMENT_TEXT_SIZE, "host port %s%s%u%s/%s", host, host[0] ? " " : "", port, range,
		       protocol_name(mapping->protocol));
	return text;
}

const char *element_describe(const struct element *element, const struct attachment *attachment,
			     char text[static ELEMENT_TEXT_SIZE])
{
	const struct address *address = &attachment->addresses[element->address];
	char subnet[PREFIX_TEXT_SIZE], other[PREFIX_TEXT_SIZE];

	if (element->mapping >= 0)
		return describe_mapping(element, attachment, text);
	if (element->use == ELEMENT_APART || element->use == ELEMENT_TOGETHER)
		(void)snprintf(text, ELEMENT_TEXT_SIZE, "element of %s in nftables set %s", attachment->chained.ifname,
			       element->nft.set);
	else if (element->use == ELEMENT_JOINT)
		(void)snprintf(text, ELEMENT_TEXT_SIZE, "element of %s in nftables set %s",
			       prefix_format(&address->subnet, subnet), element->nft.set);
	else if (element->use == ELEMENT_OWN)
		(void)snprintf(text, ELEMENT_TEXT_SIZE, "element of %s in nftables set %s", attachment->host_ifname,
			       element->nft.set);
	else if (element->use == ELEMENT_GATEWAY)
		(void)snprintf(text, ELEMENT_TEXT_SIZE, "gateway address %s in nftables set %s",
			       ip_format(&address->gateway, other), element->nft.set);
	else if (element->nft.kind == NFT_INTERVAL)
		(void)snprintf(text, ELEMENT_TEXT_SIZE, "masquerade of %s in nftables set %s",
			       prefix_format(&address->subnet, subnet), element->nft.set);
	else
		(void)snprintf(text, ELEMENT_TEXT_SIZE, "masquerade exclusion of %s towards %s in nftables set %s",
			       prefix_format(&address->subnet, subnet), prefix_format(&element->destination, other),
			       element->nft.set);
	return text;
}

const char *element_target(const struct nft_element *element, char text[static IP_TEXT_SIZE])
{
	const bool ipv6 = element->data.length >= ip_size(AF_INET6);
	struct ip ip = {.family = ipv6 ? AF_INET6 : AF_INET};

	memcpy(ip.bytes, element->data.bytes, ip_size(ip.family));
	return ip_format(&ip, text);
}
