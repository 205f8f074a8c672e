/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's configuration. */
#include "agent/config.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/sha512.h"
#include "conf/input.h"
#include "conf/json_text.h"
#include "conf/overlay_config.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum {
	DEFAULT_LENGTH_IPV4 = 24,
	DEFAULT_LENGTH_IPV6 = 64,
	DEFAULT_TTL = 86400,
	MIN_TTL = 5,
	MACHINE_ID_LIMIT = 256,
	NODE_ID_DIGITS = 32
};

static const char DEFAULT_DATA_DIR[] = "/run/cambric";

static const char *const root_keys[] = {"network",	    "dataDir",	"overlay",   "etcd",	 "subnetLength",
					"subnetLengthIPv6", "leaseTTL", "nodeID",    "publicIP", "publicKey",
					"layout",	    "metrics",	"cacheFile", "comment",	 NULL};
static const char *const etcd_keys[] = {"endpoints", "prefix",	     "caFile",	      "certFile", "keyFile",
					"user",	     "passwordFile", "allowInsecure", NULL};

static int read_endpoints(struct etcd_config *etcd, const struct field *object, struct error *err)
{
	struct field list;

	if (field_array(object, "endpoints", &list, err) < 0 || field_limit(&list, MAX_ENDPOINTS, err) < 0)
		return -1;
	etcd->endpoint_count = field_count(&list);
	if (etcd->endpoint_count == 0)
		return error_set(err, ERROR_CONFIG, 0, "etcd.endpoints: at least one is needed");
	for (size_t i = 0; i < etcd->endpoint_count; i++) {
		const struct field item = field_item(&list, i);
		char *url = etcd->endpoints[i];

		if (field_as_copy(&item, url, AGENT_PATH_SIZE, err) < 0)
			return -1;
		if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
			return error_set(err, ERROR_CONFIG, 0, "%s: %.128s is no http:// or https:// address",
					 item.path, url);
		for (size_t end = strlen(url); end > 0 && url[end - 1] == '/';)
			url[--end] = '\0';
	}
	return 0;
}

/** check_secrets() - a password that anybody on the way can read is none */
static int check_secrets(const struct etcd_config *etcd, struct error *err)
{
	if ((etcd->user[0] == '\0') != (etcd->password_file[0] == '\0'))
		return error_set(err, ERROR_CONFIG, 0, "etcd: user and passwordFile come together");
	if ((etcd->cert_file[0] == '\0') != (etcd->key_file[0] == '\0'))
		return error_set(err, ERROR_CONFIG, 0, "etcd: certFile and keyFile come together");
	for (size_t i = 0; i < etcd->endpoint_count; i++)
		if (strncmp(etcd->endpoints[i], "http://", 7) == 0 && !etcd->allow_insecure &&
		    (etcd->user[0] || etcd->cert_file[0] || etcd->ca_file[0]))
			return error_set(err, ERROR_CONFIG, 0,
					 "etcd.endpoints[%zu]: %.128s is not encrypted, but there are credentials or a "
					 "caFile; say https, or allowInsecure",
					 i, etcd->endpoints[i]);
	return 0;
}

static int read_etcd(struct etcd_config *etcd, const struct field *root, const char *network, struct error *err)
{
	struct field object;

	if (field_object(root, "etcd", &object, err) < 0)
		return -1;
	if (!object.json)
		return error_set(err, ERROR_CONFIG, 0, "etcd is missing");
	(void)snprintf(etcd->prefix, sizeof etcd->prefix, "/cambric/%.100s", network);
	if (field_only(&object, etcd_keys, err) < 0 || read_endpoints(etcd, &object, err) < 0 ||
	    field_copy(&object, "prefix", etcd->prefix, sizeof etcd->prefix, err) < 0 ||
	    field_copy(&object, "caFile", etcd->ca_file, sizeof etcd->ca_file, err) < 0 ||
	    field_copy(&object, "certFile", etcd->cert_file, sizeof etcd->cert_file, err) < 0 ||
	    field_copy(&object, "keyFile", etcd->key_file, sizeof etcd->key_file, err) < 0 ||
	    field_copy(&object, "user", etcd->user, sizeof etcd->user, err) < 0 ||
	    field_copy(&object, "passwordFile", etcd->password_file, sizeof etcd->password_file, err) < 0 ||
	    field_boolean(&object, "allowInsecure", &etcd->allow_insecure, err) < 0)
		return -1;
	for (size_t end = strlen(etcd->prefix); end > 0 && etcd->prefix[end - 1] == '/';)
		etcd->prefix[--end] = '\0';
	if (etcd->prefix[0] != '/')
		return error_set(err, ERROR_CONFIG, 0, "etcd.prefix: \"%.100s\" does not begin with a slash",
				 etcd->prefix);
	return check_secrets(etcd, err);
}

