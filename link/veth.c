/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The veth pair. Ownership is name, group and MAC together: none of the three alone would prove it. */
#include "link/veth.h"

#include "conf/marks.h"
#include "kernel/link_message.h"
#include "kernel/lookup.h"
#include "link/delete.h"
#include "link/messages.h"
#include "link/mtu.h"
#include "link/recorded_netns.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

enum { NAME_ATTEMPTS = 4, IMPOSSIBLE_MTU = 0xffffff };

/** has_marks() - every mark that we gave it */
static bool has_marks(const struct link_state *state, const struct attachment *want)
{
	return state->group == HOST_END_GROUP && memcmp(state->mac, want->host_mac, MAC_LENGTH) == 0;
}

/** has_a_mark() - one mark at least: somebody may have changed the other */
static bool has_a_mark(const struct link_state *state, const struct attachment *want)
{
	return state->group == HOST_END_GROUP || memcmp(state->mac, want->host_mac, MAC_LENGTH) == 0;
}

/** peer_flags() - what the configuration says of the container's end; unlike IFF_UP these are taken at once */
static unsigned peer_flags(const struct container_settings *settings)
{
	return (settings->promisc ? IFF_PROMISC : 0U) | (settings->allmulti ? IFF_ALLMULTI : 0U);
}

/**
 * build_pair() - both ends in one RTM_NEWLINK
 *
 * MACs are set here and not later: an end created with a MAC has addr_assign_type "set", which udev
 * leaves alone. IFF_UP on the peer would be refused (ENOTCONN: its open wants the other end).
 */
static struct nl_msg *build_pair(const struct attachment *want, int netns)
{
	/* Each queueing discipline that an interface gets while it is up makes the kernel wait for all who may be using it */
	const unsigned up = bandwidth_is_limited(&want->bandwidth) ? 0 : IFF_UP;
	const struct link_wish peer = {.name = attachment_container_end(want),
				       .mac = want->mac,
				       .mtu = want->mtu,
				       .netns = netns,
				       .queue_length =
					       want->settings.sizes_queue ? &want->settings.tx_queue_length : NULL,
				       .flags = peer_flags(&want->settings),
				       .flag_mask = peer_flags(&want->settings)};

	return link_message_new(&(struct link_wish){.name = want->host_ifname,
						    .mac = want->host_mac,
						    .mtu = want->mtu,
						    .group = HOST_END_GROUP,
						    .master = want->bridge.ifindex ? &want->bridge.ifindex : NULL,
						    .flags = up,
						    .flag_mask = up,
						    .kind = "veth",
						    .peer = &peer});
}

/** resolve_conflict() - after EEXIST: whose name was taken? 0 when it is worth trying again */
static int resolve_conflict(struct attachment *want, unsigned attempt, struct store *store, struct kernel *kernel,
			    struct error *err)
{
	struct link_state holder;
	bool exists;

	if (link_query(kernel->host, want->host_ifname, &holder, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_INTERFACE_EXISTS, EEXIST,
				 "container veth name (\"%s\") peer provided (\"%s\") already exists",
				 attachment_container_end(want), want->host_ifname);
	if (has_a_mark(&holder, want))
		return link_delete(kernel, &holder, err);
	if (attempt >= NAME_ATTEMPTS)
		return error_set(err, ERROR_INTERFACE_EXISTS, EEXIST, "host interface %s belongs to somebody else",
				 want->host_ifname);
	attachment_derive_names(want, attempt);
	return record_update(store, want, err);
}

static int make_pair(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	for (unsigned attempt = 1;; attempt++) {
		struct error refusal = ERROR_INIT;
		if (rtnl_request(kernel->host, build_pair(want, kernel->container_netns), &refusal,
				 "add veth %s with peer %s", want->host_ifname, attachment_container_end(want)) == 0)
			return 0;
		if (refusal.errnum != EEXIST || attempt > NAME_ATTEMPTS) {
			error_merge(err, &refusal);
			return -1;
		}
		if (resolve_conflict(want, attempt, store, kernel, err) < 0)
			return -1;
	}
}

int veth_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state host;
	bool exists;

