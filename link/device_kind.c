/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words for a kind that is missing, and the question. */
#include "link/device_kind.h"

#include "link/device_messages.h"

int device_kind_refuse(const char *kind, const char *module, int errnum, struct error *err)
{
	return error_set(err, ERROR_NOT_AVAILABLE, errnum, "%s interfaces cannot be made (module %s)", kind, module);
}

int device_kind_probe(struct rtnl *rtnl, const char *kind, const char *module, struct error *err)
{
	struct error refusal = ERROR_INIT;

	if (rtnl_request(rtnl, device_build_probe(kind), &refusal, "try to add a %s", kind) == 0 ||
	    refusal.errnum == EADDRNOTAVAIL || refusal.errnum == EINVAL)
		return 0;
	return device_kind_refuse(kind, module, refusal.errnum, err);
}
