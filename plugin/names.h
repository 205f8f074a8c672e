/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cambric install-names, cambric remove-names: one file in the place of the reference plugins, and back. */
#pragma once

#include "base/error.h"

/**
 * names_install() - make every kind's name in @directory a link to this program
 *
 * The program itself is copied there as "cambric". What was under a name before is kept in ".replaced-by-cambric" beside
 * them. At every instant each name leads to the old plugin or to this one, whole; run again after an interruption it
 * goes on where it was. Prints a line per name.
 */
int names_install(const char *directory, struct error *err);

/**
 * names_remove() - put back what was kept, remove the other names; the copy "cambric" stays
 * @data_dir: root of the store: while it holds attachments that only this program can detach nothing is done
 */
int names_remove(const char *directory, const char *data_dir, struct error *err);
