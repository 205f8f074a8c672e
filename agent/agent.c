/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop: one process, one thread; whoever waits, waits in libcurl. */
#include "agent/agent.h"

#include "agent/address.h"
#include "agent/log.h"
#include "agent/metrics.h"
#include "agent/notify.h"
#include "agent/publish.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/lock.h"
#include "plugin/overlay_sync.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

enum { MS_PER_SECOND = 1000, KEEP_MS = 600 * MS_PER_SECOND, PROBE_MS = 60 * MS_PER_SECOND, LOCK_WAIT_MS = 100 };

/**
 * struct agent - all that it knows
 * @claim_ms, @keep_ms, @probe_ms, @beat_ms: when to claim, to renew the lease, to ask whether etcd is well, and to tell
 *                                            systemd that we are
 * @dirty:    the files say something else than what is known
 */
struct agent {
	const struct agent_config *config;
	struct etcd etcd;
	struct claim claim;
	struct hosts hosts;
	struct follower follower;
	struct publisher publisher;
	struct backoff claim_backoff, keep_backoff;
	int64_t claim_ms, keep_ms, probe_ms, beat_ms, watchdog_ms;
	bool dirty, announced;
	int stop_fd, metrics_fd;
};

/** take_address() - return: whether it is known; @changed: it is another one than before */
static int take_address(struct agent *agent, bool *changed, struct error *err)
{
	struct overlay_peer *own = &agent->claim.own.peer;
	struct ip host;
	uint8_t length;

	if (address_find(agent->config, &agent->etcd, &host, &length, err) < 0)
		return -1;
	*changed = !ip_equal(&host, &own->host) || length != own->host_length;
	own->host = host;
	own->host_length = length;
	return 0;
}

/** reach() - any answer of etcd will do: it tells our own address */
static int reach(struct agent *agent, struct error *err)
{
	struct reply reply;

	if (etcd_call(&agent->etcd, "/v3/maintenance/status", json_object(), &reply, err) < 0)
		return -1;
	const bool leader = kv_number(reply.json, "leader") != 0;
	json_decref(reply.json);
	if (leader)
		return 0;
	etcd_next_endpoint(&agent->etcd);
	return error_set(err, ERROR_TRY_AGAIN, 0, "etcd: this member has no leader");
}

static int try_claim(struct agent *agent, struct error *err)
{
	bool changed;

	return reach(agent, err) < 0 || take_address(agent, &changed, err) < 0
		       ? -1
		       : claim_take(&agent->claim, &agent->etcd, agent->config, err);
}

static int64_t keep_period(const struct agent *agent)
{
	const int64_t third = (int64_t)agent->config->lease_ttl * MS_PER_SECOND / 3;

	return third < KEEP_MS ? third : KEEP_MS;
}

/** step_claim() - get hold of a subnet */
static void step_claim(struct agent *agent)
{
	struct error problem = ERROR_INIT;
	char text[PREFIX_TEXT_SIZE];

	if (agent->claim.state == CLAIM_HELD || clock_ms() < agent->claim_ms)
		return;
	agent->dirty = true;
	if (try_claim(agent, &problem) < 0) {
		log_error(LOG_LEVEL_WARNING, "no subnet", &problem);
		if (!agent->claim.reason[0])
			(void)snprintf(agent->claim.reason, sizeof agent->claim.reason, "%.150s", problem.msg);
		agent->claim_ms = clock_ms() + backoff_next(&agent->claim_backoff);
		return;
	}
	agent->claim_backoff.failures = 0;
	agent->keep_ms = clock_ms() + keep_period(agent);
	for (size_t i = 0; i < agent->claim.own.peer.subnet_count; i++)
		log_line(LOG_LEVEL_NOTICE, "this host has %s", prefix_format(&agent->claim.own.peer.subnets[i], text));
}

