/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is applied for an overlay, to a file and back. */
#include "store/overlay_state.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "conf/json_text.h"
#include "conf/overlay_peers.h"
#include "store/inside.h"
#include "store/members.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const char ASIDE[] = "overlay.new", ROOM[] = "overlay";

enum { HASH_TEXT_SIZE = 17 };

static const char *hash_format(uint64_t hash, char text[static HASH_TEXT_SIZE])
{
	(void)snprintf(text, HASH_TEXT_SIZE, "%016llx", (unsigned long long)hash);
	return text;
}

static void state_path(const char *network, char path[static PATH_SIZE])
{
	const char *const words[] = {network};
	char name[FILE_NAME_SIZE];

	(void)snprintf(path, PATH_SIZE, "%s/%s", ROOM, file_name_join(words, 1, name));
}

static int set_prefixes(json_t *object, const char *key, const struct prefix prefixes[], size_t count)
{
	json_t *list = json_array();
	char text[PREFIX_TEXT_SIZE];
	int status = 0;

	for (size_t i = 0; i < count; i++)
		if (ip_is_set(&prefixes[i].ip))
			status |= json_array_append_new(list, json_string(prefix_format(&prefixes[i], text)));
	return member_set(object, key, list) | status;
}

/** set_direct() - a digit for each peer: 1, it is reached without a tunnel */
static int set_direct(json_t *object, const struct overlay *state)
{
	AUTO_FREE char *digits = calloc(state->peer_count + 1, 1);

	if (!digits)
		return -1;
	for (size_t i = 0; i < state->peer_count; i++)
		digits[i] = state->peers[i].direct ? '1' : '0';
	return member_set(object, "direct", json_string(digits));
}

static json_t *format_decisions(const char *network, const struct overlay *state)
{
	json_t *object = json_object();
	char hash[HASH_TEXT_SIZE];
	int status = member_set(object, "version", json_integer(OVERLAY_STATE_VERSION)) |
		     member_set(object, "network", json_string(network)) |
		     member_set(object, "wish", json_string(hash_format(state->hash, hash))) |
		     member_set(object, "settled", json_boolean(state->settled)) |
		     member_set(object, "kind", json_string(overlay_kind_name(state->kind))) |
		     member_set(object, "auto", json_boolean(state->direct)) |
		     member_set_ip(object, "local", &state->local) |
		     member_set(object, "localLength", json_integer(state->local_length)) |
		     member_set(object, "device", json_string(state->device)) |
		     member_set(object, "tunnel", json_string(state->tunnel)) |
		     member_set(object, "oldTunnels", json_string(state->old_tunnels));

	status |= member_set(object, "ttl", json_integer(state->ttl)) |
		  member_set(object, "port", json_integer(state->port)) |
		  member_set(object, "mtu", json_integer(state->mtu)) |
		  member_set(object, "egress", json_integer(state->egress)) |
		  member_set(object, "vni", json_integer(state->vni)) |
		  member_set(object, "keepalive", json_integer(state->keepalive)) |
		  member_set(object, "privateKeyFile", json_string(state->private_key_file)) |
		  set_prefixes(object, "networks", state->networks, OVERLAY_FAMILIES) |
		  set_prefixes(object, "oldNetworks", state->old_networks, OVERLAY_OLD) |
		  set_prefixes(object, "subnets", state->subnets, state->subnet_count) | set_direct(object, state);
	if (status == 0)
		return object;
	json_decref(object);
	return NULL;
}

static char *format(const char *network, const struct overlay *state)
{
	json_auto_t *decisions = format_decisions(network, state), *peers = overlay_peers_write(state, PEERS_APPLIED);
	AUTO_FREE char *first = json_text(decisions, JSON_COMPACT);
	AUTO_FREE char *second = json_text(peers, JSON_COMPACT);
	char *text;

	return first && second && asprintf(&text, "%s\n%s\n", first, second) >= 0 ? text : NULL;
}

static int read_word(const json_t *object, const char *key, char *into, size_t size, struct error *err)
{
	const char *text = member_text(object, key, size - 1, err);

	if (text)
		memcpy(into, text, strlen(text) + 1);
	return text ? 0 : -1;
}

