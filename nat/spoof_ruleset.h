/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The skeleton of table "bridge cambric". */
#pragma once

#include "base/error.h"
#include "kernel/nft.h"

/* Sets: ports that are checked, MACs of ports, ports whose addresses are bound, addresses of ports. Raise the number of
 * the first when the skeleton changes: whoever comes next finds it missing and builds the table anew */
#define SPOOF_TABLE "cambric"
#define SPOOF_PORTS "ports_1"
#define SPOOF_MACS "macs"
#define SPOOF_BOUND "bound"
#define SPOOF_IPV4 "sources4"
#define SPOOF_IPV6 "sources6"

/** spoof_ruleset_add() - append table, sets, chain and rules to a transaction of family bridge */
void spoof_ruleset_add(struct nft *nft);

/** spoof_ruleset_verify() - compare the kernel's with what spoof_ruleset_add() would make; ERROR_DRIFT names the object */
int spoof_ruleset_verify(struct nft_socket *socket, struct error *err);
