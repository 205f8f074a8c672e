/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bridge itself. Its gateway addresses are a row of their own (link/bridge_gateway.c): a delegate names them late. */
#include "link/bridge.h"

#include "conf/bridged.h"
#include "conf/marks.h"
#include "kernel/sysctl.h"
#include "link/bridge_messages.h"
#include "link/delete.h"
#include "link/mtu.h"

#include <string.h>

static const char NO_VLANS[] = "bridges of this kernel know no VLANs (CONFIG_BRIDGE_VLAN_FILTERING)";

/* What nobody hears it need not say, either, until there is a gateway on it (link/bridge_gateway.c turns IPv6 on). That no
 * router advertisement of a container reaches the host (CVE-2020-10749) is for good */
static const struct sysctl SILENT[] = {
	{"ipv6/conf/%s", "accept_ra", "0", true},
	{"ipv6/conf/%s", "disable_ipv6", "1", true},
};

enum { SILENT_COUNT = sizeof SILENT / sizeof *SILENT, LASTING_COUNT = 1 };

int bridge_raise(const struct link_state *device, struct rtnl *host, struct error *err)
{
	if (device->group == BRIDGE_GROUP && sysctl_ensure(SILENT, SILENT_COUNT, device->name, err) < 0)
		return -1;
	return link_set_up(host, device->ifindex, true, err);
}

int bridge_verify_silence(const struct link_state *device, struct error *err)
{
	return device->group == BRIDGE_GROUP ? sysctl_verify(SILENT, LASTING_COUNT, device->name, err) : 0;
}

/** count_marks() - how many of the two marks of ours a bridge has */
static unsigned count_marks(const struct link_state *bridge)
{
	uint8_t mac[MAC_LENGTH];

	bridge_mac(bridge->name, mac);
	return (bridge->group == BRIDGE_GROUP ? 1U : 0U) + (memcmp(bridge->mac, mac, MAC_LENGTH) == 0 ? 1U : 0U);
}

int bridge_find(const struct attachment *want, struct rtnl *host, struct link_state *bridge, bool *ours,
		struct error *err)
{
	bool exists;

	if (link_query(host, want->bridge.name, bridge, &exists, err) < 0)
		return -1;
	if (!exists)
		*bridge = (struct link_state){.ifindex = 0};
	*ours = exists && strcmp(bridge->kind, "bridge") == 0 && count_marks(bridge) > 0;
	return 0;
}

static int make(struct attachment *want, struct rtnl *host, struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (want->mtu == 0 && mtu_of_uplink(host, want, &want->mtu, err) < 0)
		return -1;
	int status = rtnl_request(host, bridge_build(&want->bridge, want->mtu), &refusal, "add bridge %s",
				  want->bridge.name);
	if (status < 0 && refusal.errnum == EOPNOTSUPP && bridge_filters_vlans(&want->bridge))
		return error_set(err, ERROR_NOT_AVAILABLE, EOPNOTSUPP, "add bridge %s with VLANs: %s",
				 want->bridge.name, NO_VLANS);
	if (status == 0 || refusal.errnum == EEXIST) /* EEXIST: somebody else was faster */
		return 0;
	error_merge(err, &refusal);
	return -1;
}

/** check() - whether what has the name can serve */
static int check(const struct attachment *want, const struct link_state *bridge, struct error *err)
{
	if (strcmp(bridge->kind, "bridge") != 0)
		return error_set(err, ERROR_INTERFACE_EXISTS, EEXIST, "\"%s\" already exists but is not a bridge",
				 want->bridge.name);
	if (bridge_filters_vlans(&want->bridge) && !bridge->filters_vlans)
		return error_set(err, ERROR_CONFIG, 0,
				 "vlan: bridge %s exists and does not filter VLANs (ip link set %s type bridge "
				 "vlan_filtering 1)",
				 want->bridge.name, want->bridge.name);
	return 0;
}

static int make_and_raise(struct attachment *want, struct rtnl *host, struct link_state *bridge, struct error *err)
{
	bool ours;

	if (bridge_find(want, host, bridge, &ours, err) < 0)
		return -1;
	if (!bridge->ifindex && (make(want, host, err) < 0 || bridge_find(want, host, bridge, &ours, err) < 0))
		return -1;
	if (!bridge->ifindex)
		return error_set(err, ERROR_KERNEL, ENODEV, "bridge %s vanished", want->bridge.name);
	if (check(want, bridge, err) < 0)
		return -1;
	return bridge->flags & IFF_UP ? 0 : bridge_raise(bridge, host, err);
}

