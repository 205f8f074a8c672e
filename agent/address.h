/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where other hosts find this one. */
#pragma once

#include "agent/config.h"
#include "agent/etcd.h"

/**
 * address_find() - this host's address on the underlay, and the prefix length that it has there (0: it is on no link)
 *
 * What the configuration says, else the address from which etcd was reached; that one is no help where etcd is on this
 * host: ERROR_CONFIG.
 */
int address_find(const struct agent_config *config, const struct etcd *etcd, struct ip *host, uint8_t *length,
		 struct error *err);
