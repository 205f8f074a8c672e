/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read a record back; whatever is not as record_format() writes it is refused. */
#include "store/record.h"

#include "conf/json_text.h"
#include "store/members.h"
#include "store/record_fields.h"
#include "store/record_parts.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_texts(const json_t *record, struct attachment *into, struct error *err)
{
	for (size_t i = 0; i < LENGTH_OF(text_fields); i++) {
		const struct text_field *field = &text_fields[i];
		const char *text = member_text(record, field->key, field->size - 1, err);

		if (!text)
			return -1;
		if (strlen(text) < field->minimum)
			return member_refuse(err, field->key, "is empty");
		memcpy((char *)into + field->offset, text, strlen(text) + 1);
	}
	if (strpbrk(into->id.ifname, "/ \t\n") || strpbrk(into->host_ifname, "/ \t\n"))
		return member_refuse(err, "interface", "is no interface name");
	return 0;
}

static int read_cookie(const json_t *record, uint64_t *cookie, struct error *err)
{
	const char *text = member_text(record, "netnsCookie", 20, err);
	uint64_t value = 0;

	if (!text)
		return -1;
	if (*text == '\0')
		return member_refuse(err, "netnsCookie", "is empty");
	for (; *text != '\0'; text++) {
		uint64_t digit = (uint64_t)(unsigned char)*text - '0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return member_refuse(err, "netnsCookie", "is no number of 64 bits");
		value = value * 10 + digit;
	}
	*cookie = value;
	return 0;
}

static int read_macs(const json_t *record, struct attachment *into, struct error *err)
{
	for (size_t i = 0; i < LENGTH_OF(mac_fields); i++) {
		const char *key = mac_fields[i].key;

		if (!json_object_get(record, key))
			continue; /* all zero */
		const char *text = member_text(record, key, MAC_TEXT_SIZE, err);
		if (!text)
			return -1;
		if (!mac_parse(text, (uint8_t *)into + mac_fields[i].offset))
			return member_refuse(err, key, "is no MAC address of one station");
	}
	return 0;
}

static int read_flags(const json_t *record, struct attachment *into, struct error *err)
{
	into->point_to_point = json_is_true(json_object_get(record, "pointToPoint"));
	into->docker_user = json_is_true(json_object_get(record, "dockerUser"));
	for (size_t i = 0; i < LENGTH_OF(flag_fields); i++) {
		const json_t *value = json_object_get(record, flag_fields[i].key);

		if (!json_is_boolean(value))
			return member_refuse(err, flag_fields[i].key, "is missing or neither true nor false");
		*(bool *)((char *)into + flag_fields[i].offset) = json_is_true(value);
	}
	return 0;
}

static int read_state(const json_t *record, enum attachment_state *state, struct error *err)
{
	const char *text = member_text(record, "state", 16, err);

	for (unsigned i = 0; text && i < STATE_COUNT; i++)
		if (strcmp(text, state_names[i]) == 0) {
			*state = (enum attachment_state)i;
			return 0;
		}
	return text ? member_refuse(err, "state", "is none of ours") : -1;
}

/** read_mode() - a record without one is of a routed network */
static int read_mode(const json_t *record, enum mode *mode, struct error *err)
{
	if (!json_object_get(record, "mode"))
		return 0;
	const char *text = member_text(record, "mode", 16, err);
	if (!text)
		return -1;
	*mode = mode_number(text);
	return *mode ? 0 : member_refuse(err, "mode", "is none of ours");
}

static int read_addresses(const json_t *record, struct attachment *into, struct error *err)
{
	const json_t *list;
	int count = member_list(record, "addresses", MAX_ADDRESSES, &list, err);

	for (int i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, (size_t)i);
		struct address *address = &into->addresses[i];

		*address = (struct address){0};
		if (member_ip(item, "address", true, &address->ip, err) < 0 ||
		    member_network(item, "subnet", &address->subnet, err) < 0 ||
		    member_ip(item, "gateway", false, &address->gateway, err) < 0 ||
		    member_ip(item, "nextHop", false, &address->next_hop, err) < 0)
			return -1;
		if (!ip_in_prefix(&address->ip, &address->subnet))
			return member_refuse(err, "address", "is not in its subnet");
	}
	into->address_count = count < 0 ? 0 : (size_t)count;
	return count < 0 ? -1 : 0;
}