/** renew() - keep the lease, and tell of an address that has changed */
static int renew(struct agent *agent, struct error *err)
{
	bool changed = false;
	int alive = claim_keep(&agent->claim, &agent->etcd, err);

	if (alive < 0)
		return -1;
	if (alive == 0) {
		log_line(LOG_LEVEL_WARNING, "%s: the same subnet is claimed again", agent->claim.reason);
		agent->claim_ms = 0;
		return 0;
	}
	if (take_address(agent, &changed, err) < 0)
		return -1;
	return changed ? claim_update(&agent->claim, &agent->etcd, agent->config, err) : 0;
}

static void step_keep(struct agent *agent)
{
	struct error problem = ERROR_INIT;

	if (agent->claim.state != CLAIM_HELD || clock_ms() < agent->keep_ms)
		return;
	agent->dirty = true;
	if (renew(agent, &problem) < 0) {
		log_error(LOG_LEVEL_WARNING, "lease", &problem);
		agent->keep_ms = clock_ms() + backoff_next(&agent->keep_backoff);
		return;
	}
	agent->keep_backoff.failures = 0;
	agent->keep_ms = clock_ms() + keep_period(agent);
}

/** step_probe() - a watch says nothing for minutes when all is well, and when nothing is */
static void step_probe(struct agent *agent)
{
	struct error problem = ERROR_INIT;

	if (!agent->etcd.watching || clock_ms() < agent->probe_ms)
		return;
	agent->probe_ms = clock_ms() + PROBE_MS;
	if (reach(agent, &problem) < 0)
		follow_break(&agent->follower, &agent->etcd, &problem);
}

/** has_key() - whether what the watch says of a key of ours is what we have written */
static bool has_key(const struct agent *agent, const char *key)
{
	const struct record *record = hosts_find(&agent->hosts, key);

	return record && strcmp(record->claim_id, agent->claim.own.claim_id) == 0 &&
	       record->mod_revision <= agent->claim.node_revision;
}

/** check_own() - somebody may have deleted our keys, or written over them */
static void check_own(struct agent *agent)
{
	char keys[OWN_KEYS][KEY_SIZE];
	struct claim *claim = &agent->claim;

	/* The watch may not have come to our own writing yet */
	if (claim->state != CLAIM_HELD || agent->hosts.revision < claim->node_revision)
		return;
	size_t count = record_subnet_keys(agent->config, claim->own.peer.subnets, claim->own.peer.subnet_count, keys);
	for (size_t i = 0; i < count; i++) {
		if (has_key(agent, keys[i]))
			continue;
		log_line(LOG_LEVEL_WARNING, "%s was deleted or changed: it is claimed again", keys[i]);
		claim->state = CLAIM_NONE;
		agent->claim_ms = 0;
		return;
	}
}

static void step_publish(struct agent *agent)
{
	struct error problem = ERROR_INIT;
	const char *reason;

	/* A lease that could not be renewed runs out by itself */
	if (publish_is_ready(&agent->publisher, &agent->claim, agent->config, &reason) ==
	    (agent->publisher.share.overlay.reason[0] != '\0'))
		agent->dirty = true;
	if (agent->dirty && publish(&agent->publisher, &agent->claim, agent->follower.listed_ms ? &agent->hosts : NULL,
				    agent->config, &problem) < 0)
		log_error(LOG_LEVEL_ERROR, "files", &problem);
	else
		agent->dirty = false;
	publish_sync(&agent->publisher, agent->config);
}

