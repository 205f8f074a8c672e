/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the agent says while it runs: one line each on stderr, as the journal reads them. */
#pragma once

#include "base/error.h"

/** enum log_level - sd-daemon(3): numbers of syslog */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6 };

/** log_line() - "<LEVEL>text"; control bytes are shown as \xNN: keys and values come from other hosts */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** log_error() - what failed and why, then the details; @what goes before it */
void log_error(enum log_level level, const char *what, const struct error *err);