/** find_up() - in a section where there is something to do: whoever finds the bridge up finds it as it shall be */
static int find_up(struct attachment *want, struct store *store, struct rtnl *host, struct link_state *bridge,
		   struct error *err)
{
	bool ours;

	if (bridge_find(want, host, bridge, &ours, err) < 0)
		return -1;
	if (bridge->ifindex && (bridge->flags & IFF_UP || strcmp(bridge->kind, "bridge") != 0))
		return check(want, bridge, err);
	if (store_begin(store, err) < 0)
		return -1;
	int status = make_and_raise(want, host, bridge, err);
	store_end(store);
	return status;
}

int bridge_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct rtnl *host = kernel->host;
	struct link_state bridge;

	if (find_up(want, store, host, &bridge, err) < 0)
		return -1;
	want->bridge.ifindex = bridge.ifindex;
	memcpy(want->bridge.mac, bridge.mac, MAC_LENGTH);
	want->bridge.mtu = bridge.mtu;
	if (want->mtu == 0)
		want->mtu = bridge.mtu;
	if (!bridge_has(want, BRIDGE_PROMISCUOUS) || bridge.flags & IFF_PROMISC)
		return 0;
	return rtnl_request(host, bridge_build_promiscuous(bridge.ifindex), err, "make bridge %s promiscuous",
			    want->bridge.name);
}

int bridge_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const char *name = want->bridge.name;
	struct link_state bridge;
	bool ours;

	(void)store;
	if (bridge_find(want, kernel->host, &bridge, &ours, err) < 0)
		return -1;
	if (!bridge.ifindex)
		return error_set(err, ERROR_DRIFT, 0, "bridge %s is missing", name);
	if (strcmp(bridge.kind, "bridge") != 0)
		return error_set(err, ERROR_DRIFT, 0, "%s is not a bridge", name);
	if (count_marks(&bridge) == 1)
		return error_set(err, ERROR_DRIFT, 0, "bridge %s has another MAC or group than we gave it", name);
	if (!(bridge.flags & IFF_UP))
		return error_set(err, ERROR_DRIFT, 0, "bridge %s is down", name);
	if (bridge_has(want, BRIDGE_PROMISCUOUS) && !(bridge.flags & IFF_PROMISC))
		return error_set(err, ERROR_DRIFT, 0, "bridge %s is not promiscuous", name);
	if (bridge_filters_vlans(&want->bridge) && !bridge.filters_vlans)
		return error_set(err, ERROR_DRIFT, 0, "bridge %s does not filter VLANs", name);
	return bridge_verify_silence(&bridge, err);
}

int bridge_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	char name[USE_NAME_SIZE];
	struct link_state bridge;
	bool last, ours;

	if (want->bridge.name[0] == '\0')
		return 0; /* no record: nobody knows which one it was */
	if (use_is_last(store, use_name_bridge(want, name), &want->id, &last, err) < 0)
		return -1;
	if (!last)
		return 0;
	if (bridge_find(want, kernel->host, &bridge, &ours, err) < 0)
		return -1;
	return ours ? link_delete(kernel, &bridge, err) : 0;
}

int bridge_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct link_state bridge;
	bool ours;

	(void)store;
	(void)rtnl_request(kernel->host, bridge_build_probe(), &refusal, "try to add a bridge");
	if (refusal.errnum == EINVAL && bridge_filters_vlans(&want->bridge))
		return error_set(err, ERROR_NOT_AVAILABLE, EOPNOTSUPP, "%s", NO_VLANS);
	if (refusal.errnum != EINVAL && refusal.errnum != EPROTONOSUPPORT)
		return error_set(err, ERROR_NOT_AVAILABLE, refusal.errnum, "bridges cannot be made (module bridge)");
	if (bridge_find(want, kernel->host, &bridge, &ours, err) < 0)
		return -1;
	return bridge.ifindex ? check(want, &bridge, err) : 0;
}
