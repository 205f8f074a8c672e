/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of networks that are kept apart from each other. */
#include "nat/elements.h"

/** add_interface() - where the containers are: alone, or as a pair with itself */
static void add_interface(struct element_list *list, const struct chained *chained, const char *set,
			  enum element_use use)
{
	struct element *element = element_append(list, set, AF_UNSPEC);

	if (!element)
		return;
	element->use = use;
	nft_value_ifname(&element->nft.key, chained->ifname);
	if (use == ELEMENT_TOGETHER)
		nft_value_ifname(&element->nft.key, chained->ifname);
}

/** add_subnet() - from anywhere in it to anywhere in it */
static void add_subnet(struct element_list *list, size_t index, const struct prefix *address)
{
	const struct prefix subnet = prefix_network(address);
	const struct ip last = prefix_last(&subnet);
	struct element *element = element_append(list, "together#", subnet.ip.family);

	if (!element)
		return;
	element->use = ELEMENT_JOINT;
	element->address = index;
	element->nft.kind = NFT_RANGE;
	nft_value_ip(&element->nft.key, &subnet.ip);
	nft_value_ip(&element->nft.key, &subnet.ip);
	nft_value_ip(&element->nft.last, &last);
	nft_value_ip(&element->nft.last, &last);
}

void elements_policy(struct element_list *list, const struct attachment *attachment)
{
	const struct chained *chained = &attachment->chained;

	if (chained->policy == POLICY_OPEN || chained->ifname[0] == '\0')
		return;
	add_interface(list, chained, "apart", ELEMENT_APART);
	if (chained->policy == POLICY_ISOLATED)
		return;
	if (!chained->own_end) {
		add_interface(list, chained, "together", ELEMENT_TOGETHER);
		return;
	}
	for (size_t i = 0; i < attachment->address_count; i++)
		add_subnet(list, i, &attachment->addresses[i].subnet);
}
