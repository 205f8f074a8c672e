/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part "sourceRouting" of a record: for store/record_parts.c. */
#pragma once

#include "store/record_parts.h"

int record_moved_format(const struct attachment *attachment, json_t **value);
int record_moved_parse(const json_t *value, struct attachment *into, struct error *err);
