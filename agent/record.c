/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and values of keys. */
#include "agent/record.h"

#include "base/base64.h"
#include "conf/json_text.h"

#include <stdio.h>
#include <string.h>

/* The character behind the last that may follow: "subnets/" and "subnets6/" are one range */
static const char BEGIN[] = "/subnets/", END[] = "/subnets7", FLANNEL_END[] = "/subnets0", BEGIN_IPV6[] = "/subnets6/";

void record_range(const struct agent_config *config, char begin[static KEY_SIZE], char end[static KEY_SIZE])
{
	(void)snprintf(begin, KEY_SIZE, "%s%s", config->etcd.prefix, BEGIN);
	(void)snprintf(end, KEY_SIZE, "%s%s", config->etcd.prefix,
		       config->layout == LAYOUT_FLANNEL ? FLANNEL_END : END);
}

void record_node_key(const struct agent_config *config, char key[static KEY_SIZE])
{
	(void)snprintf(key, KEY_SIZE, "%s/nodes/%s", config->etcd.prefix, config->node_id);
}

/** append_subnet() - "10.5.34.0-24"; @colon: what stands for the colons of IPv6 */
static void append_subnet(char key[static KEY_SIZE], const struct prefix *subnet, char colon)
{
	char text[IP_TEXT_SIZE];
	size_t length = strlen(key);

	(void)ip_format(&subnet->ip, text);
	for (char *byte = text; *byte; byte++)
		if (*byte == ':')
			*byte = colon;
	(void)snprintf(key + length, KEY_SIZE - length, "%s-%u", text, subnet->length);
}

/** flannel_key() - "10.5.34.0-24" or "10.5.34.0-24&fc00:5::-64": IPv4 comes first */
static size_t flannel_key(const struct agent_config *config, const struct prefix subnets[], size_t count,
			  char key[static KEY_SIZE])
{
	size_t done = 0;

	(void)snprintf(key, KEY_SIZE, "%s%s", config->etcd.prefix, BEGIN);
	for (int family = 0; family < 2; family++)
		for (size_t i = 0; i < count; i++) {
			if (subnets[i].ip.family != (family ? AF_INET6 : AF_INET))
				continue;
			if (done++ > 0)
				(void)snprintf(key + strlen(key), KEY_SIZE - strlen(key), "&");
			append_subnet(key, &subnets[i], ':');
		}
	return 1;
}

size_t record_subnet_keys(const struct agent_config *config, const struct prefix subnets[], size_t count,
			  char keys[static OWN_KEYS][KEY_SIZE])
{
	if (config->layout == LAYOUT_FLANNEL)
		return flannel_key(config, subnets, count, keys[0]);
	for (size_t i = 0; i < count && i < OWN_KEYS; i++) {
		(void)snprintf(keys[i], KEY_SIZE, "%s%s", config->etcd.prefix,
			       subnets[i].ip.family == AF_INET6 ? BEGIN_IPV6 : BEGIN);
		append_subnet(keys[i], &subnets[i], '_');
	}
	return count < OWN_KEYS ? count : OWN_KEYS;
}

/** flannel_backend() - the word that flannel has for a kind */
static const char *flannel_backend(const struct overlay *overlay)
{
	return overlay->kind == OVERLAY_DIRECT ? "host-gw" : overlay_kind_name(overlay->kind);
}

/** add_flannel() - what flannel's daemons look at; they ignore the rest */
static int add_flannel(json_t *object, const struct agent_config *config, const struct ip *host)
{
	char text[IP_TEXT_SIZE];
	const bool ipv6 = host->family == AF_INET6;

	(void)ip_format(host, text);
	return json_object_set_new(object, "PublicIP", json_string(ipv6 ? "0.0.0.0" : text)) |
	       json_object_set_new(object, "PublicIPv6", ipv6 ? json_string(text) : json_null()) |
	       json_object_set_new(object, "BackendType", json_string(flannel_backend(config->overlay))) |
	       json_object_set_new(object, "BackendData", json_null());
}

