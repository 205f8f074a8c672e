/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The "ipam" object of static: addresses that are fixed in advance, each a range set of its own. */
#include "conf/ipam_config.h"

#include <string.h>

/** is_network_end() - the network address, or IPv4's broadcast address, of a subnet that has such */
static bool is_network_end(const struct prefix *address)
{
	struct prefix network = prefix_network(address);
	struct ip last = prefix_last(address);

	if (address->length + 2 > ip_bits(address->ip.family))
		return false;
	return ip_equal(&network.ip, &address->ip) || (address->ip.family == AF_INET && ip_equal(&last, &address->ip));
}

static int add_address(struct address_pool *pool, const struct prefix *address, const char *path, struct error *err)
{
	struct range_set *set = &pool->sets[pool->set_count];
	char text[PREFIX_TEXT_SIZE];

	if (pool->set_count == MAX_RANGE_SETS)
		return error_set(err, ERROR_CONFIG, 0, "%s: more than %d addresses", path, MAX_RANGE_SETS);
	if (is_network_end(address))
		return error_set(err, ERROR_CONFIG, 0, "%s: %s is the network or broadcast address of its subnet", path,
				 prefix_format(address, text));
	set->count = 1;
	set->ranges[0] = (struct range){.subnet = prefix_network(address), .first = address->ip, .last = address->ip};
	pool->requested[pool->set_count++] = address->ip;
	pool->requested_count = pool->set_count;
	return 0;
}

static int set_gateway(struct range *range, const struct ip *gateway, const char *path, struct error *err)
{
	char text[IP_TEXT_SIZE];

	if (ip_is_set(gateway) && gateway->family != range->first.family)
		return error_set(err, ERROR_CONFIG, 0, "%s: gateway %s is of another address family than the address",
				 path, ip_format(gateway, text));
	range->gateway = *gateway;
	return 0;
}

/** read_gateway() - "gateway" of the address that was added last */
static int read_gateway(struct address_pool *pool, const struct field *object, struct error *err)
{
	struct ip gateway = {.family = AF_UNSPEC};
	const char *text = "";

	if (field_text(object, "gateway", &text, err) < 0)
		return -1;
	if (text[0] && !ip_parse(text, &gateway))
		return error_set(err, ERROR_CONFIG, 0, "%s.gateway: invalid gateway address: %.64s", object->path,
				 text);
	return set_gateway(&pool->sets[pool->set_count - 1].ranges[0], &gateway, object->path, err);
}

static int read_addresses(struct address_pool *pool, const struct field *ipam, struct error *err)
{
	struct field list;

	if (field_array(ipam, "addresses", &list, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&list); i++) {
		struct field object = field_item(&list, i);
		struct prefix address = {.length = 0};
		const char *text = "";

		if (field_as_object(&object, err) < 0 || field_text(&object, "address", &text, err) < 0)
			return -1;
		if (!prefix_parse(text, &address)) {
			(void)error_set(err, ERROR_CONFIG, 0,
					"the 'address' field is expected to be in CIDR notation, got: '%.64s'", text);
			error_detail(err, "%s.address", object.path);
			return -1;
		}
		if (add_address(pool, &address, object.path, err) < 0 || read_gateway(pool, &object, err) < 0)
			return -1;
	}
	return 0;
}

/** read_arguments() - CNI_ARGS: IP adds addresses, GATEWAY is for every address whose subnet it lies in */
static int read_arguments(struct address_pool *pool, const struct args *args, struct error *err)
{
	const char *ips = args->ip, *gateways = args->gateway;
	char item[PREFIX_TEXT_SIZE + 8];

	while (next_item(&ips, item, sizeof item)) {
		struct prefix address = {.length = 0};

		if (!prefix_parse(item, &address))
			return error_set(err, ERROR_ENVIRONMENT, 0,
					 "the 'ip' field is expected to be in CIDR notation, got: '%s'", item);
		if (add_address(pool, &address, "CNI_ARGS IP", err) < 0)
			return -1;
	}
	while (next_item(&gateways, item, sizeof item)) {
		struct ip gateway;

		if (!ip_parse(item, &gateway))
			return error_set(err, ERROR_ENVIRONMENT, 0, "invalid gateway address: %s", item);
		for (size_t i = 0; i < pool->set_count; i++)
			if (ip_in_prefix(&gateway, &pool->sets[i].ranges[0].subnet))
				pool->sets[i].ranges[0].gateway = gateway;
	}
	return 0;
}

/** replace_addresses() - a list of "ips" that is not empty takes the place of all addresses there are */
static int replace_addresses(struct address_pool *pool, const struct field *object, struct error *err)
{
	struct field list;

	if (field_array(object, "ips", &list, err) < 0)
		return -1;
	if (field_count(&list) > 0)
		pool->set_count = pool->requested_count = 0;
	for (size_t i = 0; i < field_count(&list); i++) {
		struct field item = field_item(&list, i);
		struct prefix address = {.length = 0};
		const char *text = "";

		if (field_as_text(&item, &text, err) < 0)
			return -1;
		if (!prefix_parse(text, &address)) {
			(void)error_set(err, ERROR_CONFIG, 0,
					"an entry in the 'ips' field is NOT in CIDR notation, got: '%.64s'", text);
			error_detail(err, "%s", item.path);
			return -1;
		}
		if (add_address(pool, &address, item.path, err) < 0)
			return -1;
	}
	return 0;
}

int static_config_read(struct address_pool *pool, const struct ipam_source *source, struct error *err)
{
	if (read_addresses(pool, &source->ipam, err) < 0 || read_arguments(pool, source->args, err) < 0 ||
	    replace_addresses(pool, &source->args_cni, err) < 0 || replace_addresses(pool, &source->runtime, err) < 0)
		return -1;
	if (pool->set_count == 0)
		return error_set(err, ERROR_CONFIG, 0, "ipam.addresses: static IPAM without any address");
	return 0;
}
