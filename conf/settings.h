/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of the container's interface and namespace: plain data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_SYSCTLS = 32, SYSCTL_KEY_SIZE = 96, SYSCTL_TEXT_SIZE = 64 };

/**
 * struct setting - a file below /proc/sys/net of the container's namespace
 * @key:   its path from there, "ipv4/conf/IFNAME/arp_filter": a component IFNAME stands for the attachment's interface,
 *         whatever letters that has; no component is empty, "." or ".."
 * @value: as it is written
 */
struct setting {
	char key[SYSCTL_KEY_SIZE];
	char value[SYSCTL_TEXT_SIZE];
};

/**
 * struct container_settings
 * @tx_queue_length: packets, 0 is a length, too; the kernel's own unless @sizes_queue
 * @source_routing:  a table of its own for the interface also where it is the only one; not recorded,
 *                   see @source_rules of the attachment
 * @sysctls:         in the order of the configuration, only the first @sysctl_count mean anything
 */
struct container_settings {
	bool promisc, allmulti, source_routing, sizes_queue;
	uint32_t tx_queue_length;
	uint8_t sysctl_count;
	struct setting sysctls[MAX_SYSCTLS];
};

/** settings_find() - index of a key among the sysctls, or their count */
size_t settings_find(const struct container_settings *settings, const char *key);

/** setting_key_parse() - "net.ipv4.conf.IFNAME.x" or with slashes: false unless it is a clean path below net */
bool setting_key_parse(const char *text, char key[static SYSCTL_KEY_SIZE]);
