/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "settings" of a record. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"

#include <jansson.h>

/** record_settings_format(), record_settings_parse() - as store/record_parts.h has it */
int record_settings_format(const struct attachment *attachment, json_t **value);
int record_settings_parse(const json_t *value, struct attachment *into, struct error *err);
