/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wireguard: encrypted packets in UDP, between hosts that know each other by their keys. */
#include "overlay/wireguard.h"

#include "base/cleanup.h"
#include "kernel/message.h"
#include "link/route_list.h"
#include "overlay/kind.h"
#include "overlay/wireguard_device.h"
#include "overlay/wireguard_key.h"

#include <linux/rtnetlink.h>
#include <linux/wireguard.h>
#include <stdlib.h>
#include <string.h>

enum { WIREGUARD_PORT = 51820 }; /* of the documentation and of wg-quick; IANA has none */

/**
 * Whoever gives his subnets to this peer and then removes it has taken them away from the others without leaving those
 * without any for a moment, as WGPEER_F_REPLACE_ALLOWEDIPS does (drivers/net/wireguard/netlink.c, set_peer). The key is
 * the base point (RFC 7748, section 4.1): a valid one that nobody has.
 */
static const uint8_t nobody[WIREGUARD_KEY_SIZE] = {9};

static int put(struct nl_msg *msg, const struct overlay *overlay, const struct overlay_peer *peer, bool change)
{
	(void)msg;
	(void)overlay;
	(void)peer;
	(void)change;
	return 0;
}

/** same() - such a link has nothing in its IFLA_INFO_DATA; what it has is told over generic netlink */
static bool same(const struct overlay *overlay, const struct overlay_peer *peer, struct nlattr *data)
{
	(void)overlay;
	(void)peer;
	(void)data;
	return true;
}

/** next_hop() - the device looks for the peer by what is inside */
static struct next_hop next_hop(const struct overlay_peer *peer, sa_family_t family)
{
	(void)peer;
	(void)family;
	return (struct next_hop){.onlink = false};
}

static uint16_t port_or_usual(uint16_t port)
{
	return port ? port : WIREGUARD_PORT;
}

/** port_of() - where a peer listens: as it says, else as we do */
static uint16_t port_of(const struct overlay *overlay, const struct overlay_peer *peer)
{
	return port_or_usual(peer->port ? peer->port : overlay->port);
}

/** struct session - a device that is talked to, and what it said */
struct session {
	struct wireguard wireguard;
	struct wireguard_device device;
};

static void session_close(struct session *session)
{
	wireguard_device_free(&session->device);
	wireguard_close(&session->wireguard);
}

/** session_open() - call session_close() also after a failure */
static int session_open(struct session *session, int ifindex, struct error *err)
{
	*session = (struct session){.wireguard.ifindex = ifindex};
	if (wireguard_open(&session->wireguard, ifindex, err) < 0)
		return -1;
	return wireguard_read(&session->wireguard, &session->device, err);
}

static int read_again(struct session *session, struct error *err)
{
	wireguard_device_free(&session->device);
	return wireguard_read(&session->wireguard, &session->device, err);
}

static bool is_key(const uint8_t a[static WIREGUARD_KEY_SIZE], const uint8_t b[static WIREGUARD_KEY_SIZE])
{
	return memcmp(a, b, WIREGUARD_KEY_SIZE) == 0;
}

/** is_allowed() - whether all that is behind a peer is with its key; *@known is what the device has of it, NULL: nothing */
static bool is_allowed(const struct wireguard_device *device, const struct overlay_peer *peer,
		       const struct wireguard_peer **known)
{
	*known = NULL;
	for (size_t i = 0; i < peer->subnet_count; i++) {
		const struct wireguard_allowed *allowed = wireguard_find(device, &peer->subnets[i]);
		if (!allowed || !is_key(device->peers[allowed->peer].key, peer->public_key))
			return false;
		*known = &device->peers[allowed->peer];
	}
	return true;
}

/** needs_change() - an address that the kernel learned from the peer's own packets is put back only when something else is */
static bool needs_change(const struct wireguard_device *device, const struct overlay *overlay,
			 const struct overlay_peer *peer)
{
	const struct wireguard_peer *known = NULL;

	if (peer->subnet_count == 0)
		return false;
	return !is_allowed(device, peer, &known) || !known || !ip_equal(&known->endpoint, &peer->host) ||
	       known->port != port_of(overlay, peer) || known->keepalive != overlay->keepalive;
}

