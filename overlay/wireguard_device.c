/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WireGuard over generic netlink: messages written, dumps read (linux/wireguard.h says how both are cut in pieces). */
#include "overlay/wireguard_device.h"

#include "base/cleanup.h"
#include "kernel/generic.h"
#include "kernel/message.h"

#include <arpa/inet.h>
#include <linux/wireguard.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>

/* A change with eight subnets is some 500 bytes */
enum { REQUEST_SIZE = 64 * 1024, CHANGES_PER_REQUEST = 64 };

/* What is read below has the size it is read with */
static const struct nla_policy device_policy[WGDEVICE_A_MAX + 1] = {
	[WGDEVICE_A_PRIVATE_KEY] = {.minlen = WIREGUARD_KEY_SIZE, .maxlen = WIREGUARD_KEY_SIZE},
	[WGDEVICE_A_PUBLIC_KEY] = {.minlen = WIREGUARD_KEY_SIZE, .maxlen = WIREGUARD_KEY_SIZE},
	[WGDEVICE_A_LISTEN_PORT] = {.type = NLA_U16},
	[WGDEVICE_A_PEERS] = {.type = NLA_NESTED},
};
static const struct nla_policy peer_policy[WGPEER_A_MAX + 1] = {
	[WGPEER_A_PUBLIC_KEY] = {.minlen = WIREGUARD_KEY_SIZE, .maxlen = WIREGUARD_KEY_SIZE},
	[WGPEER_A_ENDPOINT] = {.minlen = sizeof(struct sockaddr_in)},
	[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL] = {.type = NLA_U16},
	[WGPEER_A_ALLOWEDIPS] = {.type = NLA_NESTED},
};
static const struct nla_policy allowed_policy[WGALLOWEDIP_A_MAX + 1] = {
	[WGALLOWEDIP_A_FAMILY] = {.type = NLA_U16},
	[WGALLOWEDIP_A_IPADDR] = {.minlen = sizeof(struct in_addr), .maxlen = sizeof(struct in6_addr)},
	[WGALLOWEDIP_A_CIDR_MASK] = {.type = NLA_U8},
};

int wireguard_open(struct wireguard *wireguard, int ifindex, struct error *err)
{
	struct error attempt = ERROR_INIT;

	*wireguard = (struct wireguard){.ifindex = ifindex};
	if (rtnl_open_generic(&wireguard->generic, err) < 0)
		return -1;
	if (generic_family(wireguard->generic, WG_GENL_NAME, &wireguard->family, &attempt) == 0)
		return 0;
	if (attempt.errnum == ENOENT)
		return error_set(err, ERROR_NOT_AVAILABLE, ENOENT,
				 "wireguard tunnels cannot be made (module wireguard)");
	error_merge(err, &attempt);
	return -1;
}

void wireguard_close(struct wireguard *wireguard)
{
	rtnl_close(&wireguard->generic);
}

void wireguard_device_free(struct wireguard_device *device)
{
	explicit_bzero(device->private_key, sizeof device->private_key);
	free(device->peers);
	free(device->allowed);
	*device = (struct wireguard_device){.has_key = false};
}

/** grow() - room for one element more; doubles at powers of two. Return: the list, NULL without memory (the old one stays) */
static void *grow(void *list, size_t count, size_t size)
{
	if (count != 0 && (count & (count - 1)) != 0)
		return list;
	return reallocarray(list, count == 0 ? 1 : 2 * count, size);
}

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_KERNEL, ENOMEM, "read the wireguard device");
}

static int read_allowed(struct nlattr *nest, struct wireguard_device *device, struct error *err)
{
	struct nlattr *attributes[WGALLOWEDIP_A_MAX + 1] = {0};

	if (nla_parse_nested(attributes, WGALLOWEDIP_A_MAX, nest, allowed_policy) < 0 ||
	    !attributes[WGALLOWEDIP_A_FAMILY] || !attributes[WGALLOWEDIP_A_IPADDR] ||
	    !attributes[WGALLOWEDIP_A_CIDR_MASK])
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a subnet of a wireguard peer");
	struct prefix subnet = {.ip.family = nla_get_u16(attributes[WGALLOWEDIP_A_FAMILY]),
				.length = nla_get_u8(attributes[WGALLOWEDIP_A_CIDR_MASK])};
	struct nlattr *ip = attributes[WGALLOWEDIP_A_IPADDR];
	if ((size_t)nla_len(ip) != ip_size(subnet.ip.family))
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a subnet of a wireguard peer");
	memcpy(subnet.ip.bytes, nla_data(ip), ip_size(subnet.ip.family));
	void *list = grow(device->allowed, device->allowed_count, sizeof *device->allowed);
	if (!list)
		return no_memory(err);
	device->allowed = list;
	device->allowed[device->allowed_count++] =
		(struct wireguard_allowed){.subnet = subnet, .peer = device->peer_count - 1};
	device->peers[device->peer_count - 1].allowed_count++;
	return 0;
}

