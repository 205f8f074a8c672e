/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The private key of this host: a file that is made once and never changed. */
#pragma once

#include "base/error.h"
#include "conf/overlay.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * wireguard_private_key() - read it; where there is no file yet, make one (mode 0600, in a directory of mode 0700)
 * @device: the key that the tunnel device has already, which then is what is written; NULL: it has none
 *
 * The text is as "wg genkey" prints it. Of several processes that find none, one makes it and all get the same. ERROR_STORE:
 * it cannot be read, is no key, or others can read it.
 */
int wireguard_private_key(const struct overlay *overlay, const uint8_t *device, uint8_t key[static WIREGUARD_KEY_SIZE],
			  struct error *err);

/** wireguard_recall_key() - as above, but make nothing: *@exists tells */
int wireguard_recall_key(const struct overlay *overlay, bool *exists, uint8_t key[static WIREGUARD_KEY_SIZE],
			 struct error *err);
