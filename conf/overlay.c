/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from an overlay alone. */
#include "conf/overlay.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SALT_NAME = 1, KIND_LETTERS = 7 };

static const char *const kinds[] = {
	[OVERLAY_NONE] = "none",     [OVERLAY_IPIP] = "ipip",	[OVERLAY_GRE] = "gre",
	[OVERLAY_SIT] = "sit",	     [OVERLAY_VXLAN] = "vxlan", [OVERLAY_WIREGUARD] = "wireguard",
	[OVERLAY_DIRECT] = "direct",
};

struct overlay *overlay_new(struct error *err)
{
	struct overlay *overlay = calloc(1, sizeof *overlay);

	if (!overlay)
		(void)error_set(err, ERROR_IO, ENOMEM, "make room for an overlay");
	return overlay;
}

void overlay_clear(struct overlay *overlay)
{
	free(overlay->peers);
	overlay->peers = NULL;
	overlay->peer_count = 0;
}

void overlay_free(struct overlay **overlay)
{
	if (!*overlay)
		return;
	overlay_clear(*overlay);
	free(*overlay);
	*overlay = NULL;
}

const char *overlay_kind_name(enum overlay_kind kind)
{
	return kinds[kind];
}

bool overlay_kind_number(const char *name, enum overlay_kind *kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i], name) == 0) {
			*kind = (enum overlay_kind)i;
			return true;
		}
	return false;
}

/** hash_bytes() - hash_text() of anything */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
	for (const uint8_t *byte = bytes; length > 0; length--)
		hash = (hash ^ *byte++) * 0x100000001b3; /* FNV-1a */
	return hash;
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
	return hash_bytes(hash, &number, sizeof number);
}

/** hash_ip() - with a byte that goes with it: an address is as long as its family says */
static uint64_t hash_ip(uint64_t hash, const struct ip *ip, uint8_t with)
{
	const uint8_t begin[] = {(uint8_t)ip->family, with};

	return hash_bytes(hash_bytes(hash, begin, sizeof begin), ip->bytes, ip_size(ip->family));
}

static uint64_t hash_peer(uint64_t hash, const struct overlay_peer *peer)
{
	const uint8_t flags = (uint8_t)(peer->point_to_point | peer->has_key << 1);

	hash = hash_ip(hash, &peer->host, peer->host_length);
	hash = hash_bytes(hash, &flags, sizeof flags);
	if (peer->point_to_point)
		hash = hash_ip(hash_ip(hash, &peer->address, 0), &peer->peer_address, 0);
	if (peer->has_key)
		hash = hash_bytes(hash, peer->public_key, sizeof peer->public_key);
	if (peer->port)
		hash = hash_number(hash, peer->port);
	for (size_t i = 0; i < peer->subnet_count; i++)
		hash = hash_ip(hash, &peer->subnets[i].ip, peer->subnets[i].length);
	return hash;
}

uint64_t overlay_hash(const struct overlay *overlay)
{
	uint64_t hash = hash_text(hash_begin(), overlay->device);

	hash = hash_number(hash, (uint64_t)overlay->kind << 1 | overlay->direct);
	hash = hash_ip(hash, &overlay->local, overlay->local_length);
	for (size_t i = 0; i < OVERLAY_FAMILIES; i++)
		hash = hash_ip(hash, &overlay->networks[i].ip, overlay->networks[i].length);
	hash = hash_number(hash, (uint64_t)overlay->keepalive << 32 | (uint64_t)overlay->ttl << 16 | overlay->port);
	hash = hash_number(hash_text(hash, overlay->private_key_file), overlay->vni);
	hash = hash_number(hash, overlay->mtu);
	for (size_t i = 0; i < overlay->peer_count; i++)
		hash = hash_peer(hash, &overlay->peers[i]);
	return hash_finish(hash, 0);
}

const struct prefix *overlay_network(const struct overlay *overlay, sa_family_t family)
{
	for (size_t i = 0; i < OVERLAY_FAMILIES; i++)
		if (overlay->networks[i].ip.family == family)
			return &overlay->networks[i];
	return NULL;
}

bool overlay_is_tunnelled(const struct overlay *overlay, const struct overlay_peer *peer, const struct prefix *subnet)
{
	return overlay->kind != OVERLAY_NONE && !(peer->direct && subnet->ip.family == peer->host.family);
}

void overlay_tunnel_name(const struct overlay *overlay, const struct overlay_peer *peer, char name[static IFNAMSIZ])
{
	uint64_t hash = hash_ip(hash_begin(), &overlay->local, 0);

	if (peer && peer->tunnel[0]) {
		memcpy(name, peer->tunnel, IFNAMSIZ);
		return;
	}
	/* what the kernel tells such devices apart by, and changes of none */
	hash = hash_number(hash, (uint64_t)overlay->vni << 16 | overlay->port);
	if (peer)
		hash = hash_ip(hash, &peer->host, 0);
	(void)snprintf(name, IFNAMSIZ, "%.*s%08x", KIND_LETTERS, kinds[overlay->kind],
		       (unsigned)hash_finish(hash, SALT_NAME));
}

bool overlay_old_tunnel(const char **at, char name[static IFNAMSIZ])
{
	const size_t length = strcspn(*at, " ");

	(void)snprintf(name, IFNAMSIZ, "%.*s", (int)length, *at);
	*at += length + (length > 0);
	return length > 0;
}
