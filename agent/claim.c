/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claiming, keeping, giving back. */
#include "agent/claim.h"

#include "agent/backoff.h"
#include "agent/choose.h"
#include "agent/claim_request.h"
#include "agent/log.h"
#include "base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_RACES = 64, GUARDED_RACES = 8, JITTER_FIRST_MS = 10, JITTER_LAST_MS = 200, RANDOM_PARTS = 2 };

static void new_claim_id(char id[static CLAIM_ID_SIZE])
{
	uint64_t parts[RANDOM_PARTS];

	for (size_t i = 0; i < RANDOM_PARTS; i++)
		parts[i] = random_below(UINT64_MAX);
	(void)snprintf(id, CLAIM_ID_SIZE, "%016" PRIx64 "%016" PRIx64, parts[0], parts[1]);
}

/** list_taken() - what there is, and the own link. Return: how many, to be freed, NULL: no memory */
static struct prefix *list_taken(const struct claim *claim, const struct hosts *hosts, size_t *count)
{
	struct prefix *taken = calloc(hosts->count * OVERLAY_FAMILIES + 1, sizeof *taken);
	const struct overlay_peer *own = &claim->own.peer;

	*count = 0;
	for (size_t i = 0; taken && i < hosts->count; i++)
		for (size_t j = 0; j < hosts->records[i].peer.subnet_count; j++)
			taken[(*count)++] = hosts->records[i].peer.subnets[j];
	/* Containers that have addresses of the host's own link could not talk to it */
	if (taken && ip_is_set(&own->host)) {
		const struct prefix host = {.ip = own->host, .length = own->host_length};

		taken[(*count)++] = own->host_length ? prefix_network(&host) : prefix_of_host(&own->host);
	}
	return taken;
}

static const struct prefix *wanted_of(const struct claim *claim, sa_family_t family)
{
	for (size_t i = 0; i < claim->own.peer.subnet_count; i++)
		if (claim->own.peer.subnets[i].ip.family == family)
			return &claim->own.peer.subnets[i];
	return NULL;
}

/** say_lost() - who has it now */
static int say_lost(struct claim *claim, const struct hosts *hosts, const struct prefix *subnet, struct error *err)
{
	char text[PREFIX_TEXT_SIZE];
	const char *node = "nobody: it is not of this network";

	for (size_t i = 0; i < hosts->count; i++)
		for (size_t j = 0; j < hosts->records[i].peer.subnet_count; j++)
			if (prefix_overlaps(&hosts->records[i].peer.subnets[j], subnet))
				node = hosts->records[i].broken ? hosts->records[i].key : hosts->records[i].node_id;
	if (claim->state != CLAIM_LOST)
		claim->losses++;
	claim->state = CLAIM_LOST;
	(void)snprintf(claim->reason, sizeof claim->reason, "subnet %s is lost to node %.100s",
		       prefix_format(subnet, text), node);
	return error_set(err, ERROR_TRY_AGAIN, 0, "%s; containers of this host use it", claim->reason);
}

/** choose() - a subnet of each family into @own */
static int choose(struct claim *claim, const struct agent_config *config, const struct hosts *hosts, struct record *own,
		  struct error *err)
{
	size_t count, chosen = 0;
	AUTO_FREE struct prefix *taken = list_taken(claim, hosts, &count);
	char text[PREFIX_TEXT_SIZE];

	if (!taken)
		return error_set(err, ERROR_IO, ENOMEM, "choose a subnet");
	for (size_t i = 0; i < OVERLAY_FAMILIES; i++) {
		const struct prefix *network = &config->overlay->networks[i];
		const struct prefix *wanted = wanted_of(claim, network->ip.family);

		if (!ip_is_set(&network->ip))
			continue;
		if (!choose_subnet(network, config->subnet_lengths[i], wanted, taken, count,
				   &own->peer.subnets[chosen]))
			return error_set(err, ERROR_TRY_AGAIN, 0, "no /%u is free in %s", config->subnet_lengths[i],
					 prefix_format(network, text));
		if (claim->insists && wanted && !prefix_equal(wanted, &own->peer.subnets[chosen]))
			return say_lost(claim, hosts, wanted, err);
		chosen++;
	}
	own->peer.subnet_count = (uint8_t)chosen;
	return 0;
}