static json_t *subnet_list(const struct overlay_peer *peer)
{
	json_t *list = json_array();
	char text[PREFIX_TEXT_SIZE];

	for (size_t i = 0; i < peer->subnet_count; i++)
		if (json_array_append_new(list, json_string(prefix_format(&peer->subnets[i], text))) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

char *record_value(const struct agent_config *config, const struct record *record)
{
	const struct overlay_peer *peer = &record->peer;
	const struct prefix host = {.ip = peer->host, .length = peer->host_length};
	char text[PREFIX_TEXT_SIZE], key[BASE64_SIZE(WIREGUARD_KEY_SIZE)];

	json_auto_t *object =
		json_pack("{s:s, s:s, s:s, s:s, s:o}", "nodeID", record->node_id, "claimID", record->claim_id, "host",
			  peer->host_length ? prefix_format(&host, text) : ip_format(&peer->host, text), "kind",
			  config->overlay->direct ? "auto" : overlay_kind_name(config->overlay->kind), "subnets",
			  subnet_list(peer));
	int status = 0;

	if (peer->has_key)
		status |=
			json_object_set_new(object, "publicKey",
					    json_string(base64_encode(peer->public_key, sizeof peer->public_key, key)));
	if (peer->port)
		status |= json_object_set_new(object, "port", json_integer(peer->port));
	if (config->layout == LAYOUT_FLANNEL)
		status |= add_flannel(object, config, &peer->host);
	return status == 0 ? json_text(object, JSON_COMPACT) : NULL;
}

/** parse_subnet() - "10.5.34.0-24" of @length bytes */
static bool parse_subnet(const char *name, size_t length, struct prefix *subnet)
{
	char text[PREFIX_TEXT_SIZE];

	if (length >= sizeof text)
		return false;
	memcpy(text, name, length);
	text[length] = '\0';
	for (char *byte = text; *byte; byte++)
		if (*byte == '_')
			*byte = ':';
		else if (*byte == '-')
			*byte = '/';
	struct prefix parsed;
	if (!prefix_parse(text, &parsed) || parsed.length == 0)
		return false;
	*subnet = prefix_network(&parsed);
	return prefix_equal(subnet, &parsed);
}

/** parse_key() - the last part of the name says the subnets */
static bool parse_key(const char *key, struct overlay_peer *peer)
{
	const char *name = strrchr(key, '/');

	peer->subnet_count = 0;
	for (name = name ? name + 1 : key; peer->subnet_count < OVERLAY_FAMILIES;) {
		const size_t length = strcspn(name, "&");

		if (!parse_subnet(name, length, &peer->subnets[peer->subnet_count]))
			return false;
		peer->subnet_count++;
		if (name[length] == '\0')
			return true;
		name += length + 1;
	}
	return false;
}

static bool is_host(const struct ip *ip)
{
	return ip_is_set(ip) && !ip_is_unspecified(ip) && !ip_is_loopback(ip) && !ip_is_multicast(ip) &&
	       !ip_is_link_local(ip);
}

/** text_of() - a member that is text; "" where it is not */
static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int read_host(const json_t *object, struct overlay_peer *peer, struct error *err)
{
	struct prefix host = {.length = 0};
	const char *text = text_of(object, "host");

	if (text[0] == '\0')
		text = text_of(object, "PublicIP");
	if (!prefix_parse(text, &host) && !ip_parse(text, &host.ip))
		host.ip.family = AF_UNSPEC;
	if (!is_host(&host.ip) && !ip_parse(text_of(object, "PublicIPv6"), &host.ip))
		host.ip.family = AF_UNSPEC;
	if (!is_host(&host.ip))
		return error_set(err, ERROR_DECODE, 0, "the address of the host is missing or none");
	peer->host = host.ip;
	peer->host_length = host.length;
	return 0;
}

static int read_names(const json_t *object, struct record *record, struct error *err)
{
	char host[IP_TEXT_SIZE];
	const char *node = text_of(object, "nodeID"), *claim = text_of(object, "claimID");

	if (strlen(node) >= sizeof record->node_id || strlen(claim) >= sizeof record->claim_id)
		return error_set(err, ERROR_DECODE, 0, "nodeID or claimID is longer than any of ours");
	if (node[0])
		(void)snprintf(record->node_id, sizeof record->node_id, "%s", node);
	else
		(void)snprintf(record->node_id, sizeof record->node_id, "flannel-%s",
			       ip_format(&record->peer.host, host));
	(void)snprintf(record->claim_id, sizeof record->claim_id, "%s", claim);
	return 0;
}

/** read_value() - all but the subnets */
static int read_value(const json_t *object, struct record *record, struct error *err)
{
	struct overlay_peer *peer = &record->peer;
	const json_int_t port = json_integer_value(json_object_get(object, "port"));
	const char *key = text_of(object, "publicKey");

	if (read_host(object, peer, err) < 0 || read_names(object, record, err) < 0)
		return -1;
	if (port < 0 || port > UINT16_MAX)
		return error_set(err, ERROR_DECODE, 0, "port is none");
	peer->port = (uint16_t)port;
	peer->has_key = key[0] && base64_decode(key, peer->public_key, sizeof peer->public_key);
	return !key[0] || peer->has_key ? 0 : error_set(err, ERROR_DECODE, 0, "publicKey is none");
}

static void take_kv(const struct kv *kv, struct record *record)
{
	memset(record, 0, sizeof *record);
	(void)snprintf(record->key, sizeof record->key, "%s", kv->key);
	record->create_revision = kv->create_revision;
	record->mod_revision = kv->mod_revision;
	record->lease = kv->lease;
}

static json_t *parse_value(const struct kv *kv, struct error *err)
{
	json_error_t fault;
	json_t *object = json_decode(kv->value ? kv->value : "", kv->length, JSON_REJECT_DUPLICATES, &fault);

	if (json_is_object(object))
		return object;
	json_decref(object);
	(void)error_set(err, ERROR_DECODE, 0, "the value is no JSON object");
	return NULL;
}

int record_read_subnet(const struct agent_config *config, const struct kv *kv, struct record *record, struct error *err)
{
	char begin[KEY_SIZE], end[KEY_SIZE];

	record_range(config, begin, end);
	take_kv(kv, record);
	if (strcmp(kv->key, begin) < 0 || strcmp(kv->key, end) >= 0 || !parse_key(kv->key, &record->peer))
		return error_set(err, ERROR_DECODE, 0, "the name of the key is no subnet");
	json_auto_t *object = parse_value(kv, err);
	record->broken = !object || read_value(object, record, err) < 0;
	return 0;
}

int record_read_node(const struct kv *kv, struct record *record, struct error *err)
{
	take_kv(kv, record);
	json_auto_t *object = parse_value(kv, err);
	if (!object || read_value(object, record, err) < 0)
		return -1;
	const json_t *list = json_object_get(object, "subnets");
	for (size_t i = 0; i < json_array_size(list) && i < OVERLAY_FAMILIES; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (!text || !prefix_parse(text, &record->peer.subnets[i]))
			return error_set(err, ERROR_DECODE, 0, "subnets[%zu] is no prefix", i);
		record->peer.subnet_count++;
	}
	return record->peer.subnet_count ? 0 : error_set(err, ERROR_DECODE, 0, "subnets is missing or empty");
}
