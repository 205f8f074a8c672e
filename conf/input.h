/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration from stdin: bounded in size and time, parsed strictly. */
#pragma once

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

enum { INPUT_LIMIT = 1 << 20, INPUT_TIMEOUT_MS = 5000 };

/**
 * input_read() - everything up to the end of @fd, zero-terminated
 * @timeout_ms: until the end of the input must have come
 * @content: to be freed by the caller, also when parsing it fails
 *
 * ERROR_IO "error reading from stdin: ...": closed, a directory, no end within the time, or more than 1 MiB (it is
 * the reading that is given up, nothing has been decoded).
 */
int input_read(int fd, int timeout_ms, char **content, size_t *length, struct error *err);

/**
 * input_parse() - one JSON object, nothing after it, no key twice in one object
 *
 * A number that no integer of 64 bits can hold is refused with the path of its field.
 * ERROR_DECODE "error unmarshall network config: ..." (the reference library's words).
 */
int input_parse(const char *content, size_t length, json_t **document, struct error *err);