/** sweep() - peers that nothing is behind any more: their subnets went to others, or were taken away */
static int sweep(struct session *session, struct error *err)
{
	size_t count = 0;

	if (read_again(session, err) < 0)
		return -1;
	AUTO_FREE struct wireguard_change *changes = calloc(session->device.peer_count + 1, sizeof *changes);
	if (!changes)
		return error_set(err, ERROR_KERNEL, ENOMEM, "remove wireguard peers");
	for (size_t i = 0; i < session->device.peer_count; i++)
		if (session->device.peers[i].allowed_count == 0 || is_key(session->device.peers[i].key, nobody))
			changes[count++] = (struct wireguard_change){.key = session->device.peers[i].key,
								     .flags = WGPEER_F_REMOVE_ME};
	return wireguard_change(&session->wireguard, changes, count, err);
}

/** identify() - the device gets this host's key and port, where it has others */
static int identify(struct session *session, const struct overlay *overlay, struct error *err)
{
	const struct wireguard_device *device = &session->device;
	const uint16_t port = port_or_usual(overlay->port);
	uint8_t key[WIREGUARD_KEY_SIZE];

	if (wireguard_private_key(overlay, device->has_key ? device->private_key : NULL, key, err) < 0)
		return -1;
	int status = 0;
	if (!device->has_key || !is_key(device->private_key, key) || device->port != port)
		status = wireguard_set(&session->wireguard, key, port, err);
	explicit_bzero(key, sizeof key);
	return status;
}

static int join(struct kernel *kernel, int ifindex, const struct overlay *overlay, const struct overlay_peer peers[],
		size_t count, struct error *err)
{
	CLEANUP(session_close) struct session session;
	size_t changed = 0;
	char text[IP_TEXT_SIZE];

	(void)kernel;
	if (session_open(&session, ifindex, err) < 0 || identify(&session, overlay, err) < 0)
		return -1;
	AUTO_FREE struct wireguard_change *changes = calloc(count + 1, sizeof *changes);
	if (!changes)
		return error_set(err, ERROR_KERNEL, ENOMEM, "set wireguard peers");
	for (size_t i = 0; i < count; i++) {
		if (peers[i].leaving)
			continue;
		if (!peers[i].has_key)
			error_warn(err, "wireguard: peer %s has no public key yet and is not reached",
				   ip_format(&peers[i].host, text));
		else if (needs_change(&session.device, overlay, &peers[i]))
			changes[changed++] = (struct wireguard_change){.key = peers[i].public_key,
								       .endpoint = &peers[i].host,
								       .port = port_of(overlay, &peers[i]),
								       .keepalive = overlay->keepalive,
								       .subnets = peers[i].subnets,
								       .subnet_count = peers[i].subnet_count};
	}
	if (changed == 0)
		return 0;
	return wireguard_change(&session.wireguard, changes, changed, err) < 0 ? -1 : sweep(&session, err);
}

