/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of the maker, and entries of the neighbour tables at both ends. */
#include "link/known_mac.h"

#include "base/cleanup.h"
#include "link/messages.h"
#include "store/maker.h"

int known_mac_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)kernel;
	return want->tuning.sets_mac ? maker_set_mac(store, &want->id, want->tuning.mac, err) : 0;
}

int known_mac_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct tuning *tuning = &want->tuning;

	(void)kernel;
	if (!tuning->sets_mac || !store_exists(store))
		return 0;
	return maker_set_mac(store, &want->id, tuning->remembered ? tuning->before.mac : NULL, err);
}

int known_mac_renew(const struct attachment *want, const uint8_t mac[static MAC_LENGTH], struct rtnl *container,
		    int ifindex, struct store *store, struct kernel *kernel, struct error *err)
{
	AUTO_FREE struct attachment *maker = attachment_new(err);
	struct link_state end;
	bool exists;

	if (!maker || maker_find(store, &want->id, maker, &exists, err) < 0)
		return -1;
	if (!exists || maker->mode != MODE_ROUTED)
		return 0;
	if (link_query(kernel->host, maker->host_ifname, &end, &exists, err) < 0)
		return -1;
	for (size_t i = 0; exists && i < maker->address_count; i++) {
		const struct address *address = &maker->addresses[i];
		if (neighbour_set(kernel->host, end.ifindex, &address->ip, mac, err) < 0 ||
		    neighbour_set(container, ifindex, &address->next_hop, maker->host_mac, err) < 0)
			return -1;
	}
	return 0;
}
