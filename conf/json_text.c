/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encoding into a buffer that is large enough before the first byte is written. */
#include "conf/json_text.h"

#include "base/cleanup.h"

char *json_text(const json_t *document, size_t flags)
{
	size_t length = document ? json_dumpb(document, NULL, 0, flags) : 0;
	AUTO_FREE char *text = length > 0 ? malloc(length + 1) : NULL;

	if (!text || json_dumpb(document, text, length, flags) != length)
		return NULL;
	text[length] = '\0';
	char *encoded = text;
	text = NULL;
	return encoded;
}
