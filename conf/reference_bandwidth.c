/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the reference bandwidth. */
#include "conf/bandwidth_config.h"
#include "conf/chained_config.h"
#include "conf/network.h"
#include "conf/reference.h"

/** refuse_subnets() - keys of two versions of the reference, which took them back */
static int refuse_subnets(const struct field *root, struct error *err)
{
	if (network_refuse_key(root, "shapedSubnets", err) < 0)
		return -1;
	return network_refuse_key(root, "unshapedSubnets", err);
}

int reference_bandwidth_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct field runtime;

	if (chained_read(request, "must be called as chained plugin", err) < 0 || refuse_subnets(root, err) < 0 ||
	    field_object(root, "runtimeConfig", &runtime, err) < 0 ||
	    bandwidth_read(&wish->bandwidth, root, &runtime, err) < 0)
		return -1;
	request->idle = !bandwidth_is_limited(&wish->bandwidth) && request->command != COMMAND_STATUS;
	return 0;
}
