/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key "overlay" of the configuration. */
#include "conf/overlay_config.h"

#include "conf/network.h"
#include "conf/overlay_peers.h"

#include <stdio.h>
#include <string.h>

enum { DEFAULT_TTL = 64, MAX_TTL = 255, MAX_VNI = (1 << 24) - 1 };

static const char AUTO[] = "auto";

static const char *const keys[] = {"kind",  "local",	 "device",     "network",   "ttl",
				   "mtu",   "port",	 "vni",	       "keepalive", "privateKeyFile",
				   "peers", "peersFile", "subnetFile", "comment",   NULL};

/** read_kind() - "auto": ipip where a tunnel is needed at all; the choice is made when all subnets are known */
static int read_kind(struct overlay *overlay, const struct field *object, const char *otherwise, struct error *err)
{
	const char *word = "";

	if (field_text(object, "kind", &word, err) < 0)
		return -1;
	if (word[0] == '\0')
		word = otherwise;
	overlay->direct = strcmp(word, AUTO) == 0;
	overlay->kind = OVERLAY_IPIP;
	if (overlay->direct || overlay_kind_number(word, &overlay->kind))
		return 0;
	return error_set(err, ERROR_CONFIG, 0,
			 "%s.kind: \"%.32s\" is none of ipip, gre, sit, vxlan, wireguard, direct, auto, none",
			 object->path, word);
}

static int read_local(struct overlay *overlay, const struct field *object, struct error *err)
{
	const struct field field = field_get(object, "local");
	struct prefix prefix = {.length = 0};
	const char *text = "";

	if (!field.json)
		return 0;
	if (field_as_text(&field, &text, err) < 0)
		return -1;
	if (!(prefix_parse(text, &prefix) || ip_parse(text, &prefix.ip)) || ip_is_unspecified(&prefix.ip) ||
	    ip_is_multicast(&prefix.ip))
		return error_set(err, ERROR_CONFIG, 0, "%s: invalid IP address: %.64s", field.path, text);
	overlay->local = prefix.ip;
	overlay->local_length = prefix.length;
	return 0;
}

static int read_numbers(struct overlay *overlay, const struct field *object, struct error *err)
{
	int64_t ttl = DEFAULT_TTL, port = 0, vni = 0, keepalive = 0;

	if (field_integer(object, "ttl", 1, MAX_TTL, &ttl, err) < 0 ||
	    field_integer(object, "port", 0, UINT16_MAX, &port, err) < 0 ||
	    field_integer(object, "vni", 0, MAX_VNI, &vni, err) < 0 ||
	    field_integer(object, "keepalive", 0, UINT16_MAX, &keepalive, err) < 0 ||
	    network_mtu(&overlay->mtu, object, err) < 0 ||
	    field_copy(object, "device", overlay->device, sizeof overlay->device, err) < 0)
		return -1;
	overlay->ttl = (uint8_t)ttl;
	overlay->port = (uint16_t)port;
	overlay->vni = (uint32_t)vni;
	overlay->keepalive = (uint16_t)keepalive;
	return 0;
}

/** read_path() - "" where the key is not there */
static int read_path(const struct field *object, const char *key, char path[static OVERLAY_PATH_SIZE],
		     struct error *err)
{
	path[0] = '\0';
	if (field_copy(object, key, path, OVERLAY_PATH_SIZE, err) < 0)
		return -1;
	return path[0] == '\0' || path[0] == '/'
		       ? 0
		       : error_set(err, ERROR_CONFIG, 0, "%s.%s: \"%.128s\" is no absolute path", object->path, key,
				   path);
}

/** read_sources() - where peers and subnets are said: one of three, or the agent's file */
static int read_sources(struct overlay *overlay, const struct network *network, const struct field *object,
			struct error *err)
{
	const struct field peers = field_get(object, "peers");
	char file[OVERLAY_PATH_SIZE], subnet[OVERLAY_PATH_SIZE];

	if (read_path(object, "peersFile", file, err) < 0 || read_path(object, "subnetFile", subnet, err) < 0 ||
	    read_path(object, "privateKeyFile", overlay->private_key_file, err) < 0)
		return -1;
	if ((peers.json != NULL) + (file[0] != '\0') + (subnet[0] != '\0') > 1)
		return error_set(err, ERROR_CONFIG, 0, "%s: peers, peersFile and subnetFile exclude each other",
				 object->path);
	overlay->ready = true;
	if (peers.json)
		return overlay_peers_read(overlay, &peers, PEERS_WISHED, err);
	if (subnet[0])
		return overlay_read_subnet_file(overlay, subnet, err);
	if (file[0])
		return overlay_read_peers_file(overlay, file, err);
	char agents[sizeof network->data_dir + sizeof network->name + 8];
	(void)snprintf(agents, sizeof agents, "%s/%s/peers", network->data_dir, network->name);
	return overlay_read_peers_file(overlay, agents, err);
}

static bool has_ipv6(const struct overlay *overlay)
{
	for (size_t i = 0; i < overlay->subnet_count; i++)
		if (overlay->subnets[i].ip.family == AF_INET6)
			return true;
	for (size_t i = 0; i < overlay->peer_count; i++)
		for (size_t j = 0; j < overlay->peers[i].subnet_count; j++)
			if (overlay->peers[i].subnets[j].ip.family == AF_INET6)
				return true;
	return overlay_network(overlay, AF_INET6) != NULL;
}

