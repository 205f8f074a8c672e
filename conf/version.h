/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which versions of the CNI specification there are, and which verb needs which. */
#pragma once

#include "base/error.h"
#include "conf/request.h"

/** cni_version_find() - exact text only: "1.0" is not "1.0.0", as in the reference library; "" is 0.1.0 */
bool cni_version_find(const char *text, enum cni_version *version);

/**
 * cni_version_gate() - may this verb be served for a configuration of this version?
 * @config: "cniVersion" of the configuration, "" if it has none (0.1.0)
 *
 * Checks in the reference library's order: CHECK, GC and STATUS first compare numerically (a text that is no
 * version is ERROR_DECODE, too old or too new is ERROR_VERSION), then every verb wants one of our versions exactly.
 */
int cni_version_gate(enum command command, const char *config, enum cni_version *version, struct error *err);

/** cni_version_check_result() - ERROR_VERSION when a result of version @text ("" is fine) cannot be one of @config */
int cni_version_check_result(const char *text, enum cni_version config, struct error *err);