static int read_prefixes(const json_t *object, const char *key, struct prefix prefixes[], size_t limit,
			 struct error *err)
{
	const json_t *list;
	int count = member_list(object, key, limit, &list, err);

	for (int i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(list, (size_t)i));

		if (!text)
			return member_refuse(err, key, "holds something that is no text");
		if (member_parse_network(text, key, &prefixes[i], err) < 0)
			return -1;
	}
	return count;
}

static int read_lists(const json_t *object, struct overlay *state, struct error *err)
{
	int count = read_prefixes(object, "subnets", state->subnets, MAX_PEER_SUBNETS, err);

	state->subnet_count = (uint8_t)(count < 0 ? 0 : count);
	return count < 0 || read_prefixes(object, "networks", state->networks, OVERLAY_FAMILIES, err) < 0 ||
			       read_prefixes(object, "oldNetworks", state->old_networks, OVERLAY_OLD, err) < 0
		       ? -1
		       : 0;
}

static int read_numbers(const json_t *object, struct overlay *state, struct error *err)
{
	uint32_t ttl, port, length, keepalive;

	if (member_number(object, "ttl", UINT8_MAX, &ttl, err) < 0 ||
	    member_number(object, "port", UINT16_MAX, &port, err) < 0 ||
	    member_number(object, "localLength", IPV6_BITS, &length, err) < 0 ||
	    member_number(object, "mtu", UINT32_MAX, &state->mtu, err) < 0 ||
	    member_number(object, "egress", UINT32_MAX, &state->egress, err) < 0 ||
	    member_number(object, "vni", UINT32_MAX, &state->vni, err) < 0 ||
	    member_number(object, "keepalive", UINT16_MAX, &keepalive, err) < 0)
		return -1;
	state->ttl = (uint8_t)ttl;
	state->port = (uint16_t)port;
	state->keepalive = (uint16_t)keepalive;
	state->local_length = (uint8_t)length;
	return 0;
}

/** parse_decisions() - @direct: borrowed from @object */
static int parse_decisions(const json_t *object, struct overlay *state, const char **direct, struct error *err)
{
	const char *hash = member_text(object, "wish", HASH_TEXT_SIZE - 1, err);
	const char *kind = hash ? member_text(object, "kind", IFNAMSIZ, err) : NULL;

	if (!kind)
		return -1;
	if (json_integer_value(json_object_get(object, "version")) != OVERLAY_STATE_VERSION)
		return member_refuse(err, "version", "is another one");
	if (!overlay_kind_number(kind, &state->kind))
		return member_refuse(err, "kind", "is none of ours");
	state->hash = strtoull(hash, NULL, 16);
	state->ready = true;
	state->settled = json_is_true(json_object_get(object, "settled"));
	state->direct = json_is_true(json_object_get(object, "auto"));
	*direct = member_text(object, "direct", MAX_APPLIED_PEERS, err);
	return *direct && member_ip(object, "local", false, &state->local, err) == 0 &&
			       read_word(object, "device", state->device, IFNAMSIZ, err) == 0 &&
			       read_word(object, "privateKeyFile", state->private_key_file, OVERLAY_PATH_SIZE, err) ==
				       0 &&
			       read_word(object, "tunnel", state->tunnel, IFNAMSIZ, err) == 0 &&
			       read_word(object, "oldTunnels", state->old_tunnels, sizeof state->old_tunnels, err) ==
				       0 &&
			       read_numbers(object, state, err) == 0
		       ? read_lists(object, state, err)
		       : -1;
}

static int take_direct(struct overlay *state, size_t count, const char *direct, struct error *err)
{
	if (strlen(direct) < count)
		return member_refuse(err, "direct", "says nothing of some peers");
	for (size_t i = 0; i < count; i++)
		state->peers[i].direct = direct[i] == '1';
	return 0;
}

