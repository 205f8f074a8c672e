/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store/record: a file of the store that somebody else may have written to. */
#include "store/record.h"

#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"

static struct attachment attachment;

/** format() - what was read can be written. Return: text to be freed */
static char *format(size_t *length)
{
	struct error err = ERROR_INIT;
	char *text = NULL;

	demand_verdict(record_format(&attachment, &text, length, &err), &err);
	demand(text != NULL && strlen(text) == *length);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	int status = record_parse(&attachment, (const char *)data, size, &err);
	size_t first_length, second_length;

	demand_verdict(status, &err);
	if (status < 0)
		return 0;
	AUTO_FREE char *first = format(&first_length);
	demand(record_parse(&attachment, first, first_length, &err) == 0);
	AUTO_FREE char *second = format(&second_length);
	demand(strcmp(first, second) == 0); /* nothing is lost or changed on the way */
	return 0;
}
