/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attachment has whose interface goes into a VRF of its container. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct vrf - @name is "" for all other attachments
 * @table:  its routes; 0: that of the VRF that is there or, where there is none, one that is free
 * @joined: recorded before the interface goes into the VRF; before that it may be in one, but not by us
 */
struct vrf {
	char name[IFNAMSIZ];
	uint32_t table;
	bool joined;
};