/** check_subnet() - what this kind can carry to this host */
static int check_subnet(const struct overlay *overlay, const struct overlay_peer *peer, const struct prefix *subnet,
			size_t index, struct error *err)
{
	const struct prefix *network = overlay_network(overlay, subnet->ip.family);
	char text[PREFIX_TEXT_SIZE], outer[PREFIX_TEXT_SIZE];
	const char *why = NULL;

	if (network && !prefix_contains(network, subnet))
		return error_set(err, ERROR_CONFIG, 0, "overlay.peers[%zu]: %s is not in network %s", index,
				 prefix_format(subnet, text), prefix_format(network, outer));
	if (overlay->kind == OVERLAY_IPIP && subnet->ip.family == AF_INET6)
		why = "ipip carries IPv4 only (sit carries both)";
	else if (overlay->kind == OVERLAY_DIRECT && subnet->ip.family != peer->host.family)
		why = "without a tunnel a subnet is of its host's family";
	return why ? error_set(err, ERROR_CONFIG, 0, "overlay.peers[%zu]: %s: %s", index, prefix_format(subnet, text),
			       why)
		   : 0;
}

static int check_peer(const struct overlay *overlay, const struct overlay_peer *peer, size_t index, struct error *err)
{
	char text[IP_TEXT_SIZE];

	if (overlay->kind != OVERLAY_DIRECT && !overlay->direct && peer->host.family != AF_INET)
		return error_set(err, ERROR_CONFIG, 0, "overlay.peers[%zu].host: %s: tunnels lead over IPv4", index,
				 ip_format(&peer->host, text));
	if (peer->point_to_point && (overlay->kind == OVERLAY_DIRECT || overlay->direct))
		return error_set(err, ERROR_CONFIG, 0,
				 "overlay.peers[%zu].pointToPoint: kind %s has no device of its own for a peer", index,
				 overlay->direct ? AUTO : overlay_kind_name(overlay->kind));
	for (size_t i = 0; i < peer->subnet_count; i++)
		if (check_subnet(overlay, peer, &peer->subnets[i], index, err) < 0)
			return -1;
	return 0;
}

static int complete(struct overlay *overlay, struct error *err)
{
	if (overlay->direct && has_ipv6(overlay))
		overlay->kind = OVERLAY_SIT;
	for (size_t i = 0; i < overlay->peer_count; i++)
		if (check_peer(overlay, &overlay->peers[i], i, err) < 0)
			return -1;
	overlay->hash = overlay_hash(overlay);
	return 0;
}

int overlay_config_read(struct network *network, const struct field *root, struct error *err)
{
	struct field object;

	if (field_object(root, "overlay", &object, err) < 0 || !object.json)
		return object.json ? -1 : 0;
	struct overlay *overlay = network->overlay = overlay_new(err);
	const struct field supernet = field_get(&object, "network");
	const char *otherwise = field_get(&object, "subnetFile").json ? overlay_kind_name(OVERLAY_NONE) : AUTO;
	if (!overlay || field_only(&object, keys, err) < 0 || read_kind(overlay, &object, otherwise, err) < 0 ||
	    read_local(overlay, &object, err) < 0 || read_numbers(overlay, &object, err) < 0 ||
	    read_sources(overlay, network, &object, err) < 0)
		return -1;
	if (supernet.json && overlay_networks_read(overlay, &supernet, err) < 0)
		return -1;
	return complete(overlay, err);
}

int overlay_require_ready(const struct overlay *overlay, enum command command, struct error *err)
{
	if (!overlay || overlay->ready || command == COMMAND_CHECK)
		return 0;
	return error_set(err, command == COMMAND_STATUS ? ERROR_NOT_AVAILABLE : ERROR_TRY_AGAIN, 0,
			 "overlay: this host has no subnet yet: %s", overlay->reason);
}

int overlay_check_own(const struct overlay *overlay, const struct address_pool *pool, struct error *err)
{
	char theirs[PREFIX_TEXT_SIZE], ours[PREFIX_TEXT_SIZE];

	for (size_t i = 0; i < overlay->peer_count; i++)
		for (size_t j = 0; j < overlay->peers[i].subnet_count; j++)
			for (size_t k = 0; k < pool->set_count; k++) {
				const struct prefix *own = &pool->sets[k].ranges[0].subnet;
				const struct prefix *other = &overlay->peers[i].subnets[j];

				if (prefix_overlaps(own, other))
					return error_set(err, ERROR_CONFIG, 0,
							 "overlay.peers[%zu].subnets[%zu]: %s overlaps with this "
							 "host's own %s",
							 i, j, prefix_format(other, theirs), prefix_format(own, ours));
			}
	return 0;
}

static int append(struct attachment *wish, const struct prefix *destination, struct error *err)
{
	if (!ip_is_set(&destination->ip))
		return 0;
	for (size_t i = 0; i < wish->exclusion_count; i++)
		if (prefix_contains(&wish->exclusions[i], destination))
			return 0;
	if (wish->exclusion_count == MAX_EXCLUSIONS)
		return error_set(err, ERROR_CONFIG, 0,
				 "overlay.network: is needed where peers have more than %d subnets", MAX_EXCLUSIONS);
	wish->exclusions[wish->exclusion_count++] = *destination;
	return 0;
}

int overlay_exclude(struct attachment *wish, struct error *err)
{
	const struct overlay *overlay = wish->overlay;

	for (size_t i = 0; i < OVERLAY_FAMILIES; i++)
		if (append(wish, &overlay->networks[i], err) < 0)
			return -1;
	for (size_t i = 0; i < overlay->peer_count; i++)
		for (size_t j = 0; j < overlay->peers[i].subnet_count; j++) {
			const struct prefix *subnet = &overlay->peers[i].subnets[j];

			if (!overlay_network(overlay, subnet->ip.family) && append(wish, subnet, err) < 0)
				return -1;
		}
	return 0;
}