/** may_drop_guard() - whether no two subnets can overlap without having the same name */
static bool may_drop_guard(const struct agent_config *config, const struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		for (size_t j = 0; j < hosts->records[i].peer.subnet_count; j++) {
			const struct prefix *subnet = &hosts->records[i].peer.subnets[j];

			for (size_t k = 0; k < OVERLAY_FAMILIES; k++)
				if (config->overlay->networks[k].ip.family == subnet->ip.family &&
				    config->subnet_lengths[k] != subnet->length)
					return false;
		}
	return config->layout == LAYOUT_CAMBRIC;
}

/** held() - from now on this is ours */
static void held(struct claim *claim, const struct record *own, int64_t lease)
{
	claim->own = *own;
	claim->lease = lease;
	claim->renewed_ms = clock_ms();
	claim->state = CLAIM_HELD;
	claim->insists = true;
	claim->reason[0] = '\0';
}

static void set_revisions(struct claim *claim, int64_t revision)
{
	claim->node_revision = revision;
	for (size_t i = 0; i < OWN_KEYS; i++)
		claim->key_revisions[i] = revision;
}

/** is_share() - whether subnets are as this configuration asks for */
static bool is_share(const struct agent_config *config, const struct overlay_peer *peer)
{
	size_t wanted = 0, right = 0;

	for (size_t i = 0; i < OVERLAY_FAMILIES; i++) {
		const struct prefix *network = &config->overlay->networks[i];

		wanted += ip_is_set(&network->ip);
		for (size_t j = 0; j < peer->subnet_count; j++)
			right += prefix_contains(network, &peer->subnets[j]) &&
				 peer->subnets[j].length == config->subnet_lengths[i];
	}
	return wanted == right && right == peer->subnet_count;
}

/** read_own_key() - its mod_revision, 0: it is gone. Return: -1 also when another host has written it */
static int read_own_key(struct claim *claim, struct etcd *etcd, const struct agent_config *config, const char *key,
			int64_t *revision, struct error *err)
{
	struct hosts hosts = {.records = NULL};
	struct reply reply;
	int status = 0;

	if (etcd_call(etcd, "/v3/kv/range", kv_range(key, NULL, 0, 0), &reply, err) < 0)
		return -1;
	json_auto_t *answer = reply.json;
	if (hosts_take(&hosts, json_object_get(answer, "kvs"), config, err) < 0)
		return -1;
	*revision = hosts.count ? hosts.records[0].mod_revision : 0;
	if (hosts.count && !hosts.records[0].broken && strcmp(hosts.records[0].node_id, config->node_id) != 0)
		status = say_lost(claim, &hosts, &hosts.records[0].peer.subnets[0], err);
	hosts_clear(&hosts);
	return status;
}

static int read_own_keys(struct claim *claim, struct etcd *etcd, const struct agent_config *config, struct error *err)
{
	char keys[OWN_KEYS][KEY_SIZE];
	size_t count = record_subnet_keys(config, claim->own.peer.subnets, claim->own.peer.subnet_count, keys);

	for (size_t i = 0; i < count; i++)
		if (read_own_key(claim, etcd, config, keys[i], &claim->key_revisions[i], err) < 0)
			return -1;
	return 0;
}

/** adopt() - the record of this node that is there. Return: 1: it is ours, 0: it is there no longer, -1 */
static int adopt(struct claim *claim, struct etcd *etcd, const struct agent_config *config, const struct kv *node,
		 struct error *err)
{
	char host[IP_TEXT_SIZE];
	struct record there;

	if (record_read_node(node, &there, err) < 0)
		return error_set(err, ERROR_TRY_AGAIN, 0, "etcd: %s", node->key);
	if (strcmp(there.claim_id, claim->own.claim_id) != 0 && !ip_equal(&there.peer.host, &claim->own.peer.host))
		return error_set(err, ERROR_TRY_AGAIN, 0, "nodeID %s is in use by %s", config->node_id,
				 ip_format(&there.peer.host, host));
	if (!is_share(config, &there.peer))
		return error_set(
			err, ERROR_CONFIG, 0,
			"%s has other subnets than \"network\" and \"subnetLength\" ask for; \"cambricd leave\" "
			"gives them back",
			node->key);
	const struct record before = claim->own;
	claim->own.peer.subnet_count = there.peer.subnet_count;
	memcpy(claim->own.peer.subnets, there.peer.subnets, sizeof there.peer.subnets);
	memcpy(claim->own.claim_id, there.claim_id, sizeof there.claim_id);
	claim->lease = node->lease;
	int alive = claim->lease ? claim_keep(claim, etcd, err) : 1;
	if (alive <= 0 || read_own_keys(claim, etcd, config, err) < 0) {
		claim->own = before;
		return alive <= 0 ? alive : -1;
	}
	const struct record own = claim->own;
	held(claim, &own, node->lease);
	claim->node_revision = node->mod_revision;
	/* What is behind the keys may be of another address or key than ours; written once more it is right */
	return claim_update(claim, etcd, config, err) < 0 ? -1 : 1;
}

