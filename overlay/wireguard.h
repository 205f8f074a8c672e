/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else has to be known of a wireguard tunnel: its public key, for the peers' records. */
#pragma once

#include "base/error.h"
#include "conf/overlay.h"

#include <stdint.h>

/**
 * wireguard_public_key() - of a tunnel device that was joined once, as the kernel has worked it out
 *
 * ERROR_NOT_AVAILABLE: it has none yet.
 */
int wireguard_public_key(int ifindex, uint8_t key[static WIREGUARD_KEY_SIZE], struct error *err);
