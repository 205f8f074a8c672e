/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two ends of one veth name each other by index. */
#include "link/host_end.h"

#include "conf/cni_result.h"

#include <string.h>

static const char VETH[] = "veth";

int host_end_query(const struct attachment *want, struct rtnl *container, struct rtnl *host, struct link_state *end,
		   bool *exists, struct error *err)
{
	struct link_state inner;

	if (link_query(container, want->id.ifname, &inner, exists, err) < 0)
		return -1;
	*exists = *exists && strcmp(inner.kind, VETH) == 0 && inner.peer > 0;
	if (!*exists)
		return 0;
	if (link_query_index(host, inner.peer, end, exists, err) < 0)
		return -1;
	/* the index is one of the peer's namespace, which may be a third one */
	*exists = *exists && strcmp(end->kind, VETH) == 0 && end->peer == inner.ifindex;
	return 0;
}

/** is_reported() - whether the result names an interface of the host so */
static bool is_reported(const struct cni_result *result, const char *name)
{
	for (size_t i = 0; i < result->interface_count; i++)
		if (result->interfaces[i].sandbox[0] == '\0' && strcmp(result->interfaces[i].name, name) == 0)
			return true;
	return false;
}

int host_end_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state end;
	bool exists;

	if (host_end_query(want, kernel->container, kernel->host, &end, &exists, err) < 0)
		return -1;
	if (!exists || !is_reported(want->reported, end.name))
		return error_set(err, ERROR_CONFIG, 0, "no veth peer of container interface found in host ns");
	memcpy(want->chained.ifname, end.name, IFNAMSIZ);
	want->host_ifindex = end.ifindex;
	want->mtu = end.mtu;
	return record_update(store, want, err);
}

int host_end_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state end;
	bool exists;

	(void)store;
	if (host_end_query(want, kernel->container, kernel->host, &end, &exists, err) < 0)
		return -1;
	if (!exists || strcmp(end.name, want->chained.ifname) != 0)
		return error_set(err, ERROR_DRIFT, 0, "host interface %s does not lead to %s in the container any more",
				 want->chained.ifname, want->id.ifname);
	return 0;
}
