/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A note of the reference tuning plugin, as text, turned into plain data. */
#include "conf/leftover_backup.h"

#include "base/cleanup.h"
#include "conf/field.h"

#include <stdio.h>

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

const char *leftover_backup_name(const struct attachment_id *id, char name[static LEFTOVER_BACKUP_NAME_SIZE])
{
	(void)snprintf(name, LEFTOVER_BACKUP_NAME_SIZE, "%s_%s.json", id->container, id->ifname);
	return name;
}

static bool has(const struct field *object, const char *key)
{
	return field_get(object, key).json != NULL;
}

static int read_mac(const struct field *note, struct leftover_backup *backup, struct error *err)
{
	const char *mac = "";

	if (field_text(note, "mac", &mac, err) < 0)
		return -1;
	backup->has_mac = mac[0] != '\0';
	if (backup->has_mac && !mac_parse(mac, backup->mac))
		return error_set(err, ERROR_CONFIG, 0, "mac: invalid MAC address: %s", mac);
	return 0;
}

int leftover_backup_parse(const char *text, struct leftover_backup *backup, struct error *err)
{
	CLEANUP(cleanup_json) json_t *document = json_loads(text, 0, NULL);
	const struct field note = field_root(document, "");
	struct leftover_backup read = {.has_promisc = has(&note, "promisc"),
				       .has_allmulti = has(&note, "allmulti"),
				       .has_queue_length = has(&note, "txQLen")};

	if (!json_is_object(document))
		return error_set(err, ERROR_DECODE, 0, "not a JSON object");
	if (read_mac(&note, &read, err) < 0 || field_boolean(&note, "promisc", &read.promisc, err) < 0 ||
	    field_boolean(&note, "allmulti", &read.allmulti, err) < 0 ||
	    field_uint32(&note, "mtu", &read.mtu, err) < 0 ||
	    field_uint32(&note, "txQLen", &read.queue_length, err) < 0)
		return -1;
	*backup = read;
	return 0;
}