static int read_route(const json_t *item, struct route *route, struct error *err)
{
	uint32_t scope = 0;

	*route = (struct route){0};
	if (member_network(item, "destination", &route->destination, err) < 0 ||
	    member_ip(item, "gateway", false, &route->gateway, err) < 0 ||
	    member_optional_number(item, "table", &route->table, err) < 0)
		return -1;
	for (size_t i = 0; i < LENGTH_OF(route_numbers); i++) {
		uint32_t number = 0;

		if (member_optional_number(item, route_numbers[i].key, &number, err) < 0)
			return -1;
		memcpy((char *)route + route_numbers[i].offset, &number, sizeof number);
	}
	if (json_object_get(item, "scope") && member_number(item, "scope", UINT8_MAX, &scope, err) < 0)
		return -1;
	route->scope = (uint8_t)scope;
	route->fields = (uint8_t)((json_object_get(item, "table") ? ROUTE_HAS_TABLE : 0) |
				  (json_object_get(item, "scope") ? ROUTE_HAS_SCOPE : 0));
	return 0;
}

static int read_routes(const json_t *record, struct attachment *into, struct error *err)
{
	const json_t *list;
	int count = member_list(record, "routes", MAX_ROUTES, &list, err);

	for (int i = 0; i < count; i++)
		if (read_route(json_array_get(list, (size_t)i), &into->routes[i], err) < 0)
			return -1;
	into->route_count = count < 0 ? 0 : (size_t)count;
	return count < 0 ? -1 : 0;
}

static int read_exclusions(const json_t *record, struct attachment *into, struct error *err)
{
	const json_t *list;
	int count = member_list(record, "exclusions", MAX_EXCLUSIONS, &list, err);

	for (int i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(list, (size_t)i));

		if (!text)
			return member_refuse(err, "exclusions", "holds something that is no text");
		if (member_parse_network(text, "exclusions", &into->exclusions[i], err) < 0)
			return -1;
	}
	into->exclusion_count = count < 0 ? 0 : (size_t)count;
	return count < 0 ? -1 : 0;
}

static int read_dns_list(const json_t *object, const struct dns_list *field, struct dns *dns, struct error *err)
{
	const json_t *list;
	int count = member_list(object, field->key, field->limit, &list, err);

	for (int i = 0; i < count; i++) {
		const json_t *value = json_array_get(list, (size_t)i);

		if (!json_is_string(value) || json_string_length(value) >= field->size)
			return member_refuse(err, field->key, "holds something that is no text or too long");
		memcpy((char *)dns + field->offset + (size_t)i * field->size, json_string_value(value),
		       json_string_length(value) + 1);
	}
	*(uint8_t *)((char *)dns + field->count) = (uint8_t)(count < 0 ? 0 : count);
	return count < 0 ? -1 : 0;
}

static int read_dns(const json_t *record, struct dns *dns, struct error *err)
{
	const json_t *object = json_object_get(record, "dns");
	const char *domain = member_text(object, "domain", sizeof dns->domain - 1, err);

	if (!domain)
		return -1;
	memcpy(dns->domain, domain, strlen(domain) + 1);
	for (size_t i = 0; i < LENGTH_OF(dns_lists); i++)
		if (read_dns_list(object, &dns_lists[i], dns, err) < 0)
			return -1;
	return 0;
}

/** parse_ports() - "8080" or "8080-8089"; @count 0 when it is neither */
static void parse_ports(const char *text, unsigned long *first, unsigned long *count)
{
	char *rest;

	*first = strtoul(text, &rest, 10);
	unsigned long last = *rest == '-' ? strtoul(rest + 1, &rest, 10) : *first;
	*count = *rest != '\0' || *first == 0 || last < *first || last > UINT16_MAX ? 0 : last - *first + 1;
}

