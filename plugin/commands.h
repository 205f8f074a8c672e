/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of CNI, each a walk over the rows of a kind. */
#pragma once

#include "base/error.h"
#include "conf/request.h"
#include "plugin/resources.h"

/**
 * command_run() - do what the request says
 * @out: descriptor for the result
 *
 * On failure nothing was written to @out and, for ADD, nothing is left (or, where even the undo
 * failed, the record is, so that DEL can finish).
 */
int command_run(const struct kind *kind, struct request *request, int out, struct error *err);