/** sync_text() - the configuration of a plugin that takes its peers from the file that we write */
static char *sync_text(const struct agent_config *config, json_t *overlay)
{
	json_auto_t *document =
		json_pack("{s:s, s:s, s:s, s:{s:s}, s:O}", "cniVersion", "1.1.0", "name", config->network, "type",
			  "cambric", "ipam", "dataDir", config->data_dir, "overlay", overlay);

	return json_text(document, JSON_COMPACT);
}

/** read_overlay() - through the reader that ADD has, with an empty list in the place of the file that is not there yet */
static int read_overlay(struct agent_config *config, const struct field *root, struct error *err)
{
	static const char *const others[] = {"peers", "peersFile", "subnetFile", NULL};
	const struct field given = field_get(root, "overlay");
	json_auto_t *overlay = json_is_object(given.json) ? json_deep_copy(given.json) : NULL;
	json_auto_t *document = NULL;
	struct network network = {.overlay = NULL};

	if (!overlay)
		return error_set(err, ERROR_CONFIG, 0, "overlay is missing, or no object");
	for (size_t i = 0; others[i]; i++)
		if (json_object_get(overlay, others[i]))
			return error_set(err, ERROR_CONFIG, 0, "overlay.%s: the agent finds the peers itself",
					 others[i]);
	config->sync = sync_text(config, overlay);
	if (json_object_set_new(overlay, "peers", json_array()) < 0 ||
	    !(document = json_pack("{s:O}", "overlay", overlay)) || !config->sync)
		return error_set(err, ERROR_IO, ENOMEM, "read the key \"overlay\"");
	const struct field field = field_root(document, "");
	int status = overlay_config_read(&network, &field, err);
	config->overlay = network.overlay;
	if (status == 0 && !overlay_network(config->overlay, AF_INET) && !overlay_network(config->overlay, AF_INET6))
		return error_set(err, ERROR_CONFIG, 0, "overlay.network is missing: subnets are taken out of it");
	return status;
}

static int read_lengths(struct agent_config *config, const struct field *root, struct error *err)
{
	for (size_t i = 0; i < OVERLAY_FAMILIES; i++) {
		const struct prefix *network = &config->overlay->networks[i];
		const bool ipv6 = network->ip.family == AF_INET6;
		int64_t length = ipv6 ? DEFAULT_LENGTH_IPV6 : DEFAULT_LENGTH_IPV4, low = network->length + 1;
		char text[PREFIX_TEXT_SIZE];

		if (!ip_is_set(&network->ip))
			continue;
		if (field_integer(root, ipv6 ? "subnetLengthIPv6" : "subnetLength", 1, ip_bits(network->ip.family) - 2,
				  &length, err) < 0)
			return -1;
		if (length < low || length - network->length > 24)
			return error_set(err, ERROR_CONFIG, 0,
					 "subnetLength%s: /%d is no share of %s (between 1 and 24 bits longer)",
					 ipv6 ? "IPv6" : "", (int)length, prefix_format(network, text));
		config->subnet_lengths[i] = (uint8_t)length;
	}
	return 0;
}

/** read_machine_id() - hashed with what it is used for, as machine-id(5) asks for; the plain one is a secret */
static int read_machine_id(struct agent_config *config, struct error *err)
{
	char salted[MACHINE_ID_LIMIT + 16], hex[SHA512_HEX_SIZE];
	AUTO_FREE char *text = NULL;

	if (file_read(AT_FDCWD, "/etc/machine-id", MACHINE_ID_LIMIT, &text, NULL, err) < 0 || text[0] == '\0') {
		error_detail(err, "set nodeID in the agent's configuration");
		return text && err->code == ERROR_NONE ? error_set(err, ERROR_CONFIG, 0, "/etc/machine-id is empty")
						       : -1;
	}
	text[strcspn(text, "\n")] = '\0';
	(void)snprintf(salted, sizeof salted, "cambricd/%s", text);
	(void)snprintf(config->node_id, sizeof config->node_id, "%.*s", NODE_ID_DIGITS,
		       sha512_hex(salted, strlen(salted), hex));
	return 0;
}

/** read_node_id() - it becomes a part of a key: no slashes */
static int read_node_id(struct agent_config *config, const struct field *root, struct error *err)
{
	if (field_copy(root, "nodeID", config->node_id, sizeof config->node_id, err) < 0)
		return -1;
	for (const char *byte = config->node_id; *byte; byte++)
		if (!isalnum((unsigned char)*byte) && !strchr("._-", *byte))
			return error_set(err, ERROR_CONFIG, 0,
					 "nodeID: \"%s\" has other than letters, digits, '.', '_', '-'",
					 config->node_id);
	return config->node_id[0] ? 0 : read_machine_id(config, err);
}

static int read_public(struct agent_config *config, const struct field *root, struct error *err)
{
	struct prefix prefix = {.length = 0};
	const char *text = "";

	if (field_text(root, "publicIP", &text, err) < 0 || text[0] == '\0')
		return err->code == ERROR_NONE ? 0 : -1;
	if (!prefix_parse(text, &prefix) && !ip_parse(text, &prefix.ip))
		return error_set(err, ERROR_CONFIG, 0, "publicIP: invalid IP address: %.64s", text);
	config->public_ip = prefix.ip;
	config->public_length = prefix.length;
	return 0;
}