/** decode() - one line; NULL with @err set */
static json_t *decode(const char *line, size_t length, struct error *err)
{
	json_error_t fault;
	json_t *document = json_decode(line, length, JSON_REJECT_DUPLICATES, &fault);

	if (!document)
		(void)error_set(err, ERROR_STORE,
				json_error_code(&fault) == json_error_out_of_memory ? ENOMEM : EBADMSG,
				"state of an overlay: %.100s", fault.text);
	return document;
}

static int parse_peers(const char *text, size_t length, const char *direct, struct overlay *state, struct error *err)
{
	json_auto_t *list = decode(text, length, err);
	struct error refusal = ERROR_INIT;
	struct field field;

	if (!list)
		return -1;
	field = field_root(list, "peers");
	if (overlay_peers_read(state, &field, PEERS_APPLIED, &refusal) < 0)
		return error_set(err, ERROR_STORE, refusal.code == ERROR_IO ? ENOMEM : EBADMSG,
				 "state of an overlay: %s", refusal.msg);
	return take_direct(state, state->peer_count, direct, err);
}

/** read_text() - *@text NULL: there is none. Return: length of the first line, 0 when that is none; -1 on failure */
static ssize_t read_text(struct store *store, const char *path, char **text, size_t *length, struct error *err)
{
	struct error problem = ERROR_INIT;

	*text = NULL;
	if (store->root < 0)
		return 0;
	if (file_read(store->root, path, OVERLAY_STATE_LIMIT, text, length, &problem) == 0)
		return (ssize_t)strcspn(*text, "\n");
	if (problem.errnum == ENOENT)
		return 0;
	error_merge(err, &problem);
	return -1;
}

/** take_for_none() - what nobody can read says nothing; without memory nobody knows */
static int take_for_none(const char *path, const struct error *refusal, struct error *err)
{
	if (refusal->errnum == ENOMEM) {
		error_merge(err, refusal);
		return -1;
	}
	error_warn(err, "%s: %s", path, refusal->msg);
	return 0;
}

static int load(struct store *store, const char *path, struct overlay **state, char *network, struct error *err)
{
	struct error refusal = ERROR_INIT;
	CLEANUP(overlay_free) struct overlay *read = NULL;
	AUTO_FREE char *text = NULL;
	const char *direct = "", *name;
	size_t length;
	ssize_t first = read_text(store, path, &text, &length, err);

	*state = NULL;
	if (first < 0 || !text)
		return (int)first;
	read = overlay_new(err);
	if (!read)
		return -1;
	json_auto_t *decisions = decode(text, (size_t)first, &refusal);
	if (!decisions || parse_decisions(decisions, read, &direct, &refusal) < 0 ||
	    !(name = member_text(decisions, "network", MAX_NETWORK_NAME, &refusal)) ||
	    parse_peers(text + first, length - (size_t)first, direct, read, &refusal) < 0)
		return take_for_none(path, &refusal, err);
	if (network)
		memcpy(network, name, strlen(name) + 1);
	*state = read;
	read = NULL;
	return 0;
}

int overlay_state_load(struct store *store, const char *network, struct overlay **state, struct error *err)
{
	char path[PATH_SIZE];

	state_path(network, path);
	return load(store, path, state, NULL, err);
}

/** take_decisions() - of the same wish */
static int take_decisions(struct overlay *wish, const struct overlay *decided, const char *direct, struct error *err)
{
	if (take_direct(wish, wish->peer_count, direct, err) < 0)
		return -1;
	wish->settled = decided->settled;
	wish->local = decided->local;
	wish->local_length = decided->local_length;
	wish->mtu = decided->mtu;
	wish->egress = decided->egress;
	memcpy(wish->device, decided->device, sizeof wish->device);
	memcpy(wish->tunnel, decided->tunnel, sizeof wish->tunnel);
	return 0;
}

/** read_decisions() - the first line alone; *@object: what @direct is borrowed from, NULL: there is none */
static int read_decisions(struct store *store, const char *path, struct overlay *decided, json_t **object,
			  const char **direct, struct error *err)
{
	struct error refusal = ERROR_INIT;
	AUTO_FREE char *text = NULL;
	size_t length;
	ssize_t first = read_text(store, path, &text, &length, err);

	if (first < 0 || !text)
		return (int)first;
	*object = decode(text, (size_t)first, &refusal);
	if (*object && parse_decisions(*object, decided, direct, &refusal) == 0)
		return 0;
	json_decref(*object);
	*object = NULL;
	return take_for_none(path, &refusal, err);
}