static void read_endpoint(struct nlattr *attribute, struct wireguard_peer *peer)
{
	struct sockaddr_in endpoint;

	if (!attribute)
		return;
	memcpy(&endpoint, nla_data(attribute), sizeof endpoint);
	if (endpoint.sin_family != AF_INET)
		return;
	peer->endpoint.family = AF_INET;
	memcpy(peer->endpoint.bytes, &endpoint.sin_addr, sizeof endpoint.sin_addr);
	peer->port = ntohs(endpoint.sin_port);
}

/** begin_peer() - one that had more subnets than a message holds goes on in the next one */
static int begin_peer(struct nlattr *attributes[], struct wireguard_device *device, struct error *err)
{
	struct wireguard_peer peer = {.port = 0};

	memcpy(peer.key, nla_data(attributes[WGPEER_A_PUBLIC_KEY]), sizeof peer.key);
	if (device->peer_count > 0 && memcmp(device->peers[device->peer_count - 1].key, peer.key, sizeof peer.key) == 0)
		return 0;
	read_endpoint(attributes[WGPEER_A_ENDPOINT], &peer);
	if (attributes[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL])
		peer.keepalive = nla_get_u16(attributes[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL]);
	void *list = grow(device->peers, device->peer_count, sizeof *device->peers);
	if (!list)
		return no_memory(err);
	device->peers = list;
	device->peers[device->peer_count++] = peer;
	return 0;
}

static int read_peer(struct nlattr *nest, struct wireguard_device *device, struct error *err)
{
	struct nlattr *attributes[WGPEER_A_MAX + 1] = {0}, *each;
	int left;

	if (nla_parse_nested(attributes, WGPEER_A_MAX, nest, peer_policy) < 0 || !attributes[WGPEER_A_PUBLIC_KEY])
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a wireguard peer");
	if (begin_peer(attributes, device, err) < 0)
		return -1;
	if (!attributes[WGPEER_A_ALLOWEDIPS])
		return 0;
	nla_for_each_nested(each, attributes[WGPEER_A_ALLOWEDIPS],
			    left) if (read_allowed(each, device, err) < 0) return -1;
	return 0;
}

