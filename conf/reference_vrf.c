/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference vrf. */
#include "conf/chained_config.h"
#include "conf/device_parts.h"
#include "conf/reference.h"

int reference_vrf_read(struct request *request, const struct field *root, struct error *err)
{
	struct vrf *vrf = &request->wish.vrf;

	if (device_read_name(root, "vrfname", vrf->name, err) < 0 || field_uint32(root, "table", &vrf->table, err) < 0)
		return -1;
	if (vrf->name[0] == '\0')
		return error_set(err, ERROR_CONFIG, 0, "configuration is expected to have a valid vrf name");
	return chained_read(request, "missing prevResult from earlier plugin", err);
}
