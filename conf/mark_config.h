/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key "mark" of the configuration, read and written. */
#pragma once

#include "conf/field.h"
#include "conf/mark.h"

/**
 * marks_read() - read the list "mark"; absent or empty means none
 *
 * Unknown keys are refused, as in rules of the firewall. What a packet looks like before it is routed decides its
 * fwmark, so a fwmark of packets from the container goes with no outInterface; a table goes with such a fwmark only.
 */
int marks_read(struct mark marks[static MAX_MARKS], uint8_t *count, const struct field *list, struct error *err);

/** marks_write() - the list again, so that reading gives the same. NULL: no memory */
json_t *marks_write(const struct mark marks[], size_t count);
