/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One route lookup: the same question that "fib daddr type local" asks for every packet. */
#include "kernel/locality.h"

#include "kernel/lookup.h"

#include <linux/rtnetlink.h>

int ip_is_local(struct rtnl *host, const struct ip *ip, bool *local, struct error *err)
{
	struct route_found found;

	if (route_lookup(host, ip, &found, err) < 0)
		return -1;
	*local = found.type == RTN_LOCAL;
	return 0;
}
