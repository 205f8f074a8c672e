/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "firewall" of a record. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"

#include <jansson.h>

/** record_firewall_format(), record_firewall_parse() - see struct record_part */
int record_firewall_format(const struct attachment *attachment, json_t **value);
int record_firewall_parse(const json_t *value, struct attachment *into, struct error *err);
