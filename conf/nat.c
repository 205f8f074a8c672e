/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about translated addresses. */
#include "conf/nat.h"

#include <string.h>

static const char *const announce_names[] = {[ANNOUNCE_PROXY] = "proxy", [ANNOUNCE_ADDRESS] = "address"};

size_t nat_family(sa_family_t family)
{
	return family == AF_INET6;
}

bool nat_hides(const struct nat *nat, sa_family_t family)
{
	size_t index = nat_family(family);

	return ip_is_set(&nat->snat[index]) || ip_is_set(&nat->pools[index].first);
}

bool nat_is_used(const struct nat *nat)
{
	return nat->static_count || nat->first_port || nat_hides(nat, AF_INET) || nat_hides(nat, AF_INET6);
}

bool nat_has_static(const struct nat *nat, const struct ip *public)
{
	for (size_t i = 0; i < nat->static_count; i++)
		if (ip_equal(&nat->statics[i].public, public))
			return true;
	return false;
}

bool nat_is_static(const struct nat *nat, sa_family_t family)
{
	for (size_t i = 0; i < nat->static_count; i++)
		if (nat->statics[i].public.family == family)
			return true;
	return false;
}

bool nat_pool_contains(const struct nat_pool *pool, const struct ip *ip)
{
	return pool->first.family == ip->family && ip_is_set(ip) && ip_compare(&pool->first, ip) <= 0 &&
	       ip_compare(ip, &pool->last) <= 0;
}

static void list_public(struct nat *nat, const struct ip *ip)
{
	for (size_t i = 0; i < nat->public_count; i++)
		if (ip_equal(&nat->publics[i].ip, ip))
			return;
	if (ip_is_set(ip) && nat->public_count < MAX_PUBLIC)
		nat->publics[nat->public_count++] = (struct public_address){.ip = *ip};
}

void nat_list_publics(struct nat *nat)
{
	for (size_t i = 0; i < nat->static_count; i++)
		list_public(nat, &nat->statics[i].public);
	for (size_t i = 0; i < NAT_FAMILIES; i++)
		list_public(nat, &nat->pools[i].chosen);
}

const char *announce_name(enum announce announce)
{
	return announce_names[announce];
}

bool announce_number(const char *name, enum announce *announce)
{
	for (unsigned i = 0; i < sizeof announce_names / sizeof *announce_names; i++)
		if (strcmp(announce_names[i], name) == 0) {
			*announce = (enum announce)i;
			return true;
		}
	return false;
}
