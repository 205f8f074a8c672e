/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part "device" of a record: for store/record_parts.c. */
#pragma once

#include "store/record_parts.h"

int record_device_format(const struct attachment *attachment, json_t **value);
int record_device_parse(const json_t *value, struct attachment *into, struct error *err);
