/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy routing: rules that send packets to a table of their own. */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "kernel/rtnl.h"

#include <stdbool.h>
#include <stdint.h>

/* Before the main table (32766), behind whatever an administrator would number by hand */
enum { RULE_PRIORITY = 30000 };

/**
 * struct rule_wish - one rule in the kernel's terms
 * @family:     AF_INET or AF_INET6
 * @source:     packets from this address; AF_UNSPEC: from any
 * @mark, @mask: packets whose mark is @mark in the bits of @mask; a mask of 0: any
 * @protocol:   who made it; RTPROT_UNSPEC: nobody in particular
 */
struct rule_wish {
	sa_family_t family;
	struct ip source;
	uint32_t mark, mask, table, priority;
	uint8_t protocol;
};

/** rule_ensure() - one that is there is success: nobody knows whose it is, and it does the same */
int rule_ensure(struct rtnl *rtnl, const struct rule_wish *wish, struct error *err);
/** rule_delete() - what is not there is success */
int rule_delete(struct rtnl *rtnl, const struct rule_wish *wish, struct error *err);
/** rule_exists() - by a dump of the family's rules; all of the wish must match, and nothing else may be asked for */
int rule_exists(struct rtnl *rtnl, const struct rule_wish *wish, bool *exists, struct error *err);
/** rule_verify() - ERROR_DRIFT when a rule with a source is missing in the container */
int rule_verify(struct rtnl *container, const struct rule_wish *wish, struct error *err);
