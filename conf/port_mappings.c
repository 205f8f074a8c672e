/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capability portMappings. */
#include "conf/port_mappings.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <stdlib.h>

enum { MAX_PORT = 65535 };

static int read_port(const struct field *entry, const char *key, const char *label, uint16_t *port, struct error *err)
{
	int64_t number = 0;

	if (field_integer(entry, key, INT64_MIN, INT64_MAX, &number, err) < 0)
		return -1;
	if (number < 1 || number > MAX_PORT) {
		(void)error_set(err, ERROR_CONFIG, 0, "Invalid %s port number: %" PRId64, label, number);
		error_detail(err, "%s.%s", entry->path, key);
		return -1;
	}
	*port = (uint16_t)number;
	return 0;
}

static int read_protocol(const struct field *entry, uint8_t *protocol, struct error *err)
{
	const char *name = "";

	if (field_text(entry, "protocol", &name, err) < 0)
		return -1;
	*protocol = protocol_number(name);
	if (*protocol == 0)
		return error_set(err, ERROR_CONFIG, 0, "%s.protocol: \"%.32s\" is none of tcp, udp, sctp", entry->path,
				 name);
	return 0;
}

static int read_host_ip(const struct field *entry, struct ip *host_ip, struct error *err)
{
	char text[IP_TEXT_SIZE];

	if (field_ip(entry, "hostIP", host_ip, err) < 0)
		return -1;
	/* the kernel has no counterpart of route_localnet for ::1: such a packet never leaves the loopback device */
	if (host_ip->family == AF_INET6 && ip_is_loopback(host_ip))
		return error_set(
			err, ERROR_CONFIG, 0,
			"%s.hostIP: ::1 cannot be published, the kernel does not translate IPv6 loopback addresses",
			entry->path);
	if (ip_is_multicast(host_ip))
		return error_set(err, ERROR_CONFIG, 0, "%s.hostIP: %s is a multicast address", entry->path,
				 ip_format(host_ip, text));
	return 0;
}

static int read_mapping(const struct field *entry, struct port_mapping *mapping, struct error *err)
{
	*mapping = (struct port_mapping){.count = 1};
	if (field_as_object(entry, err) < 0 ||
	    read_port(entry, "containerPort", "container", &mapping->container_port, err) < 0 ||
	    read_port(entry, "hostPort", "host", &mapping->host_port, err) < 0 ||
	    read_protocol(entry, &mapping->protocol, err) < 0 || read_host_ip(entry, &mapping->host_ip, err) < 0)
		return -1;
	return 0;
}

/** by_key() - order in which those that can be joined are neighbours */
static int by_key(const void *left, const void *right)
{
	const struct port_mapping *a = left, *b = right;
	int order = ip_compare(&a->host_ip, &b->host_ip);

	if (a->protocol != b->protocol)
		return a->protocol - b->protocol;
	if (order != 0)
		return order;
	if (a->host_port != b->host_port)
		return a->host_port - b->host_port;
	return a->container_port - b->container_port;
}

/** by_port() - order in which those that may overlap are neighbours, whatever their hostIP */
static int by_port(const void *left, const void *right)
{
	const struct port_mapping *a = left, *b = right;

	if (a->protocol != b->protocol)
		return a->protocol - b->protocol;
	if (a->host_port != b->host_port)
		return a->host_port - b->host_port;
	return by_key(left, right);
}

static bool continues(const struct port_mapping *before, const struct port_mapping *next)
{
	return before->protocol == next->protocol && ip_equal(&before->host_ip, &next->host_ip) &&
	       before->host_port + before->count == next->host_port &&
	       before->container_port + before->count == next->container_port;
}

/** join() - fold duplicates, put consecutive ones together, in place. Return: how many are left */
static size_t join(struct port_mapping mappings[], size_t count)
{
	struct port_mapping before = {.count = 0}; /* the last one read, as it stood in the list */
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct port_mapping next = mappings[i];

		if (kept > 0 && by_key(&before, &next) == 0)
			continue;
		before = next;
		if (kept > 0 && continues(&mappings[kept - 1], &next))
			mappings[kept - 1].count++;
		else
			mappings[kept++] = next;
	}
	return kept;
}

/** addresses_overlap() - whether some packet could mean both mappings */
static bool addresses_overlap(const struct port_mapping *a, const struct port_mapping *b)
{
	if (!ip_is_set(&a->host_ip) || !ip_is_set(&b->host_ip))
		return true;
	return a->host_ip.family == b->host_ip.family &&
	       (port_mapping_is_any(a) || port_mapping_is_any(b) || ip_equal(&a->host_ip, &b->host_ip));
}

static int refuse_conflict(const struct port_mapping *a, const struct port_mapping *b, const char *path,
			   struct error *err)
{
	char text[IP_TEXT_SIZE], other[IP_TEXT_SIZE];

	return error_set(err, ERROR_CONFIG, 0,
			 "%s: host port %u/%s of address \"%s\" and \"%s\" is wanted twice, for "
			 "container ports %u and %u",
			 path, b->host_port, protocol_name(b->protocol), ip_format(&a->host_ip, text),
			 ip_format(&b->host_ip, other), (unsigned)(a->container_port + (b->host_port - a->host_port)),
			 b->container_port);
}

/** find_conflict() - the mappings are sorted by port, so only those that start inside another are looked at */
static int find_conflict(const struct port_mapping mappings[], size_t count, const char *path, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count && mappings[j].protocol == mappings[i].protocol &&
				       mappings[j].host_port < mappings[i].host_port + mappings[i].count;
		     j++)
			if (addresses_overlap(&mappings[i], &mappings[j]))
				return refuse_conflict(&mappings[i], &mappings[j], path, err);
	return 0;
}

int port_mappings_read(struct attachment *want, const struct field *list, struct error *err)
{
	AUTO_FREE struct port_mapping *all = NULL;
	size_t count = field_count(list);

	want->port_count = 0;
	if (count == 0)
		return 0;
	all = calloc(count, sizeof *all);
	if (!all)
		return error_set(err, ERROR_IO, ENOMEM, "%s", list->path);
	for (size_t i = 0; i < count; i++) {
		struct field entry = field_item(list, i);

		if (read_mapping(&entry, &all[i], err) < 0)
			return -1;
	}
	qsort(all, count, sizeof *all, by_key);
	count = join(all, count);
	if (count > MAX_PORT_MAPPINGS)
		return error_set(err, ERROR_CONFIG, 0, "%s: %zu separate port ranges, at most %d are served",
				 list->path, count, MAX_PORT_MAPPINGS);
	qsort(all, count, sizeof *all, by_port);
	if (find_conflict(all, count, list->path, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		want->ports[i] = all[i];
	want->port_count = count;
	return 0;
}
