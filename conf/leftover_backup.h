/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reference tuning plugin noted of an interface before it changed it. */
#pragma once

#include "conf/attachment.h"

/* Where it keeps its notes, unless its configuration names another directory */
#define LEFTOVER_BACKUPS "/run/cni/tuning"

/**
 * struct leftover_backup - how an interface was; what has no "has_..." or is 0 was not changed
 */
struct leftover_backup {
	bool has_mac, has_promisc, has_allmulti, has_queue_length;
	bool promisc, allmulti;
	uint8_t mac[MAC_LENGTH];
	uint32_t mtu, queue_length;
};

enum { LEFTOVER_BACKUP_NAME_SIZE = MAX_CONTAINER_ID + IFNAMSIZ + 8 };

/** leftover_backup_name() - of the note, in that directory. Return: @name */
const char *leftover_backup_name(const struct attachment_id *id, char name[static LEFTOVER_BACKUP_NAME_SIZE]);

/** leftover_backup_parse() - ERROR_DECODE, ERROR_CONFIG: it is none, or only a part of one */
int leftover_backup_parse(const char *text, struct leftover_backup *backup, struct error *err);