	if (want->mtu == 0 && mtu_of_uplink(kernel->host, want, &want->mtu, err) < 0)
		return -1;
	if (make_pair(want, store, kernel, err) < 0)
		return -1;
	if (link_query(kernel->host, want->host_ifname, &host, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_KERNEL, ENODEV, "veth %s vanished: is the container's namespace gone?",
				 want->host_ifname);
	want->host_ifindex = host.ifindex;
	want->container_ifindex = host.peer;
	return 0;
}

int veth_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state host;
	bool exists;

	(void)store;
	if (link_query(kernel->host, want->host_ifname, &host, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "host interface %s is missing", want->host_ifname);
	if (!has_marks(&host, want))
		return error_set(err, ERROR_DRIFT, 0, "host interface %s has another MAC or group than we gave it",
				 want->host_ifname);
	if (!(host.flags & IFF_UP))
		return error_set(err, ERROR_DRIFT, 0, "host interface %s is down", want->host_ifname);
	if (host.mtu != want->mtu)
		return error_set(err, ERROR_DRIFT, 0, "host interface %s has MTU %u, expected %u", want->host_ifname,
				 host.mtu, want->mtu);
	return 0;
}

/**
 * is_unlisted() - asked without the lock that the kernel holds while it takes a dead namespace apart, some 20 ms
 *
 * Whoever takes that lock next finds its routes gone, too: both happen while it is held once (unregister_netdevice_many).
 */
static bool is_unlisted(const char *ifname)
{
	return if_nametoindex(ifname) == 0 && errno == ENODEV;
}

int veth_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state host;
	bool exists;

	(void)store;
	if (is_unlisted(want->host_ifname))
		return 0;
	if (link_query(kernel->host, want->host_ifname, &host, &exists, err) < 0)
		return -1;
	if (!exists || !has_a_mark(&host, want))
		return 0;
	return link_delete(kernel, &host, err);
}

int veth_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct link_wish impossible = {.mtu = IMPOSSIBLE_MTU, .kind = "veth"};
	struct error refusal = ERROR_INIT;

	(void)want;
	(void)store;
	/* A kernel that knows veth refuses this MTU with EINVAL (drivers/net/veth.c, veth_validate), one that
	 * does not, and has no module to load, says EOPNOTSUPP: nothing is made either way */
	if (rtnl_request(kernel->host, link_message_new(&impossible), &refusal, "try to add a veth") == 0 ||
	    refusal.errnum == EINVAL)
		return 0;
	return error_set(err, ERROR_NOT_AVAILABLE, refusal.errnum, "veth interfaces cannot be made (module veth)");
}

/** has_host_route() - whether packets for @ip go to a container over a route that we made */
static int has_host_route(const struct ip *ip, struct rtnl *host, bool *exists, struct error *err)
{
	struct route_found found;

	if (route_lookup(host, ip, &found, err) < 0)
		return -1;
	*exists = found.type == RTN_UNICAST && found.length == ip_bits(ip->family) && found.protocol == ROUTE_PROTOCOL;
	return 0;
}

int veth_is_alive(const struct attachment *want, struct kernel *kernel, bool *alive, struct error *err)
{
	struct link_state host;
	bool exists;

	if (!(want->mode & (MODE_ROUTED | MODE_BRIDGE | MODE_TAP)))
		return recorded_netns_is_alive(want, alive, err);
	if (link_query(kernel->host, want->host_ifname, &host, &exists, err) < 0)
		return -1;
	*alive = exists;
	for (size_t i = 0; !*alive && i < want->address_count; i++)
		if (has_host_route(&want->addresses[i].ip, kernel->host, alive, err) < 0)
			return -1;
	return 0;
}