/** parse_port() - what port_format() wrote: whatever would be written differently is refused */
static bool parse_port(const char *text, struct port_mapping *mapping)
{
	char protocol[8], host[IP_TEXT_SIZE], from[16], to[16], again[PORT_TEXT_SIZE];
	unsigned long first, count, container, container_count;

	*mapping = (struct port_mapping){0};
	if (sscanf(text, "%7s %45s %15s to %15s", protocol, host, from, to) != 4)
		return false;
	parse_ports(from, &first, &count);
	parse_ports(to, &container, &container_count);
	if (count == 0 || count > UINT16_MAX || count != container_count)
		return false;
	mapping->protocol = protocol_number(protocol);
	mapping->host_port = (uint16_t)first;
	mapping->container_port = (uint16_t)container;
	mapping->count = (uint16_t)count;
	if (mapping->protocol == 0 || (strcmp(host, "any") != 0 && !ip_parse(host, &mapping->host_ip)))
		return false;
	return strcmp(port_format(mapping, again), text) == 0;
}

static int read_ports(const json_t *record, struct attachment *into, struct error *err)
{
	const json_t *list;
	int count = member_list(record, "ports", MAX_PORT_MAPPINGS, &list, err);

	for (int i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(list, (size_t)i));

		if (!text || !parse_port(text, &into->ports[i]))
			return member_refuse(err, "ports", "holds something that is no port mapping");
	}
	into->port_count = count < 0 ? 0 : (size_t)count;
	return count < 0 ? -1 : 0;
}

static int check_version(const json_t *record, struct error *err)
{
	const json_t *version = json_object_get(record, "version");

	if (!json_is_integer(version))
		return member_refuse(err, "version", "is missing or no integer");
	if (json_integer_value(version) == RECORD_VERSION)
		return 0;
	return error_set(err, ERROR_STORE, ENOTSUP, "record of version %lld, this program knows version %d",
			 (long long)json_integer_value(version), RECORD_VERSION);
}

/** decode() - the JSON object; only what was read with all the memory it takes counts as bad. NULL with @err set */
static json_t *decode(const char *text, size_t length, struct error *err)
{
	json_error_t where = {.line = 0};
	json_t *record = json_decode(text, length, JSON_REJECT_DUPLICATES, &where);

	if (json_is_object(record))
		return record;
	if (!record && json_error_code(&where) == json_error_out_of_memory)
		(void)error_set(err, ERROR_STORE, ENOMEM, "read a record");
	else
		(void)error_set(err, ERROR_STORE, EBADMSG, "record is no JSON object (line %d: %.100s)", where.line,
				where.text);
	json_decref(record);
	return NULL;
}

int record_parse(struct attachment *into, const char *text, size_t length, struct error *err)
{
	json_auto_t *record = decode(text, length, err);

	if (!record)
		return -1;
	attachment_init(into);
	if (check_version(record, err) < 0 || read_state(record, &into->state, err) < 0 ||
	    read_mode(record, &into->mode, err) < 0 || read_texts(record, into, err) < 0 ||
	    read_cookie(record, &into->netns_cookie, err) < 0 || read_macs(record, into, err) < 0 ||
	    member_number(record, "mtu", UINT32_MAX, &into->mtu, err) < 0 ||
	    member_optional_number(record, "sourceRules", &into->source_rules, err) < 0 ||
	    read_flags(record, into, err) < 0)
		return -1;
	if (read_addresses(record, into, err) < 0 || read_routes(record, into, err) < 0 ||
	    read_exclusions(record, into, err) < 0 || read_dns(record, &into->dns, err) < 0)
		return -1;
	if (read_ports(record, into, err) < 0 || record_parts_parse(record, into, err) < 0)
		return -1;
	if (into->mode == MODE_BRIDGE && !into->bridge.name[0])
		return member_refuse(err, "bridge", "is missing");
	if (into->mode == MODE_CHAINED && !json_object_get(record, "chained"))
		return member_refuse(err, "chained", "is missing");
	if (into->mode == MODE_DEVICE && !json_object_get(record, "device"))
		return member_refuse(err, "device", "is missing");
	return into->mode == MODE_TAP && !json_object_get(record, "tap") ? member_refuse(err, "tap", "is missing") : 0;
}
