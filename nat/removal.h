/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compare and delete: for nat.c and removal.c. */
#pragma once

#include "base/error.h"
#include "kernel/kernel.h"
#include "nat/elements.h"

#include <stdbool.h>

/**
 * take_away() - delete the elements of a list that are there with these data
 *
 * Elements that have other data, or are part of a wider one, stay: that is success. ENOENT: no such table or set.
 */
int take_away(const struct element_list *list, struct kernel *kernel, struct error *err);

/** nobody_has_it() - refusals that mean that there is nothing to remove: no table, no nf_tables */
bool nobody_has_it(const struct error *refusal);
