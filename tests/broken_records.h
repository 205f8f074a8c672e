/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of parts of records: a record with one piece replaced is no record any more. */
#pragma once

#include "base/cleanup.h"
#include "store/record.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/** struct broken_record - a piece of a record, and what stands there instead */
struct broken_record {
	const char *piece, *instead;
};

/** refuse_broken() - each replacement makes @text something that record_parse() refuses with EBADMSG */
static inline void refuse_broken(const char *text, const struct broken_record broken[], size_t count)
{
	static struct attachment found;

	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *changed = NULL;
		const char *at = strstr(text, broken[i].piece);
		struct error refusal = ERROR_INIT;

		ok(at && asprintf(&changed, "%.*s%s%s", (int)(at - text), text, broken[i].instead,
				  at + strlen(broken[i].piece)) > 0,
		   broken[i].instead);
		ok(changed && record_parse(&found, changed, strlen(changed), &refusal) < 0 && refusal.errnum == EBADMSG,
		   "is refused");
	}
}