static void serve_metrics(struct agent *agent)
{
	const struct claim *claim = &agent->claim;
	const int64_t now = clock_ms();
	const struct metric metrics[] = {
		{"peers", "Hosts whose containers are reached", false,
		 (int64_t)agent->publisher.share.overlay.peer_count},
		{"refused", "Hosts and subnets that are left out", false, (int64_t)agent->publisher.refused},
		{"lease_held", "1 while this host has a subnet", false, claim->state == CLAIM_HELD},
		{"lease_age_seconds", "Since the lease was last known to be alive", false,
		 claim->renewed_ms ? (now - claim->renewed_ms) / MS_PER_SECOND : -1},
		{"snapshot_age_seconds", "Since all hosts were last listed", false,
		 agent->follower.listed_ms ? (now - agent->follower.listed_ms) / MS_PER_SECOND : -1},
		{"revision", "Of etcd, that the peers are as of", false, agent->hosts.revision},
		{"watching", "1 while there is a watch", false, agent->etcd.watching},
		{"snapshots_total", "Times that all hosts were listed", true, (int64_t)agent->follower.lists},
		{"watch_breaks_total", "Times that a watch or a list failed", true, (int64_t)agent->follower.breaks},
		{"broken_values_total", "Keys and values that could not be read", true, (int64_t)agent->hosts.broken},
		{"claim_races_total", "Claims that another host was faster with", true, (int64_t)claim->races},
		{"leases_lost_total", "Subnets that became another host's", true, (int64_t)claim->losses},
		{"etcd_calls_total", "Requests to etcd", true, (int64_t)agent->etcd.calls},
		{"etcd_failures_total", "Requests to etcd that failed", true, (int64_t)agent->etcd.failures},
		{"syncs_total", "Times that tunnels and routes were compared with the peers", true,
		 (int64_t)agent->publisher.syncs},
		{"sync_failures_total", "Times that this failed", true, (int64_t)agent->publisher.failures},
	};
	char text[METRICS_SIZE];

	metrics_serve(agent->metrics_fd, metrics_text(metrics, sizeof metrics / sizeof *metrics, text));
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/** wait_ms() - until something is due */
static int wait_ms(const struct agent *agent)
{
	int64_t due = clock_ms() + SYNC_MS;

	due = earlier(due, agent->claim.state == CLAIM_HELD ? agent->keep_ms : agent->claim_ms);
	due = earlier(due, follow_due_ms(&agent->follower, &agent->etcd));
	due = earlier(due, agent->publisher.sync_ms ? agent->publisher.sync_ms : due);
	if (agent->watchdog_ms)
		due = earlier(due, agent->beat_ms);
	const int64_t left = due - clock_ms();
	return left > 0 ? (int)left : 0;
}

/** announce() - systemd goes on with what waits for us, also when etcd is away: the cache serves */
static void announce(struct agent *agent)
{
	const struct overlay *overlay = &agent->publisher.share.overlay;

	if (!agent->announced)
		notify("READY=1");
	agent->announced = true;
	if (agent->watchdog_ms && clock_ms() >= agent->beat_ms) {
		agent->beat_ms = clock_ms() + agent->watchdog_ms;
		notify("WATCHDOG=1\nSTATUS=%zu peers%s%s", overlay->peer_count, overlay->reason[0] ? "; " : "",
		       overlay->reason);
	}
}

/** wait_for_news() - return: false: the process is to end */
static bool wait_for_news(struct agent *agent)
{
	struct curl_waitfd fds[] = {
		{.fd = agent->stop_fd, .events = CURL_WAIT_POLLIN},
		{.fd = agent->metrics_fd, .events = CURL_WAIT_POLLIN},
	};

	etcd_wait(&agent->etcd, fds, agent->metrics_fd >= 0 ? 2 : 1, wait_ms(agent));
	if (agent->metrics_fd >= 0 && fds[1].revents)
		serve_metrics(agent);
	return !fds[0].revents;
}

static void loop(struct agent *agent)
{
	do {
		step_claim(agent);
		step_keep(agent);
		if (follow(&agent->follower, &agent->etcd, agent->config, &agent->hosts)) {
			agent->dirty = true;
			check_own(agent);
		}
		step_probe(agent);
		step_publish(agent);
		announce(agent);
	} while (wait_for_news(agent));
	notify("STOPPING=1");
}

/** run_once() - what the loop does, each once, and any failure is one */
static int run_once(struct agent *agent, struct error *err)
{
	if (try_claim(agent, err) < 0 || hosts_list(&agent->hosts, &agent->etcd, agent->config, err) < 0 ||
	    publish(&agent->publisher, &agent->claim, &agent->hosts, agent->config, err) < 0)
		return -1;
	return overlay_sync(agent->config->sync, strlen(agent->config->sync), err);
}

/** open_signals() - as a descriptor; a connection that breaks while it is written to is an error, no signal */
static int open_signals(struct error *err)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd >= 0 ? fd : error_set(err, ERROR_KERNEL, errno, "wait for signals");
}

