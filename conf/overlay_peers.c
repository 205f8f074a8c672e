/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers to JSON and back. Every ADD reads them all, so paths are put together for those alone that are refused. */
#include "conf/overlay_peers.h"

#include "base/base64.h"
#include "base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int refuse(const struct field *field, const char *why, struct error *err)
{
	char value[FIELD_VALUE_SIZE];

	return error_set(err, ERROR_CONFIG, 0, "%s: %s %s", field->path, field_value(field, value), why);
}

static bool is_host(const struct ip *ip)
{
	return !ip_is_unspecified(ip) && !ip_is_loopback(ip) && !ip_is_multicast(ip) && !ip_is_link_local(ip);
}

static int read_host(struct overlay_peer *peer, const struct field *field, struct error *err)
{
	struct prefix prefix = {.length = 0};
	const char *text = "";

	if (field_as_text(field, &text, err) < 0)
		return -1;
	if (!(prefix_parse(text, &prefix) || ip_parse(text, &prefix.ip)) || !is_host(&prefix.ip))
		return refuse(field, "is no address of a host", err);
	peer->host = prefix.ip;
	peer->host_length = prefix.length;
	return 0;
}

static int read_network(struct prefix *network, const struct field *field, struct error *err)
{
	struct prefix given = {.length = 0};

	if (field_as_prefix(field, &given, err) < 0)
		return -1;
	*network = prefix_network(&given);
	if (!prefix_equal(network, &given))
		return refuse(field, "has host bits set", err);
	if (ip_is_loopback(&given.ip) || ip_is_multicast(&given.ip) || given.length == 0)
		return refuse(field, "is no network of containers", err);
	return 0;
}

