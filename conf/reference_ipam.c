/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference host-local and static, started by themselves: addresses for an interface of somebody else. */
#include "conf/reference.h"
#include "conf/wish_parts.h"

int reference_ipam_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct parts parts;

	request->network.mode = wish->mode = MODE_ADDRESSES;
	if (parts_read(&parts, request, root, err) < 0 || parts_read_addresses(request, &parts, true, err) < 0)
		return -1;
	wish->default_routes = false;
	return parts_read_ipam_dns(&wish->dns, request, &parts, err);
}
