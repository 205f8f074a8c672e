/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link/delete.h"

#include <netlink/route/link.h>

int link_delete(struct rtnl *rtnl, const struct link_state *link, struct error *err)
{
	struct rtnl_link *request = rtnl_link_alloc();
	struct error refusal = ERROR_INIT;
	struct nl_msg *msg = NULL;

	if (request) {
		rtnl_link_set_ifindex(request, link->ifindex);
		(void)rtnl_link_build_delete_request(request, &msg);
		rtnl_link_put(request);
	}
	if (rtnl_request(rtnl, msg, &refusal, "delete interface %s", link->name) == 0 || refusal.errnum == ENODEV)
		return 0;
	error_merge(err, &refusal);
	return -1;
}
