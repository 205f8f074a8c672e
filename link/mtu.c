/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two questions to the kernel per family: where does the default route go, and how wide is that. */
#include "link/mtu.h"

#include "conf/overlay.h"
#include "kernel/lookup.h"
#include "link/messages.h"

#include <linux/rtnetlink.h>

enum { ETHERNET_MTU = 1500 };

/** lesser() - of two MTUs of which 0 means "unknown" */
static uint32_t lesser(uint32_t a, uint32_t b)
{
	return !a || (b && b < a) ? b : a;
}

/** uplink_mtu() - of one family, the least of a multipath route; 0 when there is no default route */
static int uplink_mtu(struct rtnl *host, sa_family_t family, uint32_t *mtu, struct error *err)
{
	struct route_found found;
	struct link_state device;
	bool exists;

	*mtu = 0;
	if (route_lookup_default(host, family, &found, err) < 0)
		return -1;
	if (found.type != RTN_UNICAST)
		return 0;
	*mtu = found.mtu;
	for (size_t i = 0; !found.mtu && i < found.hop_count; i++) {
		if (link_query_index(host, found.ifindexes[i], &device, &exists, err) < 0)
			return -1;
		*mtu = lesser(*mtu, exists ? device.mtu : 0);
	}
	return 0;
}

int mtu_of_uplink(struct rtnl *host, const struct attachment *want, uint32_t *mtu, struct error *err)
{
	static const sa_family_t families[] = {AF_INET, AF_INET6};
	uint32_t least = 0, one;

	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		/* a delegate has named no address yet: whatever it will serve must fit */
		if (want->address_count > 0 && !attachment_has_family(want, families[i]))
			continue;
		if (uplink_mtu(host, families[i], &one, err) < 0)
			return -1;
		least = lesser(least, one);
	}
	*mtu = least ? least : ETHERNET_MTU;
	if (want->overlay)
		*mtu = lesser(*mtu, want->overlay->mtu);
	return 0;
}