/** take_lock() - one agent per network */
static int take_lock(const struct agent_config *config, struct error *err)
{
	char dir[AGENT_PATH_SIZE * 2], label[AGENT_PATH_SIZE * 3];

	(void)snprintf(dir, sizeof dir, "%s/%s", config->data_dir, config->network);
	(void)snprintf(label, sizeof label, "%s/agent.lock", dir);
	AUTO_CLOSE int fd = dir_make_path(dir, err);
	if (fd < 0)
		return -1;
	const struct lock_file lock = {.dirfd = fd, .name = "agent.lock", .label = label, .wait_ms = LOCK_WAIT_MS};
	return lock_file_take(&lock, LOCK_EX, err);
}

static int open_all(struct agent *agent, bool once, struct error *err)
{
	const struct agent_config *config = agent->config;

	(void)umask(077);
	agent->stop_fd = open_signals(err);
	if (agent->stop_fd < 0 || etcd_open(&agent->etcd, &config->etcd, agent->stop_fd, err) < 0)
		return -1;
	if (config->metrics[0] && !once) {
		agent->metrics_fd = metrics_open(config->metrics, err);
		if (agent->metrics_fd < 0)
			return -1;
	}
	(void)snprintf(agent->claim.own.node_id, sizeof agent->claim.own.node_id, "%s", config->node_id);
	agent->claim.own.peer.has_key = config->has_key;
	memcpy(agent->claim.own.peer.public_key, config->public_key, sizeof config->public_key);
	if (config->overlay->kind == OVERLAY_WIREGUARD)
		agent->claim.own.peer.port = config->overlay->port;
	publish_begin(&agent->publisher, &agent->claim, config);
	agent->watchdog_ms = notify_watchdog_ms();
	agent->dirty = true;
	return 0;
}

static void close_all(struct agent *agent)
{
	etcd_close(&agent->etcd);
	hosts_clear(&agent->hosts);
	share_clear(&agent->publisher.share);
	cleanup_close(&agent->stop_fd);
	cleanup_close(&agent->metrics_fd);
}

int agent_run(const struct agent_config *config, bool once, struct error *err)
{
	struct agent agent = {.config = config, .stop_fd = -1, .metrics_fd = -1};
	AUTO_CLOSE int lock = take_lock(config, err);
	int status = lock < 0 ? -1 : open_all(&agent, once, err);

	if (status == 0 && once)
		status = run_once(&agent, err);
	else if (status == 0)
		loop(&agent);
	close_all(&agent);
	return status;
}

int agent_leave(const struct agent_config *config, struct error *err)
{
	struct agent agent = {.config = config, .stop_fd = -1, .metrics_fd = -1};
	AUTO_CLOSE int lock = take_lock(config, err);
	bool changed;
	int status = lock < 0 ? -1 : open_all(&agent, true, err);

	if (status == 0)
		status = reach(&agent, err) < 0 || take_address(&agent, &changed, err) < 0 ||
					 claim_leave(&agent.claim, &agent.etcd, config, err) < 0 ||
					 overlay_leave(config->data_dir, config->network, err) < 0
				 ? -1
				 : share_remove(config, err);
	close_all(&agent);
	return status;
}
