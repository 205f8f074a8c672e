/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of a record that only some attachments have: one member of the record and one file here for each. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"

#include <jansson.h>

/**
 * struct record_part - a member of the record
 * @key:    its name
 * @format: *@value becomes what is to be written, or stays NULL where the attachment has nothing of it. -1: no memory
 * @parse:  the reverse; called only when the record has the member
 */
struct record_part {
	const char *key;
	int (*format)(const struct attachment *attachment, json_t **value);
	int (*parse)(const json_t *value, struct attachment *into, struct error *err);
};

/** record_parts_format() - add all members that the attachment has. -1: no memory */
int record_parts_format(json_t *record, const struct attachment *attachment);

/** record_parts_parse() - read all members that the record has */
int record_parts_parse(const json_t *record, struct attachment *into, struct error *err);
