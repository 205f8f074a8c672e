/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions as JSON. */
#include "agent/claim_request.h"

#include "base/cleanup.h"

/** own_puts() - of the own keys: name and value are the claim */
static json_t *own_puts(const struct agent_config *config, const struct record *own, int64_t lease)
{
	char keys[OWN_KEYS + 1][KEY_SIZE];
	size_t count = record_subnet_keys(config, own->peer.subnets, own->peer.subnet_count, keys);
	AUTO_FREE char *value = record_value(config, own);
	json_t *list = json_array();
	int status = value ? 0 : -1;

	record_node_key(config, keys[count++]);
	for (size_t i = 0; i < count && status == 0; i++)
		status = json_array_append_new(list, json_pack("{s:o}", "request_put", kv_put(keys[i], value, lease)));
	if (status == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *claim_compares(const struct agent_config *config, const struct record *own, bool guard, int64_t revision)
{
	char keys[OWN_KEYS + 1][KEY_SIZE], begin[KEY_SIZE], end[KEY_SIZE];
	size_t count = record_subnet_keys(config, own->peer.subnets, own->peer.subnet_count, keys);
	json_t *list = json_array();
	int status = 0;

	record_node_key(config, keys[count++]);
	record_range(config, begin, end);
	for (size_t i = 0; i < count; i++)
		status |= json_array_append_new(list, kv_is_new(keys[i]));
	if (guard)
		status |= json_array_append_new(list, kv_none_later(begin, end, revision));
	if (status == 0)
		return list;
	json_decref(list);
	return NULL;
}

/** claim_lists() - what to answer where a claim fails: who is this node, and who has what */
static json_t *claim_lists(const struct agent_config *config)
{
	char begin[KEY_SIZE], end[KEY_SIZE], node[KEY_SIZE];

	record_range(config, begin, end);
	record_node_key(config, node);
	return json_pack("[{s:o}, {s:o}]", "request_range", kv_range(node, NULL, 0, 0), "request_range",
			 kv_range(begin, end, 0, 0));
}

json_t *claim_transaction(const struct agent_config *config, const struct record *own, int64_t lease, bool guard,
			  int64_t revision)
{
	return json_pack("{s:o, s:o, s:o}", "compare", claim_compares(config, own, guard, revision), "success",
			 own_puts(config, own, lease), "failure", claim_lists(config));
}

/** own_compares() - nobody has written our keys since we did */
static json_t *own_compares(const struct agent_config *config, const struct claim *claim)
{
	char keys[OWN_KEYS][KEY_SIZE], node[KEY_SIZE];
	size_t count = record_subnet_keys(config, claim->own.peer.subnets, claim->own.peer.subnet_count, keys);
	json_t *list = json_array();
	int status = 0;

	record_node_key(config, node);
	status |= json_array_append_new(list, kv_is_unchanged(node, claim->node_revision));
	for (size_t i = 0; i < count; i++)
		status |= json_array_append_new(list, kv_is_unchanged(keys[i], claim->key_revisions[i]));
	if (status == 0)
		return list;
	json_decref(list);
	return NULL;
}

json_t *claim_renewal(const struct agent_config *config, const struct claim *claim)
{
	return json_pack("{s:o, s:o}", "compare", own_compares(config, claim), "success",
			 own_puts(config, &claim->own, claim->lease));
}

json_t *claim_release(const struct agent_config *config, const struct claim *claim)
{
	char keys[OWN_KEYS + 1][KEY_SIZE];
	size_t count = record_subnet_keys(config, claim->own.peer.subnets, claim->own.peer.subnet_count, keys);
	json_t *list = json_array();
	int status = 0;

	record_node_key(config, keys[count++]);
	for (size_t i = 0; i < count; i++)
		status |= json_array_append_new(
			list, json_pack("{s:o}", "request_delete_range", kv_range(keys[i], NULL, 0, 0)));
	if (status == 0)
		return json_pack("{s:o, s:o}", "compare", own_compares(config, claim), "success", list);
	json_decref(list);
	return NULL;
}
