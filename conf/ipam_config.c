/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The "ipam" object of host-local: range sets and requested addresses. */
#include "conf/ipam_config.h"

#include <stdio.h>
#include <string.h>

bool next_item(const char **list, char *item, size_t size)
{
	const char *start = *list, *end;

	if (!start || *start == '\0')
		return false;
	end = start + strcspn(start, ",");
	*list = *end ? end + 1 : NULL;
	start += strspn(start, " \t");
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	(void)snprintf(item, size, "%.*s", (int)(end - start), start);
	return true;
}

static int read_range(struct range *range, const struct field *object, struct error *err)
{
	*range = (struct range){.subnet = {.length = 0}};
	if (field_as_object(object, err) < 0 || field_prefix(object, "subnet", &range->subnet, err) < 0 ||
	    field_ip(object, "rangeStart", &range->first, err) < 0 ||
	    field_ip(object, "rangeEnd", &range->last, err) < 0)
		return -1;
	return field_ip(object, "gateway", &range->gateway, err);
}

/** add_set() - room for one more; the caller fills it */
static struct range_set *add_set(struct address_pool *pool, const char *path, struct error *err)
{
	struct range_set *set = &pool->sets[pool->set_count];

	if (pool->set_count == MAX_RANGE_SETS) {
		(void)error_set(err, ERROR_CONFIG, 0, "%s: more than %d range sets", path, MAX_RANGE_SETS);
		return NULL;
	}
	pool->set_count++;
	set->count = 0;
	return set;
}

/** read_sets() - a list of lists of ranges */
static int read_sets(struct address_pool *pool, const struct field *object, const char *key, struct error *err)
{
	struct field sets;

	if (field_array(object, key, &sets, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&sets); i++) {
		struct field ranges = field_item(&sets, i);
		struct range_set *set = add_set(pool, sets.path, err);

		if (!set || field_as_array(&ranges, err) < 0 || field_limit(&ranges, MAX_RANGES, err) < 0)
			return -1;
		for (; set->count < field_count(&ranges); set->count++) {
			struct field range = field_item(&ranges, set->count);

			if (read_range(&set->ranges[set->count], &range, err) < 0)
				return -1;
		}
	}
	return 0;
}

/** read_single() - the old keys, directly in "ipam"; without "subnet" the others say nothing (as the reference) */
static int read_single(struct address_pool *pool, const struct field *ipam, struct error *err)
{
	struct range range = {.subnet = {.length = 0}};
	struct range_set *set;

	if (!ipam->json)
		return 0;
	if (read_range(&range, ipam, err) < 0)
		return -1;
	if (!ip_is_set(&range.subnet.ip))
		return 0;
	set = add_set(pool, ipam->path, err);
	if (!set)
		return -1;
	set->ranges[set->count++] = range;
	return 0;
}

/** request() - one more address asked for by name; a prefix length is ignored, an address asked for twice is one */
static int request(struct address_pool *pool, const char *text, const char *path, enum error_code code,
		   struct error *err)
{
	struct prefix prefix = {.length = 0};

	if (!prefix_parse(text, &prefix) && !ip_parse(text, &prefix.ip))
		return error_set(err, code, 0, "%s: invalid IP address: %.64s", path, text);
	for (size_t i = 0; i < pool->requested_count; i++)
		if (ip_equal(&pool->requested[i], &prefix.ip))
			return 0;
	if (pool->requested_count == MAX_RANGE_SETS)
		return error_set(err, code, 0, "%s: more than %d addresses requested", path, MAX_RANGE_SETS);
	pool->requested[pool->requested_count++] = prefix.ip;
	return 0;
}

static int request_list(struct address_pool *pool, const struct field *object, struct error *err)
{
	struct field list;

	if (field_array(object, "ips", &list, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&list); i++) {
		struct field item = field_item(&list, i);
		const char *text = "";

		if (field_as_text(&item, &text, err) < 0 || request(pool, text, item.path, ERROR_CONFIG, err) < 0)
			return -1;
	}
	return 0;
}

static int read_requests(struct address_pool *pool, const struct ipam_source *source, struct error *err)
{
	const char *list = source->args->ip;
	char item[IP_TEXT_SIZE + 8];

	while (next_item(&list, item, sizeof item))
		if (request(pool, item, "CNI_ARGS IP", ERROR_ENVIRONMENT, err) < 0)
			return -1;
	if (request_list(pool, &source->args_cni, err) < 0)
		return -1;
	return request_list(pool, &source->runtime, err);
}

/** take_shares() - a set each */
static int take_shares(struct address_pool *pool, const struct ipam_source *source, struct error *err)
{
	for (size_t i = 0; pool->set_count == i && i < source->share_count; i++) {
		struct range_set *set = add_set(pool, "overlay", err);

		if (!set)
			return -1;
		set->ranges[set->count++] = (struct range){.subnet = source->shares[i]};
	}
	return 0;
}

static int complete_sets(struct address_pool *pool, struct error *err)
{
	for (size_t i = 0; i < pool->set_count; i++) {
		struct error fault = ERROR_INIT;

		if (range_set_complete(&pool->sets[i], &fault) < 0)
			return error_set(err, fault.code, 0, "invalid range set %zu: %s", i, fault.msg);
	}
	return 0;
}

static int host_local_config_read(struct address_pool *pool, const struct ipam_source *source, struct error *err)
{
	if (read_requests(pool, source, err) < 0 || read_sets(pool, &source->runtime, "ipRanges", err) < 0 ||
	    read_single(pool, &source->ipam, err) < 0 || read_sets(pool, &source->ipam, "ranges", err) < 0)
		return -1;
	if (take_shares(pool, source, err) < 0)
		return -1;
	if (pool->set_count == 0)
		return error_set(err, ERROR_CONFIG, 0, "no IP ranges specified");
	return complete_sets(pool, err);
}

int ipam_config_read(struct address_pool *pool, const struct ipam_source *source, bool is_static, struct error *err)
{
	struct ip chosen[MAX_RANGE_SETS];

	*pool = (struct address_pool){.set_count = 0};
	if (!source->ipam.json)
		return error_set(err, ERROR_CONFIG, 0, "IPAM config missing 'ipam' key");
	if ((is_static ? static_config_read : host_local_config_read)(pool, source, err) < 0 ||
	    address_pool_check(pool, source->one_per_family, source->version, err) < 0)
		return -1;
	return address_pool_assign(pool, chosen, err);
}
