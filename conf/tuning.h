/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is changed of an interface that another plugin has made, beside its settings; and what was there before. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** struct link_values - what DEL puts back. @mtu: bytes, @tx_queue_length: packets */
struct link_values {
	uint8_t mac[6];
	bool promisc, allmulti;
	uint32_t mtu, tx_queue_length;
};

/**
 * struct tuning - beside struct container_settings, which has flags and sysctls
 * @sets_mac:        @mac is wanted
 * @clears_allmulti: "allmulti" is there, and false
 * @mtu:             bytes; 0: as it is
 * @remembered:      @before is what the interface had: nothing is changed until that is recorded
 */
struct tuning {
	bool sets_mac, clears_allmulti, remembered;
	uint8_t mac[6];
	uint32_t mtu;
	struct link_values before;
};

struct attachment;

/** tuning_changes_link() - whether anything but sysctls is to be set */
bool tuning_changes_link(const struct attachment *attachment);
