/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dns" objects of a configuration, a result or the runtime into struct dns. */
#pragma once

#include "conf/attachment.h"
#include "conf/field.h"

/**
 * dns_read() - {nameservers, domain, search, options}
 * @object: an object, or absent (nothing changes)
 *
 * A list or domain that is given replaces what @dns holds, those not given leave it. Text is taken as it is.
 */
int dns_read(struct dns *dns, const struct field *object, struct error *err);

/** dns_read_runtime() - the capability "dns" has other keys: {servers, searches, options} */
int dns_read_runtime(struct dns *dns, const struct field *object, struct error *err);

/** dns_is_empty() - nothing at all in it, not even an empty list */
bool dns_is_empty(const struct dns *dns);
