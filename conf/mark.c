/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from a mark alone. */
#include "conf/mark.h"

#include "base/hash.h"

#include <stdio.h>

enum { HASH_TEXT_SIZE = 96 };

bool mark_has_table(const struct mark *mark)
{
	return (mark->fields & MARK_FWMARK) && mark->table != 0;
}

const char *mark_fwmark_format(const struct mark *mark, char text[static FWMARK_TEXT_SIZE])
{
	(void)snprintf(text, FWMARK_TEXT_SIZE, "0x%x/0x%x", mark->value, mark->mask);
	return text;
}

uint64_t mark_hash(uint64_t hash, const struct mark *mark)
{
	char text[HASH_TEXT_SIZE];

	(void)snprintf(text, sizeof text, "%d %u %u %u %u %u", mark->direction, mark->fields, mark->dscp, mark->ttl,
		       mark->value, mark->mask);
	return packet_match_hash(hash_text(hash, text), &mark->match);
}
