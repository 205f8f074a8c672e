/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the addresses of one interface to the sets that published ports leave alone. */
#include "nat/ipvs.h"

#include "base/cleanup.h"
#include "nat/interfaces.h"
#include "nat/rebuild.h"
#include "nat/ruleset.h"

#include <net/if.h>

static const char SERVICES[] = "kube-ipvs0";

static bool publishes_any(const struct attachment *attachment)
{
	for (size_t i = 0; i < attachment->port_count; i++)
		if (port_mapping_is_any(&attachment->ports[i]))
			return true;
	return false;
}

int ipvs_elements(struct element_list *list, struct kernel *kernel, struct error *err)
{
	const unsigned ifindex = if_nametoindex(SERVICES);

	if (ifindex == 0)
		return 0;
	if (interfaces_addresses(kernel->host, ifindex, list, err) < 0)
		return -1;
	return list->failed ? error_set(err, ERROR_KERNEL, ENOMEM, "list addresses of %s", SERVICES) : 0;
}

int ipvs_ensure(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(element_list_free) struct element_list list = ELEMENT_LIST_EMPTY;

	if (!publishes_any(want) || if_nametoindex(SERVICES) == 0)
		return 0;
	(void)ruleset_set_name("ipvs#", AF_INET, list.emptied[0]);
	(void)ruleset_set_name("ipvs#", AF_INET6, list.emptied[1]);
	if (ipvs_elements(&list, kernel, err) < 0)
		return -1;
	return commit_healing(&list, 1, store, kernel, err);
}
