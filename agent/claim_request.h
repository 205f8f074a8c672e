/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transactions by which a share is claimed, written anew and given back. New references, NULL without memory. */
#pragma once

#include "agent/claim.h"

#include <jansson.h>

/**
 * claim_transaction() - the request that claims @own's subnets
 * @guard: nothing below subnets was made or changed after @revision
 */
json_t *claim_transaction(const struct agent_config *config, const struct record *own, int64_t lease, bool guard,
			  int64_t revision);

/** claim_renewal() - write the own keys anew. claim_release() - delete them. Both: if nobody else has written them */
json_t *claim_renewal(const struct agent_config *config, const struct claim *claim);
json_t *claim_release(const struct agent_config *config, const struct claim *claim);
