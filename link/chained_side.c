/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One route lookup per family, and one setting of the interface that it names. */
#include "link/chained_side.h"

#include "kernel/lookup.h"
#include "kernel/sysctl.h"
#include "link/host_side.h"
#include "link/messages.h"

#include <linux/rtnetlink.h>
#include <string.h>

static const struct sysctl LOOPBACK_SETTINGS[] = {{"ipv4/conf/%s", "route_localnet", "1", false}};

enum { LOOPBACK_COUNT = sizeof LOOPBACK_SETTINGS / sizeof *LOOPBACK_SETTINGS };

/** find_interface() - the one that leads to the first address that is reached; 0: none */
static int find_interface(const struct attachment *want, struct rtnl *host, int *ifindex, struct error *err)
{
	*ifindex = 0;
	for (size_t i = 0; i < want->address_count && *ifindex == 0; i++) {
		struct route_found found;

		if (route_lookup(host, &want->addresses[i].ip, &found, err) < 0)
			return -1;
		/* a default route leads away from here */
		if (found.type == RTN_UNICAST && found.hop_count > 0 && found.length > 0)
			*ifindex = found.ifindexes[0];
	}
	return 0;
}

int chained_side_find(const struct attachment *want, struct rtnl *host, char name[static IFNAMSIZ], struct error *err)
{
	struct link_state state;
	bool exists = false;
	int ifindex;

	name[0] = '\0';
	if (find_interface(want, host, &ifindex, err) < 0 ||
	    (ifindex && link_query_index(host, ifindex, &state, &exists, err) < 0))
		return -1;
	if (exists)
		memcpy(name, state.name, IFNAMSIZ);
	return 0;
}

static bool needs_loopback(const struct attachment *want)
{
	return want->chained.ifname[0] && want->chained.hairpin && publishes_on_loopback(want) &&
	       attachment_has_family(want, AF_INET);
}

int chained_side_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	if (!want->chained.hairpin)
		return 0;
	if (chained_side_find(want, kernel->host, want->chained.ifname, err) < 0 || record_update(store, want, err) < 0)
		return -1;
	return needs_loopback(want) ? sysctl_ensure(LOOPBACK_SETTINGS, LOOPBACK_COUNT, want->chained.ifname, err) : 0;
}

int chained_side_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	char name[IFNAMSIZ];

	(void)store;
	if (!want->chained.hairpin)
		return 0;
	if (chained_side_find(want, kernel->host, name, err) < 0)
		return -1;
	if (strcmp(name, want->chained.ifname) != 0)
		return error_set(err, ERROR_DRIFT, 0, "the container is behind interface \"%s\", not \"%s\" any more",
				 name, want->chained.ifname);
	return needs_loopback(want) ? sysctl_verify(LOOPBACK_SETTINGS, LOOPBACK_COUNT, name, err) : 0;
}
