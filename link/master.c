/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question for a name, one for each family for a default route. */
#include "link/master.h"

#include "kernel/lookup.h"

#include <linux/rtnetlink.h>

/** find_default() - the first device of a default route, of IPv4 if there is one; 0: none */
static int find_default(struct rtnl *home, int *ifindex, struct error *err)
{
	static const sa_family_t families[] = {AF_INET, AF_INET6};
	struct route_found found;

	*ifindex = 0;
	for (size_t i = 0; i < sizeof families / sizeof *families && *ifindex == 0; i++) {
		if (route_lookup_default(home, families[i], &found, err) < 0)
			return -1;
		if (found.type == RTN_UNICAST && found.hop_count > 0)
			*ifindex = found.ifindexes[0];
	}
	return 0;
}

static int find(const struct attachment *want, struct rtnl *home, struct link_state *master, struct error *err)
{
	const char *name = want->device.master;
	bool exists = false;
	int ifindex;

	if (name[0] != '\0') {
		if (link_query(home, name, master, &exists, err) < 0)
			return -1;
		return exists ? 0
			      : error_set(err, ERROR_CONFIG, 0, "failed to lookup master \"%s\": Link not found", name);
	}
	if (find_default(home, &ifindex, err) < 0 ||
	    (ifindex && link_query_index(home, ifindex, master, &exists, err) < 0))
		return -1;
	return exists ? 0 : error_set(err, ERROR_CONFIG, 0, "no default route interface found");
}

int master_find(const struct attachment *want, struct rtnl *home, struct link_state *master, struct error *err)
{
	if (find(want, home, master, err) < 0)
		return -1;
	if (want->mtu <= master->mtu)
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "invalid MTU %u, must be [0, master MTU(%u)]", want->mtu, master->mtu);
}
