/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run another program: bytes in, bytes out, never longer than a deadline. */
#pragma once

#include "base/error.h"
#include "ipam/delegate.h"

#include <stddef.h>

enum { PROGRAM_OUTPUT_LIMIT = 1024 * 1024, PROGRAM_WAIT_MS = 120000 };

/* errnum when nothing could be run, whatever the reason; never one that means "nothing left to remove" */
enum { PROGRAM_NOT_RUN = ENOEXEC };

/**
 * struct program - what to run and how
 * @path:    absolute or relative to the working directory; also its argv[0]
 * @wait_ms: deadline; the program is killed when it is over
 */
struct program {
	char *path;
	char **environment;
	const char *input;
	size_t input_length;
	const struct inherited *inherited;
	unsigned wait_ms;
};

/**
 * program_run() - run to the end and collect what it prints on stdout; stderr is ours
 * @output: zero-terminated, to be freed by the caller
 * @status: as of wait(2)
 *
 * It is killed when the caller dies. ERROR_DELEGATE when it cannot be started (PROGRAM_NOT_RUN, the message says
 * why), prints more than PROGRAM_OUTPUT_LIMIT or does not end (errnum ETIMEDOUT). Children of it that keep stdout open are not waited for.
 */
int program_run(const struct program *program, char **output, size_t *length, int *status, struct error *err);
