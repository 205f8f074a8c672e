/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of our nftables table that never changes: sets, chains and rules. docs/state.md shows it as nft prints it. */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "kernel/nft.h"

/* Table of family inet */
#define NAT_TABLE "cambric"

/*
 * The set that every attachment adds its host interface to. Its name carries the version of the
 * skeleton: raise it whenever ruleset.c changes, and whoever attaches next finds it missing (ENOENT)
 * and builds the table anew.
 */
#define NAT_MARKER "attached_6"

/** ruleset_add() - append table, sets, chains and rules to a transaction */
void ruleset_add(struct nft *nft);

/** ruleset_set_name() - a name from the table of sets for one family: '#' becomes 4 or 6. Return: @name */
const char *ruleset_set_name(const char *pattern, sa_family_t family, char name[static NFT_NAME_SIZE]);

/**
 * ruleset_verify() - compare what the kernel has with what ruleset_add() would make
 *
 * The table, every set with its types, every base chain with hook, priority and policy, every rule expression by
 * expression. What others added beside is not judged, but for rules in our chains. ERROR_DRIFT names
 * the object.
 */
int ruleset_verify(struct nft_socket *socket, struct error *err);
