/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FNV-1a with a finaliser: short, stable across versions, no secret needed (names come from root). */
#include "base/hash.h"

uint64_t hash_begin(void)
{
	return UINT64_C(0xcbf29ce484222325);
}

uint64_t hash_text(uint64_t hash, const char *text)
{
	do {
		hash ^= (uint8_t)*text;
		hash *= UINT64_C(0x100000001b3);
	} while (*text++ != '\0');
	return hash;
}

uint64_t hash_finish(uint64_t hash, uint64_t salt)
{
	hash ^= salt * UINT64_C(0x9e3779b97f4a7c15);
	hash ^= hash >> 33;
	hash *= UINT64_C(0xff51afd7ed558ccd);
	hash ^= hash >> 33;
	hash *= UINT64_C(0xc4ceb9fe1a85ec53);
	hash ^= hash >> 33;
	return hash;
}
