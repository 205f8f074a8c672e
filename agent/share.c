/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and writing what this host knows of its share and its peers. */
#include "agent/share.h"

#include "agent/log.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "conf/input.h"
#include "conf/json_text.h"
#include "conf/overlay_config.h"
#include "conf/overlay_peers.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { SHARE_PATH_SIZE = AGENT_PATH_SIZE * 2 };

static const char NAME[] = "peers";

void share_clear(struct share *share)
{
	overlay_clear(&share->overlay);
}

void share_file(const struct agent_config *config, char path[static SHARE_PATH_SIZE])
{
	(void)snprintf(path, SHARE_PATH_SIZE, "%s/%s/%s", config->data_dir, config->network, NAME);
}

/** read_rest() - what ADD does not look at */
static void read_rest(struct share *share, const json_t *document)
{
	const char *claim = json_string_value(json_object_get(document, "claimID"));
	const char *host = json_string_value(json_object_get(document, "host"));

	(void)snprintf(share->claim_id, sizeof share->claim_id, "%s", claim ? claim : "");
	if (!host || !ip_parse(host, &share->host))
		share->host.family = AF_UNSPEC;
	share->renewed = json_integer_value(json_object_get(document, "renewed"));
	share->ttl = json_integer_value(json_object_get(document, "ttl"));
	share->revision = json_integer_value(json_object_get(document, "revision"));
}

void share_read(const char *path, struct share *share, bool *found)
{
	struct error problem = ERROR_INIT;
	AUTO_FREE char *text = NULL;
	json_auto_t *document = NULL;
	size_t length;

	*share = (struct share){.revision = 0};
	*found = false;
	if (file_read(AT_FDCWD, path, PEERS_FILE_LIMIT, &text, &length, &problem) < 0) {
		if (problem.errnum != ENOENT)
			log_error(LOG_LEVEL_WARNING, path, &problem);
		return;
	}
	if (input_parse(text, length, &document, &problem) < 0 ||
	    overlay_read_peers_file(&share->overlay, path, &problem) < 0) {
		log_error(LOG_LEVEL_WARNING, path, &problem);
		share_clear(share);
		*share = (struct share){.revision = 0};
		return;
	}
	read_rest(share, document);
	*found = true;
}

static json_t *prefix_list(const struct prefix prefixes[], size_t count)
{
	json_t *list = json_array();
	char text[PREFIX_TEXT_SIZE];
	int status = 0;

	for (size_t i = 0; i < count; i++)
		if (ip_is_set(&prefixes[i].ip))
			status |= json_array_append_new(list, json_string(prefix_format(&prefixes[i], text)));
	if (status == 0)
		return list;
	json_decref(list);
	return NULL;
}

static char *share_text(const struct agent_config *config, const struct share *share, const char *state)
{
	char host[IP_TEXT_SIZE];

	json_auto_t *document = json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:s, s:s, s:I, s:I}", "state", state,
					  "reason", share->overlay.reason, "revision", (json_int_t)share->revision,
					  "network", prefix_list(config->overlay->networks, OVERLAY_FAMILIES),
					  "subnets", prefix_list(share->overlay.subnets, share->overlay.subnet_count),
					  "peers", overlay_peers_write(&share->overlay, PEERS_WISHED), "claimID",
					  share->claim_id, "host", ip_format(&share->host, host), "renewed",
					  (json_int_t)share->renewed, "ttl", (json_int_t)share->ttl);

	return json_text(document, JSON_COMPACT);
}

/** replace() - @path, in a directory that is made if need be, unless it holds just that. *@written: it did not */
static int replace(const char *path, const char *text, bool *written, struct error *err)
{
	char dir[SHARE_PATH_SIZE], temporary[AGENT_PATH_SIZE];
	struct error ignored = ERROR_INIT;
	const char *name = strrchr(path, '/') + 1;
	AUTO_FREE char *before = NULL;

	(void)snprintf(dir, sizeof dir, "%.*s", (int)(name - path), path);
	(void)snprintf(temporary, sizeof temporary, ".%.200s.new", name);
	AUTO_CLOSE int fd = dir_make_path(dir, err);
	if (fd < 0)
		return -1;
	*written = file_read(fd, name, PEERS_FILE_LIMIT, &before, NULL, &ignored) < 0 || strcmp(before, text) != 0;
	return *written ? file_replace(fd, temporary, name, text, strlen(text), err) : 0;
}

int share_write(const struct agent_config *config, const struct share *share, const char *state, bool *written,
		struct error *err)
{
	char path[SHARE_PATH_SIZE];
	AUTO_FREE char *text = share_text(config, share, state);
	bool ignored;

	if (!text)
		return error_set(err, ERROR_IO, ENOMEM, "write the peers");
	if (strlen(text) > PEERS_FILE_LIMIT)
		return error_set(err, ERROR_CONFIG, 0, "the peers take more than %d bytes", PEERS_FILE_LIMIT);
	share_file(config, path);
	if (replace(path, text, written, err) < 0)
		return -1;
	return replace(config->cache_file, text, &ignored, err);
}

int share_remove(const struct agent_config *config, struct error *err)
{
	char path[SHARE_PATH_SIZE];

	share_file(config, path);
	return file_remove(AT_FDCWD, path, err) | file_remove(AT_FDCWD, config->cache_file, err);
}
