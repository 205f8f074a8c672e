/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the translated addresses of an attachment to elements: all keyed by an address, so that no two are alike. */
#include "nat/elements.h"

static void add_pair(struct element_list *list, const char *map, const struct ip *key, const struct ip *data)
{
	struct element *element = element_append(list, map, key->family);

	if (!element)
		return;
	nft_value_ip(&element->nft.key, key);
	nft_value_ip(&element->nft.data, data);
}

/** is_first_of() - a container with several public addresses leaves with the first */
static bool is_first_of(const struct nat *nat, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (ip_equal(&nat->statics[i].private, &nat->statics[index].private))
			return false;
	return true;
}

static void add_static(struct element_list *list, const struct nat *nat, size_t index)
{
	const struct static_nat *entry = &nat->statics[index];

	/* of a delegated container that has no address yet */
	if (!ip_is_set(&entry->private))
		return;
	add_pair(list, "static#", &entry->public, &entry->private);
	if (is_first_of(nat, index))
		add_pair(list, "snat#", &entry->private, &entry->public);
}

/** add_port() - in force where the source is masqueraded or hidden behind a shared address */
static void add_port(struct element_list *list, const char *map, const struct ip *source, uint16_t port)
{
	struct element *element = element_append(list, map, source->family);

	if (!element)
		return;
	nft_value_ip(&element->nft.key, source);
	nft_value_port(&element->nft.data, port);
	element->nft.data.length = sizeof port; /* what stands alone is not padded */
}

static void add_source(struct element_list *list, const struct nat *nat, const struct ip *source)
{
	const size_t family = nat_family(source->family);

	if (ip_is_set(&nat->pools[family].chosen))
		add_pair(list, "pool#", source, &nat->pools[family].chosen);
	else if (ip_is_set(&nat->snat[family]))
		add_pair(list, "pool#", source, &nat->snat[family]);
	if (!nat->first_port)
		return;
	add_port(list, "firstport#", source, nat->first_port);
	add_port(list, "lastport#", source, nat->last_port);
}

void elements_nat(struct element_list *list, const struct attachment *attachment)
{
	const struct nat *nat = &attachment->nat;

	for (size_t i = 0; i < nat->static_count; i++)
		add_static(list, nat, i);
	for (size_t i = 0; i < attachment->address_count; i++)
		if (ip_is_set(&attachment->addresses[i].ip))
			add_source(list, nat, &attachment->addresses[i].ip);
}
