/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part "bridge" of a record: attachments in bridge mode have it. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"

#include <jansson.h>

int record_bridge_format(const struct attachment *attachment, json_t **value);
int record_bridge_parse(const json_t *value, struct attachment *into, struct error *err);