/** adopt_from() - the record of this node out of an answer. Return: 1: adopted, 0: there is none, -1 */
static int adopt_from(struct claim *claim, struct etcd *etcd, const struct agent_config *config, const json_t *answer,
		      struct error *err)
{
	const json_t *object = json_array_get(json_object_get(answer, "kvs"), 0);
	struct kv node;

	if (!object)
		return 0;
	int status = kv_read(object, &node, err) < 0 ? -1 : adopt(claim, etcd, config, &node, err);
	kv_clear(&node);
	return status;
}

static int adopt_there(struct claim *claim, struct etcd *etcd, const struct agent_config *config, struct error *err)
{
	char key[KEY_SIZE];
	struct reply reply;

	record_node_key(config, key);
	if (etcd_call(etcd, "/v3/kv/range", kv_range(key, NULL, 0, 0), &reply, err) < 0)
		return -1;
	json_auto_t *answer = reply.json;
	return adopt_from(claim, etcd, config, answer, err);
}

static int grant(struct etcd *etcd, uint32_t ttl, int64_t *lease, struct error *err)
{
	struct reply reply;

	if (etcd_call(etcd, "/v3/lease/grant", json_pack("{s:o}", "TTL", kv_int64(ttl)), &reply, err) < 0)
		return -1;
	*lease = kv_number(reply.json, "ID");
	json_decref(reply.json);
	return *lease ? 0 : error_set(err, ERROR_TRY_AGAIN, 0, "etcd: a lease without an ID");
}

/** revoke_lease() - a lease that nothing hangs on costs nothing but room: failing is no failure */
static void revoke_lease(struct etcd *etcd, int64_t lease)
{
	struct error ignored = ERROR_INIT;
	struct reply reply;

	if (etcd_call(etcd, "/v3/lease/revoke", json_pack("{s:o}", "ID", kv_int64(lease)), &reply, &ignored) == 0)
		json_decref(reply.json);
}

/** take_lists() - what the branch for failure answers. Return: as adopt_from() */
static int take_lists(struct claim *claim, struct etcd *etcd, const struct agent_config *config, const json_t *answer,
		      struct hosts *hosts, struct error *err)
{
	const json_t *responses = json_object_get(answer, "responses");
	const json_t *node = json_object_get(json_array_get(responses, 0), "response_range");
	const json_t *list = json_object_get(json_array_get(responses, 1), "response_range");

	hosts_clear(hosts);
	hosts->revision = kv_revision(answer);
	if (hosts_take(hosts, json_object_get(list, "kvs"), config, err) < 0)
		return -1;
	return adopt_from(claim, etcd, config, node, err);
}

/**
 * race() - claim once. Return: 1: ours, 0: somebody was faster and @hosts is fresh, -1
 *
 * When no answer came the claim may stand all the same: the node's key says so, by its claimID.
 */
static int race(struct claim *claim, struct etcd *etcd, const struct agent_config *config, struct hosts *hosts,
		int64_t lease, bool guard, struct error *err)
{
	struct record own = claim->own;
	struct error problem = ERROR_INIT;
	struct reply reply;

	if (choose(claim, config, hosts, &own, err) < 0)
		return -1;
	memcpy(claim->own.claim_id, own.claim_id, sizeof own.claim_id);
	if (etcd_call(etcd, "/v3/kv/txn", claim_transaction(config, &own, lease, guard, hosts->revision), &reply,
		      &problem) < 0) {
		int there = reply.ambiguous ? adopt_there(claim, etcd, config, err) : 0;

		if (there == 0)
			error_merge(err, &problem);
		return there > 0 ? 1 : -1;
	}
	json_auto_t *answer = reply.json;
	if (!json_is_true(json_object_get(answer, "succeeded")))
		return take_lists(claim, etcd, config, answer, hosts, err);
	held(claim, &own, lease);
	set_revisions(claim, kv_revision(answer));
	return 1;
}

