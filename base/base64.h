/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 of RFC 4648, section 4: padded, without line breaks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** BASE64_SIZE() - characters that @length bytes take, with the terminating zero */
#define BASE64_SIZE(length) (((length) + 2) / 3 * 4 + 1)

/** base64_encode() - @text has room for BASE64_SIZE(@length). Return: @text */
char *base64_encode(const void *bytes, size_t length, char *text);

/**
 * base64_decode() - the exact reverse: other characters, missing padding and bits that no byte has are refused
 * @length: bytes that must come out, no fewer and no more
 */
bool base64_decode(const char *text, void *bytes, size_t length);
