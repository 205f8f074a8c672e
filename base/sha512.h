/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-512, which the reference plugins make names from; nothing here relies on it for secrets. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SHA512_HEX_SIZE = 129 };

/** sha512_hex() - the digest of @length bytes in lower case (FIPS 180-4). Return: @hex */
const char *sha512_hex(const void *data, size_t length, char hex[static SHA512_HEX_SIZE]);