/** see_route() - whom a route through the device leads to is still a peer of some network */
static int see_route(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *attributes[RTA_MAX + 1] = {0};
	const struct rtmsg *header = nlmsg_data(answer);
	struct prefix subnet = {.ip.family = header->rtm_family, .length = header->rtm_dst_len};

	if (answer->nlmsg_type != RTM_NEWROUTE || nlmsg_parse(answer, sizeof *header, attributes, RTA_MAX, NULL) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a route");
	if (!attributes[RTA_DST] || (size_t)nla_len(attributes[RTA_DST]) != ip_size(subnet.ip.family))
		return 0;
	memcpy(subnet.ip.bytes, nla_data(attributes[RTA_DST]), ip_size(subnet.ip.family));
	struct wireguard_allowed *allowed = wireguard_find(into, &subnet);
	if (allowed)
		allowed->routed = true;
	return 0;
}

/** take_away() - the subnets of one who leaves; @subnets has room for all of them. Return: how many */
static size_t take_away(const struct wireguard_device *device, const struct overlay_peer *peer,
			struct prefix subnets[static MAX_PEER_SUBNETS])
{
	size_t count = 0;

	for (size_t i = 0; i < peer->subnet_count; i++) {
		const struct wireguard_allowed *allowed = wireguard_find(device, &peer->subnets[i]);
		if (allowed && !allowed->routed && is_key(device->peers[allowed->peer].key, peer->public_key))
			subnets[count++] = peer->subnets[i];
	}
	return count;
}

static int part(struct kernel *kernel, int ifindex, const struct overlay *overlay, const struct overlay_peer peers[],
		size_t count, struct error *err)
{
	CLEANUP(session_close) struct session session;
	size_t changed = 0;

	(void)overlay;
	if (session_open(&session, ifindex, err) < 0 ||
	    routes_of_device(kernel->host, ifindex, see_route, &session.device, err) < 0)
		return -1;
	AUTO_FREE struct wireguard_change *changes = calloc(count + 1, sizeof *changes);
	AUTO_FREE struct prefix(*subnets)[MAX_PEER_SUBNETS] = calloc(count + 1, sizeof *subnets);
	if (!changes || !subnets)
		return error_set(err, ERROR_KERNEL, ENOMEM, "remove wireguard peers");
	for (size_t i = 0; i < count; i++) {
		const size_t taken = peers[i].has_key ? take_away(&session.device, &peers[i], subnets[i]) : 0;
		if (taken > 0)
			changes[changed++] =
				(struct wireguard_change){.key = nobody, .subnets = subnets[i], .subnet_count = taken};
	}
	if (wireguard_change(&session.wireguard, changes, changed, err) < 0)
		return -1;
	return sweep(&session, err);
}

static int same_identity(const struct wireguard_device *device, const struct overlay *overlay, struct error *err)
{
	uint8_t key[WIREGUARD_KEY_SIZE];
	bool exists;

	if (wireguard_recall_key(overlay, &exists, key, err) < 0)
		return -1;
	const bool equal = exists && device->has_key && is_key(device->private_key, key);
	explicit_bzero(key, sizeof key);
	if (!equal)
		return error_set(err, ERROR_DRIFT, 0, "the wireguard interface has another private key than its file");
	if (device->port != port_or_usual(overlay->port))
		return error_set(err, ERROR_DRIFT, 0, "the wireguard interface has port %u, expected %u", device->port,
				 port_or_usual(overlay->port));
	return 0;
}

static int joined(struct kernel *kernel, int ifindex, const struct overlay *overlay, const struct overlay_peer peers[],
		  size_t count, struct error *err)
{
	CLEANUP(session_close) struct session session;
	const struct wireguard_peer *known;
	char text[IP_TEXT_SIZE];

	(void)kernel;
	if (session_open(&session, ifindex, err) < 0 || same_identity(&session.device, overlay, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (peers[i].leaving || !peers[i].has_key)
			continue;
		if (!is_allowed(&session.device, &peers[i], &known))
			return error_set(err, ERROR_DRIFT, 0, "wireguard peer %s is missing or lacks a subnet",
					 ip_format(&peers[i].host, text));
		if (known && known->keepalive != overlay->keepalive)
			return error_set(err, ERROR_DRIFT, 0, "wireguard peer %s has another keepalive",
					 ip_format(&peers[i].host, text));
	}
	return 0;
}

int wireguard_public_key(int ifindex, uint8_t key[static WIREGUARD_KEY_SIZE], struct error *err)
{
	CLEANUP(session_close) struct session session;

	if (session_open(&session, ifindex, err) < 0)
		return -1;
	if (!session.device.has_key)
		return error_set(err, ERROR_NOT_AVAILABLE, 0, "the wireguard interface has no key yet");
	memcpy(key, session.device.public_key, WIREGUARD_KEY_SIZE);
	return 0;
}

const struct tunnel_kind tunnel_wireguard = {
	.name = "wireguard",
	.link_kind = "wireguard",
	.module = "wireguard",
	/* RFC 791 without options, RFC 768, type to counter and tag of a data message (drivers/net/wireguard/messages.h);
	   padding to 16 bytes ends at the MTU (drivers/net/wireguard/send.c, calculate_skb_padding) */
	.overhead = 20 + 8 + 16 + 16,
	.carries_ipv4 = true,
	.carries_ipv6 = true,
	.put = put,
	.same = same,
	.next_hop = next_hop,
	.join = join,
	.part = part,
	.joined = joined,
};
