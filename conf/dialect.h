/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which keys a configuration has, by the name the program was started under. */
#pragma once

#include "conf/field.h"
#include "conf/request.h"

/**
 * struct dialect - one of them
 * @name:      of the kind
 * @reference: keys and defaults are those of the reference plugin of this name. Then "ipam.dataDir" is the directory
 *             of host-local's reservations, and our own store is where it is by default
 * @ipam:      the plugin is this IPAM plugin itself, whatever "ipam.type" says
 * @bare:      there is no configuration but name and version, and no CNI_IFNAME
 * @notes:     the reference keeps notes of its own in "dataDir", to be found by DEL
 * @read:      the wish, for ADD, CHECK and STATUS; sets @request->idle where there is nothing to do
 */
struct dialect {
	const char *name;
	bool reference, bare, notes;
	const char *ipam;
	int (*read)(struct request *request, const struct field *root, struct error *err);
};

/** dialect_find() - NULL for a name that is no kind */
const struct dialect *dialect_find(const char *kind);
