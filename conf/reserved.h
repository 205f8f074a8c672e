/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the reference's host-local keeps its reservations. */
#pragma once

#include <stdbool.h>

enum { RESERVED_DIR_SIZE = 1024 };

/**
 * struct reserved - directory of the reference's reservations, with one below it for each network
 * @dir:      "" when there is none to look at
 * @mirrored: "dataDir" was given: our addresses stand there, too
 * @purge:    DEL: whatever else stands there for the same container and interface goes as well; never recorded
 */
struct reserved {
	char dir[RESERVED_DIR_SIZE];
	bool mirrored, purge;
};
