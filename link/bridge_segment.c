/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VLAN's interface is made before the bridge joins the VLAN, and goes after it has left: it stands for both. */
#include "link/bridge_segment.h"

#include "conf/bridged.h"
#include "conf/marks.h"
#include "link/bridge_messages.h"
#include "link/delete.h"
#include "link/port_vlans.h"

#include <string.h>

static const char NO_INTERFACES[] = "this kernel has no interfaces of VLANs (CONFIG_VLAN_8021Q, module 8021q)";

static int make(const struct bridge *bridge, struct rtnl *host, struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (rtnl_request(host, bridge_build_segment(bridge->ifindex, bridge), &refusal, "add VLAN interface %s",
			 bridge->segment) == 0 ||
	    refusal.errnum == EEXIST)
		return 0;
	if (refusal.errnum == EOPNOTSUPP)
		return error_set(err, ERROR_NOT_AVAILABLE, EOPNOTSUPP, "add VLAN interface %s: %s", bridge->segment,
				 NO_INTERFACES);
	error_merge(err, &refusal);
	return -1;
}

int segment_ensure(const struct attachment *want, struct rtnl *host, int *ifindex, struct error *err)
{
	const struct bridge *bridge = &want->bridge;
	struct link_state segment;
	bool exists;

	if (!bridge->vlan)
		return 0;
	if (make(bridge, host, err) < 0 || link_query(host, bridge->segment, &segment, &exists, err) < 0)
		return -1;
	if (!exists || strcmp(segment.kind, "vlan") != 0)
		return error_set(err, ERROR_INTERFACE_EXISTS, EEXIST,
				 "interface %s is not that of VLAN %u of bridge %s", bridge->segment, bridge->vlan,
				 bridge->name);
	if (rtnl_request(host, bridge_build_vlans(bridge->ifindex, bridge, true), err, "put bridge %s into VLAN %u",
			 bridge->name, bridge->vlan) < 0)
		return -1;
	*ifindex = segment.ifindex;
	return segment.flags & IFF_UP ? 0 : link_set_up(host, segment.ifindex, true, err);
}

int segment_verify(const struct attachment *want, const struct link_state *bridge, struct rtnl *host, struct error *err)
{
	bool joined;

	if (!want->bridge.vlan)
		return 0;
	if (port_vlans_hold(host, bridge->ifindex, want->bridge.vlan, &joined, err) < 0)
		return -1;
	return joined ? 0
		      : error_set(err, ERROR_DRIFT, 0, "bridge %s itself is not in VLAN %u", want->bridge.name,
				  want->bridge.vlan);
}

static int leave(const struct attachment *want, const struct link_state *bridge, struct rtnl *host, struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (rtnl_request(host, bridge_build_leave_vlan(bridge->ifindex, want->bridge.vlan, true), &refusal,
			 "take bridge %s out of VLAN %u", want->bridge.name, want->bridge.vlan) == 0 ||
	    refusal.errnum == ENOENT || refusal.errnum == ENODEV)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int segment_remove(const struct attachment *want, const struct link_state *bridge, const struct link_state *segment,
		   struct store *store, struct kernel *kernel, struct error *err)
{
	char name[USE_NAME_SIZE];
	bool last;

	if (!want->bridge.vlan || segment->group != BRIDGE_GROUP)
		return 0;
	if (use_is_last(store, use_name_segment(want, name), &want->id, &last, err) < 0)
		return -1;
	if (!last)
		return 0;
	return leave(want, bridge, kernel->host, err) < 0 ? -1 : link_delete(kernel, segment, err);
}

int segment_probe(const struct attachment *want, struct rtnl *host, struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (!want->bridge.vlan)
		return 0;
	(void)rtnl_request(host, bridge_build_segment_probe(), &refusal, "try to add the interface of a VLAN");
	return refusal.errnum == EINVAL ? 0 : error_set(err, ERROR_NOT_AVAILABLE, refusal.errnum, "%s", NO_INTERFACES);
}
