/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Translated and public addresses in a record. */
#include "store/record_nat.h"

#include "store/members.h"

#include <limits.h>
#include <string.h>

static json_t *format_pool(const struct nat_pool *pool)
{
	json_t *object = json_object();
	int status = member_set_ip(object, "first", &pool->first) + member_set_ip(object, "last", &pool->last) +
		     member_set_ip(object, "chosen", &pool->chosen);

	status += member_set(object, "shared", json_boolean(pool->shared));
	if (status == 0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *format_static(const struct static_nat *entry)
{
	json_t *object = json_object();

	if (member_set_ip(object, "private", &entry->private) + member_set_ip(object, "public", &entry->public) == 0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *format_public(const struct public_address *public)
{
	json_t *object = json_object();

	int status = member_set_ip(object, "address", &public->ip) +
		     member_set(object, "uplink", json_string(public->uplink));

	status += member_set(object, "ifindex", json_integer(public->ifindex));
	if (status == 0)
		return object;
	json_decref(object);
	return NULL;
}

static int format_lists(json_t *object, const struct nat *nat)
{
	json_t *snat = json_array(), *pools = json_array(), *statics = json_array(), *publics = json_array();
	char text[IP_TEXT_SIZE];
	int status = 0;

	for (size_t i = 0; i < NAT_FAMILIES; i++) {
		if (ip_is_set(&nat->snat[i]))
			status |= json_array_append_new(snat, json_string(ip_format(&nat->snat[i], text)));
		if (ip_is_set(&nat->pools[i].first))
			status |= json_array_append_new(pools, format_pool(&nat->pools[i]));
	}
	for (size_t i = 0; i < nat->static_count; i++)
		status |= json_array_append_new(statics, format_static(&nat->statics[i]));
	for (size_t i = 0; i < nat->public_count; i++)
		status |= json_array_append_new(publics, format_public(&nat->publics[i]));
	status |= member_set(object, "snat", snat) | member_set(object, "pools", pools);
	return status | member_set(object, "static", statics) | member_set(object, "public", publics);
}

int record_nat_format(const struct attachment *attachment, json_t **value)
{
	const struct nat *nat = &attachment->nat;

	if (!nat_is_used(nat))
		return 0;
	json_t *object = json_object();
	int status = member_set(object, "announce", json_string(announce_name(nat->announce)));
	status |= member_set(object, "firstPort", json_integer(nat->first_port));
	status |= member_set(object, "lastPort", json_integer(nat->last_port));
	if ((status | format_lists(object, nat)) == 0) {
		*value = object;
		return 0;
	}
	json_decref(object);
	return -1;
}

static int parse_scalars(const json_t *object, struct nat *nat, struct error *err)
{
	const char *announce = member_text(object, "announce", 16, err);
	uint32_t first = 0, last = 0;

	if (!announce || member_number(object, "firstPort", UINT16_MAX, &first, err) < 0 ||
	    member_number(object, "lastPort", UINT16_MAX, &last, err) < 0)
		return -1;
	if (!announce_number(announce, &nat->announce))
		return member_refuse(err, "announce", "is none of ours");
	if (first > last || (first == 0) != (last == 0))
		return member_refuse(err, "lastPort", "is before the first");
	nat->first_port = (uint16_t)first;
	nat->last_port = (uint16_t)last;
	return 0;
}

static int parse_snat(const json_t *object, struct nat *nat, struct error *err)
{
	const json_t *list;
	int count = member_list(object, "snat", NAT_FAMILIES, &list, err);

	for (int i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(list, (size_t)i));
		struct ip ip;

		if (!text || !ip_parse(text, &ip))
			return member_refuse(err, "snat", "holds something that is no address");
		nat->snat[nat_family(ip.family)] = ip;
	}
	return count < 0 ? -1 : 0;
}

static int parse_pools(const json_t *object, struct nat *nat, struct error *err)
{
	const json_t *list;
	int count = member_list(object, "pools", NAT_FAMILIES, &list, err);

	for (int i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, (size_t)i);
		struct nat_pool pool = {.shared = json_is_true(json_object_get(item, "shared"))};

		if (member_ip(item, "first", true, &pool.first, err) < 0 ||
		    member_ip(item, "last", true, &pool.last, err) < 0 ||
		    member_ip(item, "chosen", false, &pool.chosen, err) < 0)
			return -1;
		if (pool.first.family != pool.last.family || ip_compare(&pool.first, &pool.last) > 0 ||
		    ip_distance(&pool.first, &pool.last) >= MAX_NAT_POOL)
			return member_refuse(err, "pools", "holds something that is no range");
		if (ip_is_set(&pool.chosen) && !nat_pool_contains(&pool, &pool.chosen))
			return member_refuse(err, "chosen", "is not in its pool");
		nat->pools[nat_family(pool.first.family)] = pool;
	}
	return count < 0 ? -1 : 0;
}

static int parse_statics(const json_t *object, struct nat *nat, struct error *err)
{
	const json_t *list;
	int count = member_list(object, "static", MAX_STATIC_NAT, &list, err);

	for (int i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, (size_t)i);
		struct static_nat *entry = &nat->statics[i];

		/* a delegated container does not know its own address at first */
		if (member_ip(item, "private", false, &entry->private, err) < 0 ||
		    member_ip(item, "public", true, &entry->public, err) < 0)
			return -1;
		if (ip_is_set(&entry->private) && entry->private.family != entry->public.family)
			return member_refuse(err, "static", "holds addresses of two families");
	}
	nat->static_count = (uint8_t)(count < 0 ? 0 : count);
	return count < 0 ? -1 : 0;
}

static int parse_publics(const json_t *object, struct nat *nat, struct error *err)
{
	const json_t *list;
	int count = member_list(object, "public", MAX_PUBLIC, &list, err);

	for (int i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, (size_t)i);
		struct public_address *public = &nat->publics[i];
		const char *uplink = member_text(item, "uplink", sizeof public->uplink - 1, err);
		uint32_t ifindex = 0;

		if (!uplink || member_ip(item, "address", true, &public->ip, err) < 0 ||
		    member_optional_number(item, "ifindex", &ifindex, err) < 0)
			return -1;
		if (ifindex > INT_MAX)
			return member_refuse(err, "ifindex", "is none of an interface");
		public->ifindex = (int)ifindex;
		memcpy(public->uplink, uplink, strlen(uplink) + 1);
		if (strchr(uplink, '/'))
			return member_refuse(err, "uplink", "is no interface name");
	}
	nat->public_count = (uint8_t)(count < 0 ? 0 : count);
	return count < 0 ? -1 : 0;
}

int record_nat_parse(const json_t *value, struct attachment *into, struct error *err)
{
	struct nat *nat = &into->nat;

	if (!json_is_object(value))
		return member_refuse(err, "nat", "is no object");
	if (parse_scalars(value, nat, err) < 0 || parse_snat(value, nat, err) < 0 || parse_pools(value, nat, err) < 0)
		return -1;
	return parse_statics(value, nat, err) < 0 ? -1 : parse_publics(value, nat, err);
}