static int read_device(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *attributes[WGDEVICE_A_MAX + 1] = {0}, *each;
	struct wireguard_device *device = into;
	int left;

	if (generic_attributes(answer, attributes, WGDEVICE_A_MAX, device_policy) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a wireguard device");
	if (attributes[WGDEVICE_A_LISTEN_PORT])
		device->port = nla_get_u16(attributes[WGDEVICE_A_LISTEN_PORT]);
	if (attributes[WGDEVICE_A_PRIVATE_KEY] && attributes[WGDEVICE_A_PUBLIC_KEY]) {
		device->has_key = true;
		memcpy(device->private_key, nla_data(attributes[WGDEVICE_A_PRIVATE_KEY]), WIREGUARD_KEY_SIZE);
		memcpy(device->public_key, nla_data(attributes[WGDEVICE_A_PUBLIC_KEY]), WIREGUARD_KEY_SIZE);
	}
	if (!attributes[WGDEVICE_A_PEERS])
		return 0;
	nla_for_each_nested(each, attributes[WGDEVICE_A_PEERS], left) if (read_peer(each, device, err) < 0) return -1;
	return 0;
}

static int compare_allowed(const void *a, const void *b)
{
	const struct prefix *left = &((const struct wireguard_allowed *)a)->subnet;
	const struct prefix *right = &((const struct wireguard_allowed *)b)->subnet;
	const int order = ip_compare(&left->ip, &right->ip);

	return order != 0 ? order : left->length - right->length;
}

struct wireguard_allowed *wireguard_find(const struct wireguard_device *device, const struct prefix *subnet)
{
	const struct wireguard_allowed wanted = {.subnet = *subnet};

	if (device->allowed_count == 0)
		return NULL;
	return bsearch(&wanted, device->allowed, device->allowed_count, sizeof wanted, compare_allowed);
}

static struct nl_msg *begin(const struct wireguard *wireguard, int flags, uint8_t command, size_t size)
{
	struct nl_msg *msg = generic_begin(wireguard->family, flags, command, WG_GENL_VERSION, size);

	return message_finish(msg, msg && nla_put_u32(msg, WGDEVICE_A_IFINDEX, (uint32_t)wireguard->ifindex) == 0);
}

/** read_once() - a list that changed while it was read is one of neither before nor after */
static int read_once(const struct wireguard *wireguard, struct wireguard_device *device, struct error *err)
{
	enum { QUESTION_SIZE = 256 };

	return rtnl_ask(wireguard->generic, begin(wireguard, NLM_F_DUMP, WG_CMD_GET_DEVICE, QUESTION_SIZE), read_device,
			device, err, "read the wireguard device");
}

int wireguard_read(const struct wireguard *wireguard, struct wireguard_device *device, struct error *err)
{
	enum { INTERRUPTED_DUMPS = 10 };
	struct error attempt = ERROR_INIT;

	*device = (struct wireguard_device){.has_key = false};
	for (int round = 0; round < INTERRUPTED_DUMPS; round++) {
		error_clear(&attempt);
		if (read_once(wireguard, device, &attempt) == 0) {
			if (device->allowed_count > 0)
				qsort(device->allowed, device->allowed_count, sizeof *device->allowed, compare_allowed);
			return 0;
		}
		wireguard_device_free(device);
		if (attempt.errnum != EINTR)
			break;
	}
	error_merge(err, &attempt);
	return -1;
}

int wireguard_set(const struct wireguard *wireguard, const uint8_t key[static WIREGUARD_KEY_SIZE], uint16_t port,
		  struct error *err)
{
	enum { SETTINGS_SIZE = 256 };
	struct nl_msg *msg = begin(wireguard, 0, WG_CMD_SET_DEVICE, SETTINGS_SIZE);

	if (msg)
		msg = message_finish(msg, nla_put(msg, WGDEVICE_A_PRIVATE_KEY, WIREGUARD_KEY_SIZE, key) == 0 &&
						  nla_put_u16(msg, WGDEVICE_A_LISTEN_PORT, port) == 0);
	return rtnl_request(wireguard->generic, msg, err, "set key and port %u of the wireguard device", port);
}

static bool put_subnet(struct nl_msg *msg, const struct prefix *subnet)
{
	struct nlattr *nest = nla_nest_start(msg, NLA_F_NESTED);

	return nest && nla_put_u16(msg, WGALLOWEDIP_A_FAMILY, subnet->ip.family) == 0 &&
	       message_put_ip(msg, WGALLOWEDIP_A_IPADDR, &subnet->ip) &&
	       nla_put_u8(msg, WGALLOWEDIP_A_CIDR_MASK, subnet->length) == 0 && nla_nest_end(msg, nest) == 0;
}

static bool put_subnets(struct nl_msg *msg, const struct wireguard_change *change)
{
	if (change->subnet_count == 0)
		return true;
	struct nlattr *nest = nla_nest_start(msg, NLA_F_NESTED | WGPEER_A_ALLOWEDIPS);
	bool whole = nest != NULL;
	for (size_t i = 0; whole && i < change->subnet_count; i++)
		whole = put_subnet(msg, &change->subnets[i]);
	return whole && nla_nest_end(msg, nest) == 0;
}

static bool put_endpoint(struct nl_msg *msg, const struct wireguard_change *change)
{
	struct sockaddr_in endpoint = {.sin_family = AF_INET, .sin_port = htons(change->port)};

	if (!change->endpoint)
		return true;
	memcpy(&endpoint.sin_addr, change->endpoint->bytes, sizeof endpoint.sin_addr);
	return nla_put(msg, WGPEER_A_ENDPOINT, sizeof endpoint, &endpoint) == 0 &&
	       nla_put_u16(msg, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, change->keepalive) == 0;
}

static bool put_change(struct nl_msg *msg, const struct wireguard_change *change)
{
	struct nlattr *nest = nla_nest_start(msg, NLA_F_NESTED);

	return nest && nla_put(msg, WGPEER_A_PUBLIC_KEY, WIREGUARD_KEY_SIZE, change->key) == 0 &&
	       nla_put_u32(msg, WGPEER_A_FLAGS, change->flags) == 0 && put_endpoint(msg, change) &&
	       put_subnets(msg, change) && nla_nest_end(msg, nest) == 0;
}

static struct nl_msg *build_changes(const struct wireguard *wireguard, const struct wireguard_change changes[],
				    size_t count)
{
	struct nl_msg *msg = begin(wireguard, 0, WG_CMD_SET_DEVICE, REQUEST_SIZE);
	struct nlattr *nest = msg ? nla_nest_start(msg, NLA_F_NESTED | WGDEVICE_A_PEERS) : NULL;
	bool whole = nest != NULL;

	for (size_t i = 0; whole && i < count; i++)
		whole = put_change(msg, &changes[i]);
	return message_finish(msg, whole && nla_nest_end(msg, nest) == 0);
}

int wireguard_change(const struct wireguard *wireguard, const struct wireguard_change changes[], size_t count,
		     struct error *err)
{
	for (size_t done = 0, part; done < count; done += part) {
		part = count - done < CHANGES_PER_REQUEST ? count - done : CHANGES_PER_REQUEST;
		if (rtnl_request(wireguard->generic, build_changes(wireguard, changes + done, part), err,
				 "set peers %zu to %zu of the wireguard device", done + 1, done + part) < 0)
			return -1;
	}
	return 0;
}