/** read_key() - the kernel tells the public key of a device only, and there is none before the first peer */
static int read_key(struct agent_config *config, const struct field *root, struct error *err)
{
	const char *text = "";

	if (field_text(root, "publicKey", &text, err) < 0)
		return -1;
	config->has_key = text[0] && base64_decode(text, config->public_key, sizeof config->public_key);
	if (text[0] && !config->has_key)
		return error_set(err, ERROR_CONFIG, 0, "publicKey: \"%.64s\" is no key (32 bytes in base64)", text);
	if (config->overlay->kind == OVERLAY_WIREGUARD && !config->has_key)
		return error_set(err, ERROR_CONFIG, 0,
				 "publicKey is missing: \"wg pubkey\" makes it of overlay.privateKeyFile");
	return 0;
}

static int read_layout(struct agent_config *config, const struct field *root, struct error *err)
{
	const char *word = "cambric";

	if (field_text(root, "layout", &word, err) < 0)
		return -1;
	config->layout = strcmp(word, "flannel") == 0 ? LAYOUT_FLANNEL : LAYOUT_CAMBRIC;
	if (config->layout != LAYOUT_FLANNEL && strcmp(word, "cambric") != 0)
		return error_set(err, ERROR_CONFIG, 0, "layout: \"%.32s\" is neither cambric nor flannel", word);
	if (config->layout == LAYOUT_FLANNEL && !overlay_network(config->overlay, AF_INET))
		return error_set(err, ERROR_CONFIG, 0,
				 "layout: flannel's keys begin with an IPv4 subnet; there is no "
				 "IPv4 in overlay.network");
	return 0;
}

static int read_names(struct agent_config *config, const struct field *root, struct error *err)
{
	if (field_copy(root, "network", config->network, sizeof config->network, err) < 0 ||
	    field_copy(root, "dataDir", config->data_dir, sizeof config->data_dir, err) < 0)
		return -1;
	if (config->network[0] == '\0' || strchr(config->network, '/') || config->network[0] == '.')
		return error_set(err, ERROR_CONFIG, 0, "network: \"%.64s\" is no name of a network", config->network);
	if (config->data_dir[0] != '/')
		return error_set(err, ERROR_CONFIG, 0, "dataDir: \"%.128s\" is no absolute path", config->data_dir);
	(void)snprintf(config->cache_file, sizeof config->cache_file, "/var/lib/cambric/overlay/%.100s.json",
		       config->network);
	if (field_copy(root, "cacheFile", config->cache_file, sizeof config->cache_file, err) < 0 ||
	    field_copy(root, "metrics", config->metrics, sizeof config->metrics, err) < 0)
		return -1;
	return config->cache_file[0] == '/'
		       ? 0
		       : error_set(err, ERROR_CONFIG, 0, "cacheFile: \"%.128s\" is no absolute path",
				   config->cache_file);
}

static int read_root(struct agent_config *config, const struct field *root, struct error *err)
{
	int64_t ttl = DEFAULT_TTL;

	memcpy(config->data_dir, DEFAULT_DATA_DIR, sizeof DEFAULT_DATA_DIR);
	if (field_only(root, root_keys, err) < 0 || read_names(config, root, err) < 0 ||
	    read_overlay(config, root, err) < 0 || read_etcd(&config->etcd, root, config->network, err) < 0 ||
	    read_lengths(config, root, err) < 0 || field_integer(root, "leaseTTL", MIN_TTL, 1 << 30, &ttl, err) < 0 ||
	    read_node_id(config, root, err) < 0 || read_public(config, root, err) < 0 ||
	    read_key(config, root, err) < 0 || read_layout(config, root, err) < 0)
		return -1;
	config->lease_ttl = (uint32_t)ttl;
	return 0;
}

int agent_config_parse(struct agent_config *config, const char *text, size_t length, const char *path,
		       struct error *err)
{
	json_auto_t *document = NULL;

	memset(config, 0, sizeof *config);
	if (input_parse(text, length, &document, err) < 0) {
		error_detail(err, "file: %s", path);
		return -1;
	}
	const struct field root = field_root(document, "");
	return read_root(config, &root, err);
}

int agent_config_read(struct agent_config *config, const char *path, struct error *err)
{
	AUTO_FREE char *text = NULL;
	size_t length;

	memset(config, 0, sizeof *config);
	if (file_read(AT_FDCWD, path, AGENT_CONFIG_LIMIT, &text, &length, err) < 0) {
		err->code = ERROR_IO;
		return -1;
	}
	return agent_config_parse(config, text, length, path, err);
}

void agent_config_clear(struct agent_config *config)
{
	overlay_free(&config->overlay);
	free(config->sync);
	config->sync = NULL;
}
