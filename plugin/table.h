/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which resources each plugin name consists of. */
#pragma once

#include "plugin/resources.h"

/** kind_find() - by the name the program was started under; NULL when there is none of it */
const struct kind *kind_find(const char *name);

/** kind_of_overlays() - of the record that keeps an overlay without containers; no program is called so */
const struct kind *kind_of_overlays(void);

/** kind_name() - the names one after the other; NULL behind the last */
const char *kind_name(size_t index);