int overlay_state_glance(struct store *store, const char *network, struct overlay *wish, struct error *err)
{
	struct overlay decided = {.kind = OVERLAY_NONE};
	struct error refusal = ERROR_INIT;
	json_auto_t *object = NULL;
	const char *direct = "";
	char path[PATH_SIZE];

	wish->settled = false;
	state_path(network, path);
	if (read_decisions(store, path, &decided, &object, &direct, err) < 0)
		return -1;
	if (!object || decided.hash != wish->hash || take_decisions(wish, &decided, direct, &refusal) == 0)
		return 0;
	return take_for_none(path, &refusal, err);
}

int overlay_state_save(struct store *store, const char *network, const struct overlay *state, struct error *err)
{
	char path[PATH_SIZE];

	if (store_need_section(store, "overlay_state_save", err) < 0)
		return -1;
	AUTO_CLOSE int room = dir_open(store->root, ROOM, true, err);
	AUTO_FREE char *text = room < 0 ? NULL : format(network, state);
	if (room < 0)
		return -1;
	if (!text)
		return error_set(err, ERROR_STORE, ENOMEM, "write the state of the overlay of %s", network);
	state_path(network, path);
	return file_replace(store->root, ASIDE, path, text, strlen(text), err);
}

/** drop_leaving() - they are the last of the list */
static void drop_leaving(struct overlay *overlay)
{
	size_t kept = 0;

	for (size_t i = 0; i < overlay->peer_count; i++)
		if (!overlay->peers[i].leaving)
			overlay->peers[kept++] = overlay->peers[i];
	overlay->peer_count = kept;
	overlay->old_tunnels[0] = '\0';
	memset(overlay->old_networks, 0, sizeof overlay->old_networks);
	overlay->settled = true;
}

static int settle(struct store *store, const char *network, struct overlay *applied, struct error *err)
{
	struct overlay decided = {.kind = OVERLAY_NONE};
	json_auto_t *object = NULL;
	const char *direct;
	char path[PATH_SIZE];

	state_path(network, path);
	if (read_decisions(store, path, &decided, &object, &direct, err) < 0)
		return -1;
	if (!object || decided.hash != applied->hash || decided.mtu != applied->mtu)
		return 0;
	drop_leaving(applied);
	return overlay_state_save(store, network, applied, err);
}

int overlay_state_settle(struct store *store, const char *network, struct overlay *applied, struct error *err)
{
	if (applied->settled)
		return 0;
	if (store_begin(store, err) < 0)
		return -1;
	int status = settle(store, network, applied, err);
	store_end(store);
	return status;
}

int overlay_state_remove(struct store *store, const char *network, struct error *err)
{
	char path[PATH_SIZE];

	state_path(network, path);
	return store->root < 0 ? 0 : file_remove(store->root, path, err);
}

/** struct walk - over all states. @but: path of the one that is left out, unread; or "" */
struct walk {
	char but[PATH_SIZE];
	overlay_visit visit;
	void *argument;
};

static int show(struct store *store, const char *entry, const void *argument, struct error *err)
{
	CLEANUP(overlay_free) struct overlay *state = NULL;
	char path[PATH_SIZE], network[MAX_NETWORK_NAME + 1];
	const struct walk *walk = argument;

	(void)snprintf(path, sizeof path, "%s/%s", ROOM, entry);
	if (entry[0] == '.' || strcmp(path, walk->but) == 0)
		return 0;
	if (load(store, path, &state, network, err) < 0)
		return -1;
	return state ? walk->visit(network, state, walk->argument, err) : 0;
}

int overlay_states_walk(struct store *store, const char *but, overlay_visit visit, void *argument, struct error *err)
{
	struct walk walk = {.visit = visit, .argument = argument};

	if (but)
		state_path(but, walk.but);
	return room_walk(store, ROOM, show, &walk, err);
}
