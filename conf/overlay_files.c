/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files in which somebody else says what this host's share is: the agent's, and flannel's. */
#include "base/cleanup.h"
#include "base/file.h"
#include "conf/input.h"
#include "conf/network.h"
#include "conf/overlay_config.h"
#include "conf/overlay_peers.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char READY[] = "ready";

/** read_file() - NULL in *@text: there is none, which is the reason to wait for it */
static int read_file(struct overlay *overlay, const char *path, size_t limit, char **text, size_t *length,
		     struct error *err)
{
	struct error problem = ERROR_INIT;

	*text = NULL;
	if (file_read(AT_FDCWD, path, limit, text, length, &problem) == 0)
		return 0;
	if (problem.errnum != ENOENT)
		return error_set(err, ERROR_IO, 0, "overlay: %s", problem.msg);
	overlay->ready = false;
	(void)snprintf(overlay->reason, sizeof overlay->reason, "%.140s is not there", path);
	return 0;
}

/** read_state() - of whoever writes the file */
static int read_state(struct overlay *overlay, const struct field *root, struct error *err)
{
	const char *state = "", *reason = "";

	if (field_text(root, "state", &state, err) < 0 || field_text(root, "reason", &reason, err) < 0)
		return -1;
	overlay->ready = strcmp(state, READY) == 0;
	if (!overlay->ready)
		(void)snprintf(overlay->reason, sizeof overlay->reason, "%.100s",
			       reason[0] ? reason : "no reason given");
	return 0;
}

static int read_document(struct overlay *overlay, const struct field *root, struct error *err)
{
	struct field supernet = field_get(root, "network"), subnets, peers;

	if (read_state(overlay, root, err) < 0 || field_array(root, "subnets", &subnets, err) < 0 ||
	    field_array(root, "peers", &peers, err) < 0)
		return -1;
	if (supernet.json && overlay_networks_read(overlay, &supernet, err) < 0)
		return -1;
	int count = subnets.json ? overlay_subnets_read(overlay->subnets, &subnets, err) : 0;
	overlay->subnet_count = (uint8_t)(count < 0 ? 0 : count);
	if (count < 0 || (!overlay->mtu && network_mtu(&overlay->mtu, root, err) < 0))
		return -1;
	return peers.json ? overlay_peers_read(overlay, &peers, PEERS_WISHED, err) : 0;
}

int overlay_read_peers_file(struct overlay *overlay, const char *path, struct error *err)
{
	AUTO_FREE char *text = NULL;
	json_auto_t *document = NULL;
	size_t length;

	if (read_file(overlay, path, PEERS_FILE_LIMIT, &text, &length, err) < 0 || !text)
		return text || err->code == ERROR_NONE ? 0 : -1;
	if (input_parse(text, length, &document, err) < 0) {
		error_detail(err, "file: %s", path);
		return -1;
	}
	const struct field root = field_root(document, "peersFile");
	return read_document(overlay, &root, err);
}

/** struct share - what a line of subnet.env says */
struct share {
	const char *key;
	bool own;
	sa_family_t family;
};

static const struct share shares[] = {
	{"FLANNEL_NETWORK", false, AF_INET},
	{"FLANNEL_SUBNET", true, AF_INET},
	{"FLANNEL_IPV6_NETWORK", false, AF_INET6},
	{"FLANNEL_IPV6_SUBNET", true, AF_INET6},
};

/** take_networks() - flanneld 0.27 and later: several, separated by commas; the first is the one it had before */
static bool take_share(struct overlay *overlay, const struct share *share, char *value)
{
	struct prefix prefix = {.length = 0};

	value[strcspn(value, ",")] = '\0';
	if (!prefix_parse(value, &prefix) || prefix.ip.family != share->family)
		return false;
	prefix = prefix_network(&prefix);
	if (share->own && overlay->subnet_count < MAX_PEER_SUBNETS)
		overlay->subnets[overlay->subnet_count++] = prefix;
	else if (!share->own)
		overlay->networks[share->family == AF_INET6] = prefix;
	return true;
}

static bool take_line(struct overlay *overlay, const char *key, char *value)
{
	if (strcmp(key, "FLANNEL_IPMASQ") == 0) {
		overlay->masquerades = strcmp(value, "true") == 0;
		return overlay->masquerades || strcmp(value, "false") == 0;
	}
	if (strcmp(key, "FLANNEL_MTU") == 0) {
		unsigned long mtu = strtoul(value, NULL, 10);

		if (!overlay->mtu && mtu <= UINT16_MAX)
			overlay->mtu = (uint32_t)mtu;
		return mtu <= UINT16_MAX && value[0] != '\0' && value[strspn(value, "0123456789")] == '\0';
	}
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
		if (strcmp(shares[i].key, key) == 0)
			return take_share(overlay, &shares[i], value);
	return true; /* what a later version may add */
}

int overlay_read_subnet_file(struct overlay *overlay, const char *path, struct error *err)
{
	AUTO_FREE char *text = NULL;
	char *rest, *line;
	size_t length;

	if (read_file(overlay, path, SUBNET_FILE_LIMIT, &text, &length, err) < 0 || !text)
		return text || err->code == ERROR_NONE ? 0 : -1;
	for (rest = text; (line = strsep(&rest, "\n"));) {
		char *value = strchr(line, '=');

		if (!value)
			continue;
		*value++ = '\0';
		if (!take_line(overlay, line, value))
			return error_set(err, ERROR_CONFIG, 0, "%.128s: %s: invalid value: %.64s", path, line, value);
	}
	overlay->ready = overlay->subnet_count > 0;
	if (!overlay->ready)
		(void)snprintf(overlay->reason, sizeof overlay->reason, "%.100s has no FLANNEL_SUBNET", path);
	return 0;
}
