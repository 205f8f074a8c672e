/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stable hash for derived names: host interface, MAC addresses, file names that would be too long. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** hash_begin() - start value for hash_text(); FNV-1a, 64 bits (draft-eastlake-fnv) */
uint64_t hash_begin(void);

/** hash_text() - feed a string and its terminating zero, so that "a","bc" differs from "ab","c" */
uint64_t hash_text(uint64_t hash, const char *text);

/** hash_finish() - spread the entropy over all bits (finaliser of MurmurHash3), @salt for independent values */
uint64_t hash_finish(uint64_t hash, uint64_t salt);
