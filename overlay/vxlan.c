/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vxlan: Ethernet frames in UDP (RFC 7348), to hosts and MACs that are all known beforehand: nothing is asked or learned. */
#include "overlay/kind.h"
#include "overlay/link_data.h"
#include "overlay/neighbours.h"

#include "kernel/message.h"
#include "link/messages.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* RFC 7348, section 5 (the port that IANA gave); section 4: 24 bits, of which no value is special */
enum { VXLAN_PORT = 4789, VXLAN_NETWORK = 1 };

/** address_of() - locally administered, and the host: whoever knows the one knows the other */
static struct link_layer address_of(const struct ip *host)
{
	struct link_layer address = {.length = MAC_LENGTH, .bytes = {0x02, 0xca}};

	memcpy(address.bytes + 2, host->bytes, ip_size(AF_INET));
	return address;
}

static const struct neighbours_kind neighbours = {.address = address_of, .forwards = true};

static struct link_data settings_of(const struct overlay *overlay)
{
	struct link_data list = {.count = 0};

	link_data_ipv4(&list, IFLA_VXLAN_LOCAL, &overlay->local);
	link_data_u8(&list, IFLA_VXLAN_TTL, overlay->ttl);
	link_data_u8(&list, IFLA_VXLAN_TOS, TUNNEL_TOS_INHERIT);
	link_data_u8(&list, IFLA_VXLAN_DF, VXLAN_DF_SET);
	link_data_u8(&list, IFLA_VXLAN_LEARNING, 0);
	return list;
}

/** put_identity() - what a device has for life; naming its own port is refused, too (drivers/net/vxlan, vxlan_nl2conf) */
static void put_identity(struct link_data *list, const struct overlay *overlay)
{
	link_data_u32(list, IFLA_VXLAN_ID, overlay->vni ? overlay->vni : VXLAN_NETWORK);
	link_data_be16(list, IFLA_VXLAN_PORT, overlay->port ? overlay->port : VXLAN_PORT);
}

static int put(struct nl_msg *msg, const struct overlay *overlay, const struct overlay_peer *peer, bool change)
{
	struct link_data list = settings_of(overlay);

	(void)peer;
	if (!change)
		put_identity(&list, overlay);
	return link_data_put(msg, &list);
}

static bool same(const struct overlay *overlay, const struct overlay_peer *peer, struct nlattr *data)
{
	struct link_data list = settings_of(overlay);

	(void)peer;
	put_identity(&list, overlay);
	return link_data_same(&list, data);
}

/** has_address() - whether the device has the MAC that the other hosts take it to have */
static int has_address(struct rtnl *rtnl, int ifindex, const struct link_layer *address, bool *has, struct error *err)
{
	struct link_state state;
	bool exists;

	if (link_query_index(rtnl, ifindex, &state, &exists, err) < 0)
		return -1;
	*has = exists && memcmp(state.mac, address->bytes, MAC_LENGTH) == 0;
	return 0;
}

/** set_address() - only where it has another: with it the kernel forgets all neighbours (net/ipv4/arp.c, arp_netdev_event) */
static int set_address(struct rtnl *rtnl, int ifindex, const struct ip *local, struct error *err)
{
	const struct ifinfomsg header = {.ifi_index = ifindex};
	const struct link_layer address = address_of(local);
	bool has;

	if (has_address(rtnl, ifindex, &address, &has, err) < 0)
		return -1;
	if (has)
		return 0;
	struct nl_msg *msg = message_begin(RTM_NEWLINK, 0, &header, sizeof header);
	if (msg)
		msg = message_finish(msg, nla_put(msg, IFLA_ADDRESS, address.length, address.bytes) == 0);
	return rtnl_request(rtnl, msg, err, "set MAC of the vxlan interface");
}

static int join(struct kernel *kernel, int ifindex, const struct overlay *overlay, const struct overlay_peer peers[],
		size_t count, struct error *err)
{
	if (set_address(kernel->host, ifindex, &overlay->local, err) < 0)
		return -1;
	return neighbours_join(&neighbours, kernel->host, ifindex, peers, count, err);
}

static int part(struct kernel *kernel, int ifindex, const struct overlay *overlay, const struct overlay_peer peers[],
		size_t count, struct error *err)
{
	(void)overlay;
	return neighbours_part(&neighbours, kernel->host, ifindex, peers, count, err);
}

static int joined(struct kernel *kernel, int ifindex, const struct overlay *overlay, const struct overlay_peer peers[],
		  size_t count, struct error *err)
{
	const struct link_layer address = address_of(&overlay->local);
	bool has;

	if (has_address(kernel->host, ifindex, &address, &has, err) < 0)
		return -1;
	if (!has)
		return error_set(err, ERROR_DRIFT, 0, "the vxlan interface has another MAC than its peers expect");
	return neighbours_joined(&neighbours, kernel->host, ifindex, peers, count, err);
}

const struct tunnel_kind tunnel_vxlan = {
	.name = "vxlan",
	.link_kind = "vxlan",
	.module = "vxlan",
	.overhead = 20 + 8 + 8 + 14, /* RFC 791 without options, RFC 768, RFC 7348, Ethernet without VLAN */
	.carries_ipv4 = true,
	.carries_ipv6 = true,
	.put = put,
	.same = same,
	.next_hop = neighbours_next_hop,
	.join = join,
	.part = part,
	.joined = joined,
};
