/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files, tunnels and routes from what is known. */
#include "agent/publish.h"

#include "agent/log.h"
#include "agent/peers.h"
#include "plugin/overlay_sync.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MS_PER_SECOND = 1000 };

static const char READY[] = "ready", WAITING[] = "waiting", LOST[] = "lost";

void publish_begin(struct publisher *publisher, struct claim *claim, const struct agent_config *config)
{
	struct share *share = &publisher->share;
	char path[AGENT_PATH_SIZE * 2];
	bool found;

	share_file(config, path);
	share_read(path, share, &found);
	/* The file is as old as this boot: containers may have addresses of it */
	claim->insists = found && share->overlay.subnet_count > 0;
	if (!found)
		share_read(config->cache_file, share, &found);
	claim->own.peer.subnet_count = share->overlay.subnet_count;
	memcpy(claim->own.peer.subnets, share->overlay.subnets, sizeof claim->own.peer.subnets);
	memcpy(claim->own.claim_id, share->claim_id, sizeof claim->own.claim_id);
	claim->own.peer.host = share->host;
}

bool publish_is_ready(const struct publisher *publisher, const struct claim *claim, const struct agent_config *config,
		      const char **reason)
{
	const struct share *share = &publisher->share;

	*reason = claim->reason[0] ? claim->reason : "etcd has not been reached yet";
	/* Before the first word of etcd what was written last holds, for as long as the lease may */
	if (claim->state == CLAIM_NONE && claim->renewed_ms == 0) {
		const bool lasts = share->renewed + share->ttl > (int64_t)time(NULL);

		if (share->overlay.subnet_count > 0 && !lasts && share->ttl)
			*reason = "etcd has not been reached for longer than the lease lasts";
		return share->overlay.subnet_count > 0 && (lasts || !share->ttl);
	}
	if (claim->state != CLAIM_HELD)
		return false;
	if (!claim->lease || clock_ms() - claim->renewed_ms < (int64_t)config->lease_ttl * MS_PER_SECOND)
		return true;
	*reason = "etcd has not been reached for longer than the lease lasts";
	return false;
}

/** take_claim() - who this host is, as of the last word of etcd */
static void take_claim(struct share *share, const struct claim *claim, const struct agent_config *config)
{
	share->host = claim->own.peer.host;
	if (claim->state != CLAIM_HELD)
		return;
	share->overlay.subnet_count = claim->own.peer.subnet_count;
	memcpy(share->overlay.subnets, claim->own.peer.subnets, sizeof claim->own.peer.subnets);
	memcpy(share->claim_id, claim->own.claim_id, sizeof claim->own.claim_id);
	const int64_t renewed = (int64_t)time(NULL) - (clock_ms() - claim->renewed_ms) / MS_PER_SECOND;
	if (renewed < share->renewed || renewed > share->renewed + 1) /* two clocks never tick at the same time */
		share->renewed = renewed;
	share->ttl = claim->lease ? config->lease_ttl : 0;
}

int publish(struct publisher *publisher, struct claim *claim, const struct hosts *hosts,
	    const struct agent_config *config, struct error *err)
{
	struct share *share = &publisher->share;
	const char *reason;
	bool written = false;

	take_claim(share, claim, config);
	const bool ready = publish_is_ready(publisher, claim, config, &reason);
	if (hosts) {
		if (peers_choose(&share->overlay, hosts, &claim->own, config, &publisher->refused, err) < 0)
			return -1;
		share->revision = hosts->revision;
	}
	(void)snprintf(share->overlay.reason, sizeof share->overlay.reason, "%s", ready ? "" : reason);
	if (share_write(config, share, ready ? READY : claim->state == CLAIM_LOST ? LOST : WAITING, &written, err) < 0)
		return -1;
	if (written)
		publisher->sync_ms = 0;
	claim->insists |= ready;
	return 0;
}

void publish_sync(struct publisher *publisher, const struct agent_config *config)
{
	struct error problem = ERROR_INIT;

	if (clock_ms() < publisher->sync_ms)
		return;
	publisher->sync_ms = clock_ms() + SYNC_MS;
	if (publisher->share.overlay.reason[0] || publisher->share.overlay.subnet_count == 0)
		return;
	publisher->syncs++;
	if (overlay_sync(config->sync, strlen(config->sync), &problem) < 0) {
		publisher->failures++;
		/* The same words every half a minute would help nobody */
		if (!publisher->failed)
			log_error(LOG_LEVEL_ERROR, "overlay", &problem);
		publisher->failed = true;
		return;
	}
	if (publisher->failed)
		log_line(LOG_LEVEL_NOTICE, "overlay: it is as it should be again");
	publisher->failed = false;
}
