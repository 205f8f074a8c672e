/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The administrator's list of sysctls that networks may set. */
#pragma once

#include "base/error.h"

#include <jansson.h>

/**
 * sysctls_allowed() - compare the keys of an object with the list, as they are written there
 *
 * The list is the reference tuning plugin's: /etc/cni/tuning/allowlist.conf, one POSIX extended regular expression a
 * line, which may match anywhere in the key. No such file: all are allowed. One that cannot be read or understood
 * allows nothing: ERROR_IO or ERROR_CONFIG. A key that no line matches is ERROR_CONFIG in the reference's words.
 */
int sysctls_allowed(const json_t *sysctls, struct error *err);
