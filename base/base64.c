/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64: three bytes are four characters of six bits. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t length, char *text)
{
	const uint8_t *from = bytes;
	char *to = text;

	for (size_t i = 0; i < length; i += 3) {
		const size_t left = length - i;
		const uint32_t three = (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
				       (left > 2 ? from[i + 2] : 0);
		to[0] = digits[three >> 18];
		to[1] = digits[three >> 12 & 63];
		to[2] = digits[three >> 6 & 63];
		to[3] = digits[three & 63];
		for (size_t missing = left; missing < 3; missing++)
			to[missing + 1] = '=';
		to += 4;
	}
	*to = '\0';
	return text;
}

bool base64_decode(const char *text, void *bytes, size_t length)
{
	const size_t size = strlen(text), padding = (3 - length % 3) % 3;
	uint8_t *to = bytes;
	uint32_t bits = 0;

	if (size != BASE64_SIZE(length) - 1)
		return false;
	for (size_t i = 0, done = 0, have = 0; i < size; i++) {
		const char *digit = strchr(digits, text[i]);
		if (i >= size - padding ? text[i] != '=' : !digit)
			return false;
		bits = bits << 6 | (i >= size - padding ? 0 : (uint32_t)(digit - digits));
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (done < length)
			to[done++] = (uint8_t)(bits >> have);
		else if ((uint8_t)(bits >> have) != 0)
			return false;
	}
	return true;
}
