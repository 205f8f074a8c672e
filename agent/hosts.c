/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of hosts. */
#include "agent/hosts.h"

#include "agent/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hosts_clear(struct hosts *hosts)
{
	free(hosts->records);
	*hosts = (struct hosts){.records = NULL};
}

/** find_place() - where @key is, or would be */
static size_t find_place(const struct hosts *hosts, const char *key)
{
	size_t low = 0, high = hosts->count;

	/* Lists come in order: what is new is mostly behind the last */
	if (high > 0 && strcmp(hosts->records[high - 1].key, key) < 0)
		return high;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (strcmp(hosts->records[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct record *hosts_find(const struct hosts *hosts, const char *key)
{
	const size_t place = find_place(hosts, key);

	return place < hosts->count && strcmp(hosts->records[place].key, key) == 0 ? &hosts->records[place] : NULL;
}

/** make_room() - for one more. Return: the records, NULL: there is none */
static struct record *make_room(struct hosts *hosts, struct error *err)
{
	const size_t room = hosts->room ? hosts->room * 2 : 64;

	if (hosts->count < hosts->room)
		return hosts->records;
	if (hosts->count >= MAX_HOSTS) {
		(void)error_set(err, ERROR_CONFIG, 0, "etcd has more than %d subnets", MAX_HOSTS);
		return NULL;
	}
	struct record *records = realloc(hosts->records, room * sizeof *records);
	if (!records) {
		(void)error_set(err, ERROR_IO, ENOMEM, "keep %zu hosts", room);
		return NULL;
	}
	hosts->records = records;
	hosts->room = room;
	return records;
}

/** put() - in the place of the one with the same key, or as a new one */
static int put(struct hosts *hosts, const struct record *record, struct error *err)
{
	struct record *there = hosts_find(hosts, record->key);

	if (there) {
		*there = *record;
		return 0;
	}
	struct record *records = make_room(hosts, err);
	if (!records)
		return -1;
	const size_t place = find_place(hosts, record->key);
	memmove(&records[place + 1], &records[place], (hosts->count - place) * sizeof *records);
	records[place] = *record;
	hosts->count++;
	return 0;
}

/** keep_known() - of a value that cannot be read: what was known about the host holds; the subnet is taken in any case */
static void keep_known(struct hosts *hosts, const struct hosts *known, struct record *record, const struct error *why)
{
	const struct record *before = hosts_find(known, record->key);

	hosts->broken++;
	log_line(LOG_LEVEL_WARNING, "%s: %s; %s", record->key, why->msg,
		 before && !before->broken ? "what was known about this host is kept" : "this host is left out");
	if (!before || before->broken)
		return;
	struct record kept = *before;
	kept.mod_revision = record->mod_revision;
	*record = kept;
}

/** take_one() - @known: where records of values that cannot be read may be found */
static int take_one(struct hosts *hosts, const struct hosts *known, const json_t *object,
		    const struct agent_config *config, struct error *err)
{
	struct error problem = ERROR_INIT;
	struct record record;
	struct kv kv;

	if (kv_read(object, &kv, &problem) < 0 || record_read_subnet(config, &kv, &record, &problem) < 0) {
		hosts->broken++;
		log_line(LOG_LEVEL_WARNING, "%s: %s; the key is left out", kv.key, problem.msg);
		kv_clear(&kv);
		return 0;
	}
	kv_clear(&kv);
	if (record.broken)
		keep_known(hosts, known, &record, &problem);
	return put(hosts, &record, err);
}

int hosts_take(struct hosts *hosts, const json_t *kvs, const struct agent_config *config, struct error *err)
{
	for (size_t i = 0; i < json_array_size(kvs); i++)
		if (take_one(hosts, hosts, json_array_get(kvs, i), config, err) < 0)
			return -1;
	return 0;
}

/** list_page() - @key: where it begins, then the last one of it. Return: 1: there is more, 0: that was all, -1 */
static int list_page(struct hosts *fresh, const struct hosts *known, struct etcd *etcd,
		     const struct agent_config *config, char key[static KEY_SIZE], struct error *err)
{
	char begin[KEY_SIZE], end[KEY_SIZE];
	struct reply reply;

	record_range(config, begin, end);
	json_t *range = kv_range(key, end, PAGE_LIMIT, fresh->revision);
	/* The key behind another is that one with a zero byte: the first page begins at the range, a later one behind a key */
	if (range && fresh->revision)
		(void)json_object_set_new(range, "key", kv_bytes(key, strlen(key) + 1));
	if (etcd_call(etcd, "/v3/kv/range", range, &reply, err) < 0)
		return -1;
	json_auto_t *answer = reply.json;
	const json_t *kvs = json_object_get(answer, "kvs");
	struct kv last;

	if (!fresh->revision)
		fresh->revision = kv_revision(answer);
	for (size_t i = 0; i < json_array_size(kvs); i++)
		if (take_one(fresh, known, json_array_get(kvs, i), config, err) < 0)
			return -1;
	if (!json_is_true(json_object_get(answer, "more")))
		return 0;
	int status = kv_read(json_array_get(kvs, json_array_size(kvs) - 1), &last, err);
	kv_clear(&last);
	memcpy(key, last.key, sizeof last.key);
	return status < 0 ? -1 : 1;
}

int hosts_list(struct hosts *hosts, struct etcd *etcd, const struct agent_config *config, struct error *err)
{
	struct hosts fresh = {.broken = hosts->broken};
	char key[KEY_SIZE], end[KEY_SIZE];
	int more = 1;

	record_range(config, key, end);
	while (more > 0)
		more = list_page(&fresh, hosts, etcd, config, key, err);
	if (more < 0) {
		hosts_clear(&fresh);
		return -1;
	}
	free(hosts->records);
	*hosts = fresh;
	return 0;
}

static bool is_same_peer(const struct overlay_peer *a, const struct overlay_peer *b)
{
	if (!ip_equal(&a->host, &b->host) || a->host_length != b->host_length || a->port != b->port ||
	    a->has_key != b->has_key || memcmp(a->public_key, b->public_key, sizeof a->public_key) != 0 ||
	    a->subnet_count != b->subnet_count)
		return false;
	for (size_t i = 0; i < a->subnet_count; i++)
		if (!prefix_equal(&a->subnets[i], &b->subnets[i]))
			return false;
	return true;
}

/** is_same() - whether two records lead to the same peers */
static bool is_same(const struct record *a, const struct record *b)
{
	return a->broken == b->broken && strcmp(a->node_id, b->node_id) == 0 && is_same_peer(&a->peer, &b->peer);
}

static int apply_delete(struct hosts *hosts, const char *key)
{
	struct record *record = hosts_find(hosts, key);

	if (!record)
		return 0;
	hosts->count--;
	memmove(record, record + 1, (hosts->count - (size_t)(record - hosts->records)) * sizeof *record);
	return 1;
}

int hosts_apply(struct hosts *hosts, const json_t *event, const struct agent_config *config, struct error *err)
{
	const json_t *object = json_object_get(event, "kv");
	const char *type = json_string_value(json_object_get(event, "type"));
	struct error problem = ERROR_INIT;
	struct kv kv;
	int status = kv_read(object, &kv, &problem);

	kv_clear(&kv);
	if (status < 0) {
		log_error(LOG_LEVEL_WARNING, "an event is left out", &problem);
		return 0;
	}
	if (type && strcmp(type, "DELETE") == 0)
		return apply_delete(hosts, kv.key);
	const struct record *found = hosts_find(hosts, kv.key);
	struct record before = {.broken = true};
	if (found)
		before = *found;
	if (take_one(hosts, hosts, object, config, err) < 0)
		return -1;
	found = hosts_find(hosts, kv.key);
	return found && !is_same(found, &before);
}