int overlay_subnets_read(struct prefix subnets[static MAX_PEER_SUBNETS], const struct field *list, struct error *err)
{
	size_t count = field_count(list);

	if (field_as_array(list, err) < 0 || field_limit(list, MAX_PEER_SUBNETS, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct field item = {.json = json_array_get(list->json, i)};

		if (list->path[0])
			item = field_item(list, i);
		if (read_network(&subnets[i], &item, err) < 0)
			return -1;
	}
	return (int)count;
}

static int read_subnets(struct overlay_peer *peer, const struct field *field, struct error *err)
{
	int count = overlay_subnets_read(peer->subnets, field, err);

	peer->subnet_count = (uint8_t)(count < 0 ? 0 : count);
	return count < 0 ? -1 : 0;
}

int overlay_networks_read(struct overlay *overlay, const struct field *value, struct error *err)
{
	struct prefix networks[MAX_PEER_SUBNETS];
	int count = 1;

	if (json_is_string(value->json) ? read_network(&networks[0], value, err) < 0
					: (count = overlay_subnets_read(networks, value, err)) < 0)
		return -1;
	if (count > OVERLAY_FAMILIES || (count == 2 && networks[0].ip.family == networks[1].ip.family))
		return refuse(value, "has more than one network of a family", err);
	memset(overlay->networks, 0, sizeof overlay->networks);
	memcpy(overlay->networks, networks, (size_t)count * sizeof *networks);
	return 0;
}

static int read_flag(bool *flag, const struct field *field, struct error *err)
{
	*flag = json_is_true(field->json);
	return json_is_boolean(field->json) ? 0 : refuse(field, "is neither true nor false", err);
}

static int read_point_to_point(struct overlay_peer *peer, const struct field *field, struct error *err)
{
	return read_flag(&peer->point_to_point, field, err);
}

static int read_leaving(struct overlay_peer *peer, const struct field *field, struct error *err)
{
	return read_flag(&peer->leaving, field, err);
}

static int read_tunnel(struct overlay_peer *peer, const struct field *field, struct error *err)
{
	const char *text = "";

	if (field_as_text(field, &text, err) < 0)
		return -1;
	(void)snprintf(peer->tunnel, sizeof peer->tunnel, "%s", text);
	return 0;
}

static int read_ip(struct ip *ip, const struct field *field, struct error *err)
{
	const char *text = "";

	if (field_as_text(field, &text, err) < 0)
		return -1;
	return ip_parse(text, ip) && is_host(ip) ? 0 : refuse(field, "is no address of a host", err);
}

static int read_address(struct overlay_peer *peer, const struct field *field, struct error *err)
{
	return read_ip(&peer->address, field, err);
}

static int read_peer_address(struct overlay_peer *peer, const struct field *field, struct error *err)
{
	return read_ip(&peer->peer_address, field, err);
}

static int read_key(struct overlay_peer *peer, const struct field *field, struct error *err)
{
	const char *text = "";

	if (field_as_text(field, &text, err) < 0)
		return -1;
	peer->has_key = base64_decode(text, peer->public_key, sizeof peer->public_key);
	return peer->has_key ? 0 : refuse(field, "is no key (32 bytes in base64)", err);
}

static int read_port(struct overlay_peer *peer, const struct field *field, struct error *err)
{
	json_int_t port = json_is_integer(field->json) ? json_integer_value(field->json) : 0;

	peer->port = (uint16_t)port;
	return port > 0 && port <= UINT16_MAX ? 0 : refuse(field, "is no port", err);
}

/** members - of a peer. @applied: in the store only */
static const struct member {
	const char *key;
	int (*read)(struct overlay_peer *peer, const struct field *field, struct error *err);
	bool applied;
} members[] = {
	{"host", read_host, false},
	{"subnets", read_subnets, false},
	{"pointToPoint", read_point_to_point, false},
	{"address", read_address, false},
	{"peerAddress", read_peer_address, false},
	{"publicKey", read_key, false},
	{"port", read_port, false},
	{"leaving", read_leaving, true},
	{"tunnel", read_tunnel, true},
};

/** read_member() - @object has a path when it is known that something is to be refused */
static int read_member(struct overlay_peer *peer, const struct field *object, const char *key, const json_t *value,
		       enum peers_source source, struct error *err)
{
	struct field field = {.json = value};

	if (object->path[0])
		field = field_get(object, key);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if ((source == PEERS_APPLIED || !members[i].applied) && strcasecmp(members[i].key, key) == 0)
			return json_is_null(value) ? 0 : members[i].read(peer, &field, err);
	return error_set(err, ERROR_CONFIG, 0, "%s: there is no such key", field.path);
}

static int check_peer(const struct overlay_peer *peer, const struct field *object, struct error *err)
{
	const bool address = ip_is_set(&peer->address), other = ip_is_set(&peer->peer_address);

	if (!ip_is_set(&peer->host))
		return error_set(err, ERROR_CONFIG, 0, "%s.host is missing", object->path);
	if (peer->subnet_count == 0)
		return error_set(err, ERROR_CONFIG, 0, "%s.subnets is missing or empty", object->path);
	if (!peer->point_to_point && (address || other))
		return error_set(err, ERROR_CONFIG, 0, "%s: only with pointToPoint",
				 field_get(object, address ? "address" : "peerAddress").path);
	if (peer->point_to_point && (!address || !other || peer->address.family != peer->peer_address.family))
		return error_set(err, ERROR_CONFIG, 0,
				 "%s: pointToPoint takes an address and a peerAddress of one family", object->path);
	return 0;
}

static int read_peer(struct overlay_peer *peer, const struct field *object, enum peers_source source, struct error *err)
{
	const json_t *value;
	const char *key;

	memset(peer, 0, sizeof *peer);
	if (field_as_object(object, err) < 0)
		return -1;
	json_object_foreach((json_t *)(uintptr_t)object->json, key,
			    value) if (read_member(peer, object, key, value, source, err) < 0) return -1;
	return check_peer(peer, object, err);
}

/** struct place - something that must share its addresses with nothing else. @subnet: index, -1: the host itself */
struct place {
	struct prefix prefix;
	size_t peer;
	int subnet;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *left = a, *right = b;
	int order = ip_compare(&left->prefix.ip, &right->prefix.ip);

	if (order == 0)
		order = left->prefix.length - right->prefix.length;
	return order ? order : left->subnet - right->subnet;
}

static int refuse_places(const struct place *first, const struct place *second, const struct field *list,
			 struct error *err)
{
	char inner[PREFIX_TEXT_SIZE], outer[PREFIX_TEXT_SIZE];

	if (second->subnet < 0)
		return error_set(err, ERROR_CONFIG, 0, "%s[%zu].host: %s is in %s of %s[%zu]", list->path, second->peer,
				 ip_format(&second->prefix.ip, inner), prefix_format(&first->prefix, outer), list->path,
				 first->peer);
	return error_set(err, ERROR_CONFIG, 0, "%s[%zu].subnets[%d]: %s overlaps with %s of %s[%zu]", list->path,
			 second->peer, second->subnet, prefix_format(&second->prefix, inner),
			 prefix_format(&first->prefix, outer), list->path, first->peer);
}

static size_t list_places(const struct overlay *overlay, struct place places[])
{
	size_t count = 0;

	for (size_t i = 0; i < overlay->peer_count; i++) {
		const struct overlay_peer *peer = &overlay->peers[i];

		places[count++] = (struct place){.prefix = prefix_of_host(&peer->host), .peer = i, .subnet = -1};
		for (int j = 0; j < peer->subnet_count; j++)
			places[count++] = (struct place){.prefix = peer->subnets[j], .peer = i, .subnet = j};
	}
	return count;
}

/** check_places() - a subnet is one peer's; a host in it would be reached through itself. What contains another sorts before it */
static int check_places(const struct overlay *overlay, const struct field *list, struct error *err)
{
	AUTO_FREE struct place *places = calloc(overlay->peer_count * (MAX_PEER_SUBNETS + 1) + 1, sizeof *places);
	size_t widest = 0;

	if (!places)
		return error_set(err, ERROR_IO, ENOMEM, "compare the peers of an overlay");
	size_t count = list_places(overlay, places);
	qsort(places, count, sizeof *places, compare_places);
	for (size_t i = 1; i < count; i++) {
		if (!prefix_contains(&places[widest].prefix, &places[i].prefix))
			widest = i;
		else
			return refuse_places(&places[widest], &places[i], list, err);
	}
	return 0;
}

int overlay_peers_read(struct overlay *overlay, const struct field *list, enum peers_source source, struct error *err)
{
	const size_t count = field_count(list);
	struct error refusal = ERROR_INIT;

	overlay_clear(overlay);
	if (field_as_array(list, err) < 0 ||
	    field_limit(list, source == PEERS_APPLIED ? MAX_APPLIED_PEERS : MAX_PEERS, err) < 0)
		return -1;
	overlay->peers = calloc(count + 1, sizeof *overlay->peers);
	if (!overlay->peers)
		return error_set(err, ERROR_IO, ENOMEM, "read the peers of an overlay");
	for (size_t i = 0; i < count; i++) {
		const struct field bare = {.json = json_array_get(list->json, i)};

		if (read_peer(&overlay->peers[i], &bare, source, &refusal) == 0)
			continue;
		const struct field named = field_item(list, i);
		return read_peer(&overlay->peers[i], &named, source, err);
	}
	overlay->peer_count = count;
	return source == PEERS_APPLIED ? 0 : check_places(overlay, list, err);
}

static int set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

static int set_ip(json_t *object, const char *key, const struct ip *ip)
{
	char text[IP_TEXT_SIZE];

	return ip_is_set(ip) ? set(object, key, json_string(ip_format(ip, text))) : 0;
}

static json_t *write_host(const struct overlay_peer *peer)
{
	const struct prefix prefix = {.ip = peer->host, .length = peer->host_length};
	char text[PREFIX_TEXT_SIZE];

	return json_string(peer->host_length ? prefix_format(&prefix, text) : ip_format(&peer->host, text));
}

static json_t *write_subnets(const struct overlay_peer *peer)
{
	json_t *list = json_array();
	char text[PREFIX_TEXT_SIZE];
	int status = 0;

	for (size_t i = 0; i < peer->subnet_count; i++)
		status |= json_array_append_new(list, json_string(prefix_format(&peer->subnets[i], text)));
	if (status == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *write_peer(const struct overlay_peer *peer, enum peers_source source)
{
	char key[BASE64_SIZE(WIREGUARD_KEY_SIZE)];
	json_t *object = json_object();
	int status = set(object, "host", write_host(peer)) | set(object, "subnets", write_subnets(peer));

	if (peer->point_to_point)
		status |= set(object, "pointToPoint", json_true());
	status |= set_ip(object, "address", &peer->address) | set_ip(object, "peerAddress", &peer->peer_address);
	if (peer->has_key)
		status |= set(object, "publicKey",
			      json_string(base64_encode(peer->public_key, sizeof peer->public_key, key)));
	if (peer->port)
		status |= set(object, "port", json_integer(peer->port));
	if (source == PEERS_APPLIED && peer->leaving)
		status |= set(object, "leaving", json_true()) | set(object, "tunnel", json_string(peer->tunnel));
	if (status == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *overlay_peers_write(const struct overlay *overlay, enum peers_source source)
{
	json_t *list = json_array();
	int status = 0;

	for (size_t i = 0; i < overlay->peer_count; i++)
		status |= json_array_append_new(list, write_peer(&overlay->peers[i], source));
	if (status == 0)
		return list;
	json_decref(list);
	return NULL;
}
