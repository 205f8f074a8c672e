/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "bandwidth" of a record. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"

#include <jansson.h>

/** record_bandwidth_format(), record_bandwidth_parse() - as store/record_parts.h has it */
int record_bandwidth_format(const struct attachment *attachment, json_t **value);
int record_bandwidth_parse(const json_t *value, struct attachment *into, struct error *err);
