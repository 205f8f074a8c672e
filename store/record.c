/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write a record. */
#include "store/record.h"

#include "base/cleanup.h"
#include "conf/json_text.h"
#include "store/members.h"
#include "store/record_fields.h"
#include "store/record_parts.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { JSON_INDENTATION = 2, RANGE_TEXT_SIZE = 16, NUMBER_TEXT_SIZE = 24 };

static int set_plain(json_t *record, const struct attachment *attachment)
{
	const char *base = (const char *)attachment;
	char text[MAC_TEXT_SIZE], number[NUMBER_TEXT_SIZE];
	int status = 0;

	for (size_t i = 0; i < LENGTH_OF(text_fields); i++)
		status |= member_set(record, text_fields[i].key, json_string(base + text_fields[i].offset));
	(void)snprintf(number, sizeof number, "%llu", (unsigned long long)attachment->netns_cookie);
	status |=
		member_set(record, "netnsCookie", json_string(number)); /* 64 bits unsigned: more than JSON promises */
	for (size_t i = 0; i < LENGTH_OF(mac_fields); i++) {
		const uint8_t *mac = (const uint8_t *)base + mac_fields[i].offset;
		static const uint8_t none[MAC_LENGTH];

		if (memcmp(mac, none, MAC_LENGTH) != 0)
			status |= member_set(record, mac_fields[i].key, json_string(mac_format(mac, text)));
	}
	status |= member_set(record, "mtu", json_integer(attachment->mtu));
	if (attachment->source_rules)
		status |= member_set(record, "sourceRules", json_integer(attachment->source_rules));
	if (attachment->point_to_point)
		status |= member_set(record, "pointToPoint", json_true());
	if (attachment->docker_user)
		status |= member_set(record, "dockerUser", json_true());
	for (size_t i = 0; i < LENGTH_OF(flag_fields); i++)
		status |= member_set(record, flag_fields[i].key,
				     json_boolean(*(const bool *)(base + flag_fields[i].offset)));
	return status;
}

static json_t *address_json(const struct address *address)
{
	json_t *object = json_object();

	if (member_set_ip(object, "address", &address->ip) + member_set_prefix(object, "subnet", &address->subnet) +
		    member_set_ip(object, "gateway", &address->gateway) +
		    member_set_ip(object, "nextHop", &address->next_hop) ==
	    0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *route_json(const struct route *route)
{
	json_t *object = json_object();
	int status = member_set_prefix(object, "destination", &route->destination) +
		     member_set_ip(object, "gateway", &route->gateway);

	for (size_t i = 0; i < LENGTH_OF(route_numbers); i++) {
		uint32_t number;

		memcpy(&number, (const char *)route + route_numbers[i].offset, sizeof number);
		if (number != 0)
			status += member_set(object, route_numbers[i].key, json_integer(number));
	}
	if (route->fields & ROUTE_HAS_TABLE)
		status += member_set(object, "table", json_integer(route->table));
	if (route->fields & ROUTE_HAS_SCOPE)
		status += member_set(object, "scope", json_integer(route->scope));
	if (status == 0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *dns_json(const struct dns *dns)
{
	const char *base = (const char *)dns;
	json_t *object = json_object();
	int status = member_set(object, "domain", json_string(dns->domain));

	for (size_t i = 0; i < LENGTH_OF(dns_lists); i++) {
		json_t *list = json_array();
		size_t count = *(const uint8_t *)(base + dns_lists[i].count);

		for (size_t j = 0; j < count && j < dns_lists[i].limit; j++)
			status |= json_array_append_new(
				list, json_string(base + dns_lists[i].offset + j * dns_lists[i].size));
		status |= member_set(object, dns_lists[i].key, list);
	}
	if (status == 0)
		return object;
	json_decref(object);
	return NULL;
}

static const char *range_format(unsigned first, unsigned count, char text[static RANGE_TEXT_SIZE])
{
	if (count == 1)
		(void)snprintf(text, RANGE_TEXT_SIZE, "%u", first);
	else
		(void)snprintf(text, RANGE_TEXT_SIZE, "%u-%u", first & UINT16_MAX, (first + count - 1) & 0x1ffff);
	return text;
}

const char *port_format(const struct port_mapping *mapping, char text[static PORT_TEXT_SIZE])
{
	char host[IP_TEXT_SIZE], from[RANGE_TEXT_SIZE], to[RANGE_TEXT_SIZE];

	(void)snprintf(text, PORT_TEXT_SIZE, "%s %s %s to %s", protocol_name(mapping->protocol),
		       ip_is_set(&mapping->host_ip) ? ip_format(&mapping->host_ip, host) : "any",
		       range_format(mapping->host_port, mapping->count, from),
		       range_format(mapping->container_port, mapping->count, to));
	return text;
}

static int set_lists(json_t *record, const struct attachment *attachment)
{
	json_t *addresses = json_array(), *routes = json_array(), *exclusions = json_array(), *ports = json_array();
	char prefix[PREFIX_TEXT_SIZE], port[PORT_TEXT_SIZE];
	int status = 0;

	for (size_t i = 0; i < attachment->address_count; i++)
		status |= json_array_append_new(addresses, address_json(&attachment->addresses[i]));
	for (size_t i = 0; i < attachment->route_count; i++)
		status |= json_array_append_new(routes, route_json(&attachment->routes[i]));
	for (size_t i = 0; i < attachment->exclusion_count; i++)
		status |= json_array_append_new(exclusions,
						json_string(prefix_format(&attachment->exclusions[i], prefix)));
	for (size_t i = 0; i < attachment->port_count; i++)
		status |= json_array_append_new(ports, json_string(port_format(&attachment->ports[i], port)));
	status |= member_set(record, "addresses", addresses);
	status |= member_set(record, "routes", routes);
	status |= member_set(record, "exclusions", exclusions);
	status |= member_set(record, "dns", dns_json(&attachment->dns));
	return status | member_set(record, "ports", ports);
}

int record_format(const struct attachment *attachment, char **text, size_t *length, struct error *err)
{
	json_auto_t *record = json_object();
	int status = member_set(record, "version", json_integer(RECORD_VERSION));

	status |= member_set(record, "state", json_string(state_names[attachment->state]));
	status |= member_set(record, "mode", json_string(mode_name(attachment->mode)));
	status |=
		set_plain(record, attachment) | set_lists(record, attachment) | record_parts_format(record, attachment);
	if (status != 0)
		return error_set(err, ERROR_STORE, EILSEQ, "record of container \"%.64s\" (texts must be UTF-8)",
				 attachment->id.container);
	AUTO_FREE char *json = json_text(record, JSON_INDENT(JSON_INDENTATION));
	if (!json || asprintf(text, "%s\n", json) < 0)
		return error_set(err, ERROR_STORE, ENOMEM, "record of container \"%.64s\"", attachment->id.container);
	*length = strlen(*text);
	if (*length <= RECORD_LIMIT)
		return 0;
	cleanup_free(text);
	return error_set(err, ERROR_STORE, EFBIG, "record of container \"%.64s\": %zu bytes, %d are allowed",
			 attachment->id.container, *length, RECORD_LIMIT);
}