/** wait_jitter() - those who lost the same race must not meet in the next */
static void wait_jitter(struct etcd *etcd, unsigned races)
{
	const uint64_t longest = (uint64_t)JITTER_FIRST_MS << (races < 4 ? races : 4);
	const int64_t end = clock_ms() + 1 + (int64_t)random_below(longest < JITTER_LAST_MS ? longest : JITTER_LAST_MS);

	for (int64_t left = end - clock_ms(); left > 0; left = end - clock_ms())
		etcd_pause(etcd, (int)left);
}

static int claim_new(struct claim *claim, struct etcd *etcd, const struct agent_config *config, struct hosts *hosts,
		     struct error *err)
{
	int64_t lease;
	int status = 0;

	if (grant(etcd, config->lease_ttl, &lease, err) < 0)
		return -1;
	new_claim_id(claim->own.claim_id);
	for (unsigned races = 0; races < MAX_RACES && status == 0; races++) {
		const bool guard = races < GUARDED_RACES || !may_drop_guard(config, hosts);

		status = race(claim, etcd, config, hosts, lease, guard, err);
		if (status == 0) {
			claim->races++;
			wait_jitter(etcd, races);
		}
	}
	if (status == 0)
		(void)error_set(err, ERROR_TRY_AGAIN, 0, "etcd: %d claims were lost to other hosts", MAX_RACES);
	/* A claim that may yet arrive must find its lease: then it is left to its time */
	if (status > 0 ? claim->lease != lease : err->code != ERROR_TRY_AGAIN || claim->state == CLAIM_LOST)
		revoke_lease(etcd, lease);
	return status > 0 ? 0 : -1;
}

int claim_take(struct claim *claim, struct etcd *etcd, const struct agent_config *config, struct error *err)
{
	struct hosts hosts = {.records = NULL};
	const enum claim_state before = claim->state;

	int status = adopt_there(claim, etcd, config, err);
	if (status == 0)
		status = hosts_list(&hosts, etcd, config, err) < 0 ? -1 : claim_new(claim, etcd, config, &hosts, err);
	hosts_clear(&hosts);
	if (status >= 0)
		return 0;
	if (claim->state == CLAIM_HELD)
		claim->state = before == CLAIM_HELD ? CLAIM_NONE : before;
	if (claim->state != CLAIM_LOST)
		(void)snprintf(claim->reason, sizeof claim->reason, "%.150s", err->msg);
	return -1;
}

int claim_keep(struct claim *claim, struct etcd *etcd, struct error *err)
{
	struct reply reply;

	if (!claim->lease)
		return 1;
	if (etcd_call(etcd, "/v3/lease/keepalive", json_pack("{s:o}", "ID", kv_int64(claim->lease)), &reply, err) < 0)
		return -1;
	const int64_t ttl = kv_number(json_object_get(reply.json, "result"), "TTL");
	json_decref(reply.json);
	if (ttl > 0) {
		claim->renewed_ms = clock_ms();
		return 1;
	}
	claim->state = CLAIM_NONE;
	claim->lease = 0;
	(void)snprintf(claim->reason, sizeof claim->reason, "the lease has run out or was revoked");
	return 0;
}

int claim_update(struct claim *claim, struct etcd *etcd, const struct agent_config *config, struct error *err)
{
	struct reply reply;

	if (etcd_call(etcd, "/v3/kv/txn", claim_renewal(config, claim), &reply, err) < 0)
		return -1;
	json_auto_t *answer = reply.json;
	if (json_is_true(json_object_get(answer, "succeeded"))) {
		set_revisions(claim, kv_revision(answer));
		return 0;
	}
	claim->state = CLAIM_NONE;
	(void)snprintf(claim->reason, sizeof claim->reason, "somebody else has written this node's keys");
	return error_set(err, ERROR_TRY_AGAIN, 0, "etcd: %s", claim->reason);
}

int claim_leave(struct claim *claim, struct etcd *etcd, const struct agent_config *config, struct error *err)
{
	struct reply reply;
	int status = adopt_there(claim, etcd, config, err);

	if (status <= 0)
		return status;
	if (etcd_call(etcd, "/v3/kv/txn", claim_release(config, claim), &reply, err) < 0)
		return -1;
	bool gone = json_is_true(json_object_get(reply.json, "succeeded"));
	json_decref(reply.json);
	if (!gone)
		return error_set(err, ERROR_TRY_AGAIN, 0, "etcd: somebody else has written this node's keys");
	if (claim->lease)
		revoke_lease(etcd, claim->lease);
	*claim = (struct claim){.state = CLAIM_NONE};
	return 0;
}
