/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The match fields of a rule in the configuration, read and written. */
#include "conf/packet_match_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PORT = 65535, PORT_TEXT_SIZE = 16 };

static int refuse(const struct field *field, const char *wanted, struct error *err)
{
	char value[FIELD_VALUE_SIZE];

	return error_set(err, ERROR_CONFIG, 0, "%s: %s is no %s", field->path, field_value(field, value), wanted);
}

static int read_protocol(struct packet_match *match, const struct field *rule, struct error *err)
{
	const struct field field = field_get(rule, "protocol");
	char number[PORT_TEXT_SIZE];
	const char *text = "";

	if (!field.json)
		return 0;
	if (json_is_integer(field.json)) {
		(void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(field.json));
		text = number;
	} else if (field_as_text(&field, &text, err) < 0) {
		return -1;
	}
	match->has_protocol = true;
	if (match_protocol_parse(text, &match->protocol))
		return 0;
	return refuse(&field, "protocol: tcp, udp, sctp, icmp, icmpv6 or a number up to 255", err);
}

static int read_prefix(struct prefix *prefix, const struct field *item, struct error *err)
{
	const char *text = "";
	struct prefix network;

	if (field_as_text(item, &text, err) < 0)
		return -1;
	if (ip_parse(text, &prefix->ip))
		*prefix = prefix_of_host(&prefix->ip);
	else if (!prefix_parse(text, prefix))
		return refuse(item, "address and no subnet", err);
	network = prefix_network(prefix);
	return prefix_equal(&network, prefix) ? 0 : refuse(item, "subnet: it has host bits set", err);
}

static int read_prefixes(struct prefix prefixes[static MAX_MATCH_ENTRIES], uint8_t *count, const struct field *rule,
			 const char *key, struct error *err)
{
	struct field list;

	if (field_array(rule, key, &list, err) < 0 || field_limit(&list, MAX_MATCH_ENTRIES, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&list); i++) {
		struct field item = field_item(&list, i);

		prefixes[i] = (struct prefix){.length = 0};
		if (read_prefix(&prefixes[i], &item, err) < 0)
			return -1;
	}
	*count = (uint8_t)prefixes_tidy(prefixes, field_count(&list));
	return 0;
}

/** parse_port() - digits and nothing else, up to @rest */
static bool parse_port(const char *text, const char **rest, uint16_t *port)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long number = strtoul(text, NULL, 10);

	*rest = text + digits;
	*port = (uint16_t)number;
	return digits > 0 && digits < PORT_TEXT_SIZE && number >= 1 && number <= MAX_PORT;
}

static bool parse_range(const char *text, struct port_range *range)
{
	const char *rest;

	if (!parse_port(text, &rest, &range->first))
		return false;
	range->last = range->first;
	if (*rest == '-' && !parse_port(rest + 1, &rest, &range->last))
		return false;
	return *rest == '\0' && range->first <= range->last;
}

static int read_range(struct port_range *range, const struct field *item, struct error *err)
{
	char number[PORT_TEXT_SIZE];
	const char *text = "";

	if (json_is_integer(item->json)) {
		(void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(item->json));
		text = number;
	} else if (field_as_text(item, &text, err) < 0) {
		return -1;
	}
	return parse_range(text, range) ? 0 : refuse(item, "port and no range of ports", err);
}

static int read_ports(struct port_range ranges[static MAX_MATCH_ENTRIES], uint8_t *count,
		      const struct packet_match *match, const struct field *rule, const char *key, struct error *err)
{
	struct field list;

	if (field_array(rule, key, &list, err) < 0 || field_limit(&list, MAX_MATCH_ENTRIES, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&list); i++) {
		struct field item = field_item(&list, i);

		if (read_range(&ranges[i], &item, err) < 0)
			return -1;
	}
	*count = (uint8_t)port_ranges_tidy(ranges, field_count(&list));
	if (*count && (!match->has_protocol || !match_protocol_has_ports(match->protocol)))
		return error_set(err, ERROR_CONFIG, 0, "%s: only a rule with protocol tcp, udp or sctp can have ports",
				 list.path);
	return 0;
}

static int read_interface(char name[static IFNAMSIZ], const struct field *rule, const char *key, struct error *err)
{
	const struct field field = field_get(rule, key);
	const char *star;

	if (field_copy(rule, key, name, IFNAMSIZ, err) < 0)
		return -1;
	star = strchr(name, '*');
	if (star == name || (star && star[1] != '\0') || strpbrk(name, "/: \t\r\n"))
		return refuse(&field, "interface name, with '*' only behind the beginning of one", err);
	return 0;
}

int packet_match_read(struct packet_match *match, const struct field *rule, struct error *err)
{
	memset(match, 0, sizeof *match);
	if (read_protocol(match, rule, err) < 0 || read_interface(match->in_interface, rule, "inInterface", err) < 0 ||
	    read_interface(match->out_interface, rule, "outInterface", err) < 0 ||
	    read_prefixes(match->sources, &match->source_count, rule, "source", err) < 0 ||
	    read_prefixes(match->destinations, &match->destination_count, rule, "destination", err) < 0)
		return -1;
	if (read_ports(match->source_ports, &match->source_port_count, match, rule, "sourcePorts", err) < 0)
		return -1;
	return read_ports(match->destination_ports, &match->destination_port_count, match, rule, "destinationPorts",
			  err);
}

/** write_text() - nothing for an empty one */
static int write_text(json_t *rule, const char *key, const char *text)
{
	return text[0] ? json_object_set_new(rule, key, json_string(text)) : 0;
}

static int write_prefixes(json_t *rule, const char *key, const struct prefix prefixes[], size_t count)
{
	json_t *list = count ? json_array() : NULL;
	char text[PREFIX_TEXT_SIZE];
	int status = 0;

	for (size_t i = 0; i < count; i++)
		status |= json_array_append_new(list, json_string(prefix_format(&prefixes[i], text)));
	return count ? status | json_object_set_new(rule, key, list) : 0;
}

static int write_ports(json_t *rule, const char *key, const struct port_range ranges[], size_t count)
{
	json_t *list = count ? json_array() : NULL;
	char text[PORT_TEXT_SIZE];
	int status = 0;

	for (size_t i = 0; i < count; i++) {
		const int length = snprintf(text, sizeof text, "%u", ranges[i].first);
		if (ranges[i].last != ranges[i].first)
			(void)snprintf(text + length, sizeof text - (size_t)length, "-%u", ranges[i].last);
		status |= json_array_append_new(list, json_string(text));
	}
	return count ? status | json_object_set_new(rule, key, list) : 0;
}

int packet_match_write(const struct packet_match *match, json_t *rule)
{
	char text[PROTOCOL_TEXT_SIZE] = "";
	int status;

	if (match->has_protocol)
		(void)match_protocol_format(match->protocol, text);
	status = write_text(rule, "protocol", text) | write_text(rule, "inInterface", match->in_interface) |
		 write_text(rule, "outInterface", match->out_interface);
	status |= write_prefixes(rule, "source", match->sources, match->source_count);
	status |= write_prefixes(rule, "destination", match->destinations, match->destination_count);
	status |= write_ports(rule, "sourcePorts", match->source_ports, match->source_port_count);
	return status | write_ports(rule, "destinationPorts", match->destination_ports, match->destination_port_count);
}
