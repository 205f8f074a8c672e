/* SPDX-License-Identifier: GPL-2.0-or-later */
/* List and watch. */
#include "agent/watch.h"

#include "agent/log.h"

#include <string.h>

/**
 * resume_behind() - the next watch begins behind the last event that was seen
 *
 * Not behind the revision in the header of its line: what etcd sends to one who lags has the header of now, and events of
 * before (server/storage/mvcc/watchable_store.go).
 */
static void resume_behind(struct follower *follower, const json_t *events)
{
	const json_t *last = json_array_get(events, json_array_size(events) - 1);
	const int64_t revision = kv_number(json_object_get(last, "kv"), "mod_revision");

	if (revision >= follower->resume)
		follower->resume = revision + 1;
}

static int take_canceled(struct follower *follower, const json_t *result, struct error *err)
{
	const char *reason = json_string_value(json_object_get(result, "cancel_reason"));
	const int64_t compacted = kv_number(result, "compact_revision");

	if (!compacted)
		return error_set(err, ERROR_TRY_AGAIN, 0, "etcd has ended the watch: %s",
				 reason ? reason : "no reason given");
	/* The connection stays open, but nothing will ever come through it */
	follower->resume = 0;
	return error_set(err, ERROR_TRY_AGAIN, 0, "etcd has dropped all before revision %lld", (long long)compacted);
}

int follow_line(struct follower *follower, const json_t *line, const struct agent_config *config, struct hosts *hosts,
		bool *changed, struct error *err)
{
	const json_t *result = json_object_get(line, "result");
	const json_t *events = json_object_get(result, "events");
	const json_t *refusal = json_object_get(line, "error");

	if (!result) {
		const char *text = json_string_value(json_object_get(refusal, "message"));

		return error_set(err, ERROR_TRY_AGAIN, 0, "etcd has ended the watch: %s",
				 text ? text : "no reason given");
	}
	if (json_is_true(json_object_get(result, "canceled")))
		return take_canceled(follower, result, err);
	if (json_is_true(json_object_get(result, "created")))
		return 0;
	if (json_array_size(events) == 0) {
		/* A report of progress: all up to here has been sent */
		if (kv_revision(result) >= follower->resume)
			follower->resume = kv_revision(result) + 1;
		return 0;
	}
	for (size_t i = 0; i < json_array_size(events); i++) {
		int status = hosts_apply(hosts, json_array_get(events, i), config, err);

		if (status < 0)
			return -1;
		*changed |= status > 0;
	}
	resume_behind(follower, events);
	hosts->revision = follower->resume - 1;
	return 0;
}

void follow_break(struct follower *follower, struct etcd *etcd, const struct error *why)
{
	const bool was_watching = etcd->watching;

	if (was_watching && clock_ms() - follower->begun_ms > HEALTHY_MS)
		follower->backoff.failures = 0;
	follower->breaks++;
	log_error(LOG_LEVEL_NOTICE, "watch", why);
	if (etcd->config->user[0]) /* it may be the token that is no longer good */
		etcd->token[0] = '\0';
	etcd_watch_end(etcd);
	/* A list has gone through all endpoints itself; what was compacted is so everywhere */
	if (was_watching && follower->resume && etcd->endpoint == etcd->watch_endpoint)
		etcd_next_endpoint(etcd);
	follower->next_ms = clock_ms() + backoff_next(&follower->backoff);
}

static int begin_watch(struct follower *follower, struct etcd *etcd, const struct agent_config *config,
		       struct error *err)
{
	char begin[KEY_SIZE], end[KEY_SIZE];

	record_range(config, begin, end);
	json_t *request = json_pack("{s:{s:o, s:o, s:o, s:b}}", "create_request", "key", kv_text(begin), "range_end",
				    kv_text(end), "start_revision", kv_int64(follower->resume), "progress_notify", 1);
	follower->begun_ms = clock_ms();
	return etcd_watch_begin(etcd, request, err);
}

/** list_again() - all of them; what differs is not looked at: whoever writes files sees it */
static int list_again(struct follower *follower, struct etcd *etcd, const struct agent_config *config,
		      struct hosts *hosts, struct error *err)
{
	if (hosts_list(hosts, etcd, config, err) < 0)
		return -1;
	follower->lists++;
	follower->listed_ms = clock_ms();
	follower->resume = hosts->revision + 1;
	return 0;
}

/** start() - whatever a watch needs. Return: whether hosts were listed */
static bool start(struct follower *follower, struct etcd *etcd, const struct agent_config *config, struct hosts *hosts)
{
	struct error problem = ERROR_INIT;
	const bool list = follower->resume == 0 || clock_ms() - follower->listed_ms > RELIST_MS;

	if ((list && list_again(follower, etcd, config, hosts, &problem) < 0) ||
	    begin_watch(follower, etcd, config, &problem) < 0) {
		follow_break(follower, etcd, &problem);
		return false;
	}
	return list;
}

/** take_lines() - all that has come. Return: -1: the watch is over */
static int take_lines(struct follower *follower, struct etcd *etcd, const struct agent_config *config,
		      struct hosts *hosts, bool *changed, struct error *err)
{
	json_t *line;
	int status;

	while ((status = etcd_watch_next(etcd, &line, err)) > 0) {
		status = follow_line(follower, line, config, hosts, changed, err);
		json_decref(line);
		if (status < 0)
			break;
	}
	return status;
}

bool follow(struct follower *follower, struct etcd *etcd, const struct agent_config *config, struct hosts *hosts)
{
	struct error problem = ERROR_INIT;
	bool changed = false;

	/* A watch that lies is found out in ten minutes: the list is read and watched from */
	if (etcd->watching && clock_ms() - follower->listed_ms > RELIST_MS)
		etcd_watch_end(etcd);
	/* Calls have found their endpoint dead before the watch has: that would be silent for a minute */
	if (etcd->watching && etcd->endpoint != etcd->watch_endpoint)
		etcd_watch_end(etcd);
	if (!etcd->watching && clock_ms() >= follower->next_ms)
		changed = start(follower, etcd, config, hosts);
	if (etcd->watching && take_lines(follower, etcd, config, hosts, &changed, &problem) < 0)
		follow_break(follower, etcd, &problem);
	return changed;
}

int64_t follow_due_ms(const struct follower *follower, const struct etcd *etcd)
{
	return etcd->watching ? follower->listed_ms + RELIST_MS + 1 : follower->next_ms;
}
