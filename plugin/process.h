/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of the process that a runtime hands us, made safe before anything else happens. */
#pragma once

struct inherited;

/**
 * process_prepare() - first statement of main
 * @inherited: how it was before, for programs that we start in the runtime's place
 *
 * Descriptors 0 to 2 are open afterwards (a closed one is replaced by one that refuses the wrong
 * direction, so that no socket of ours becomes standard output), all others are closed. umask 077,
 * SIGPIPE ignored, SIGTERM, SIGINT and SIGHUP blocked: whoever wants us to stop waits a few
 * milliseconds or sends SIGKILL, which every step survives. No core dumps of what root may read.
 */
void process_prepare(struct inherited *inherited);

/**
 * process_clear_environment() - forget the environment but for our own settings (CAMBRIC_...)
 *
 * libnl (NLDBG, NLCB) and libc read settings from it that are the runtime's user's, not ours. Delegates
 * get the runtime's own back: whoever read it before keeps the pointers.
 */
void process_clear_environment(void);
