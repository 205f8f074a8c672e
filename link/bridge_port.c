/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bridge knows of its port. */
#include "link/bridge_port.h"

#include "conf/bridged.h"
#include "kernel/sysctl.h"
#include "link/bridge_messages.h"
#include "link/messages.h"
#include "link/port_vlans.h"

/* The port hands everything to its bridge; an address of its own would only talk to the container */
static const struct sysctl PORT_SETTINGS[] = {{"ipv6/conf/%s", "disable_ipv6", "1", true}};

/** leave_default_vlan() - the one that the bridge puts all ports into */
static int leave_default_vlan(const struct attachment *want, struct rtnl *host, struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct link_state bridge;
	bool exists;

	if (link_query(host, want->bridge.name, &bridge, &exists, err) < 0)
		return -1;
	if (!exists || !bridge.default_vlan)
		return 0;
	if (rtnl_request(host, bridge_build_leave_vlan(want->host_ifindex, bridge.default_vlan, false), &refusal,
			 "take %s out of VLAN %u", want->host_ifname, bridge.default_vlan) == 0 ||
	    refusal.errnum == ENOENT)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

static int ensure_vlans(const struct attachment *want, struct rtnl *host, struct error *err)
{
	const struct bridge *bridge = &want->bridge;
	const int port = want->host_ifindex;

	if (!bridge_filters_vlans(bridge))
		return 0;
	/* first: the port may be told to be in that one, too */
	if (bridge->vlan && !bridge_has(want, BRIDGE_KEEP_VLAN) && leave_default_vlan(want, host, err) < 0)
		return -1;
	return rtnl_request(host, bridge_build_vlans(port, bridge, false), err, "put %s into its VLANs",
			    want->host_ifname);
}

int bridge_port_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const bool hairpin = bridge_has(want, BRIDGE_HAIRPIN), isolated = bridge_has(want, BRIDGE_ISOLATED);

	(void)store;
	if (sysctl_ensure(PORT_SETTINGS, sizeof PORT_SETTINGS / sizeof *PORT_SETTINGS, want->host_ifname, err) < 0)
		return -1;
	if ((hairpin || isolated) &&
	    rtnl_request(kernel->host, bridge_build_port(want->host_ifindex, hairpin, isolated), err,
			 "set hairpin mode and isolation of %s", want->host_ifname) < 0)
		return -1;
	return ensure_vlans(want, kernel->host, err);
}

/** verify_vlans() - exactly those that we put the port into, and how */
static int verify_vlans(const struct attachment *want, const struct link_state *port, uint16_t default_vlan,
			struct rtnl *host, struct error *err)
{
	bool as_wanted;

	if (!bridge_filters_vlans(&want->bridge))
		return 0;
	if (port_vlans_match(host, port->ifindex, &want->bridge, default_vlan, &as_wanted, err) < 0)
		return -1;
	return as_wanted ? 0
			 : error_set(err, ERROR_DRIFT, 0, "bridge port %s is in other VLANs than we put it into",
				     want->host_ifname);
}

int bridge_port_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state port, bridge;
	bool exists, there;

	(void)store;
	if (link_query(kernel->host, want->host_ifname, &port, &exists, err) < 0 ||
	    link_query(kernel->host, want->bridge.name, &bridge, &there, err) < 0)
		return -1;
	if (!exists || !there || port.master != bridge.ifindex)
		return error_set(err, ERROR_DRIFT, 0, "host interface %s is no port of bridge %s", want->host_ifname,
				 want->bridge.name);
	if (port.hairpin != bridge_has(want, BRIDGE_HAIRPIN))
		return error_set(err, ERROR_DRIFT, 0, "hairpin mode of bridge port %s is %s", want->host_ifname,
				 port.hairpin ? "on" : "off");
	/* a later plugin of the chain may have isolated it */
	if (bridge_has(want, BRIDGE_ISOLATED) && !port.isolated)
		return error_set(err, ERROR_DRIFT, 0, "isolation of bridge port %s is off", want->host_ifname);
	return verify_vlans(want, &port, bridge.default_vlan, kernel->host, err);
}
