/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's side of a container whose network is kept apart from others. */
#include "link/apart.h"

#include "base/cleanup.h"
#include "conf/cni_result.h"
#include "link/bridge_messages.h"
#include "link/chained_side.h"
#include "link/host_end.h"
#include "link/other_link.h"
#include "link/recorded_netns.h"

#include <stdio.h>
#include <string.h>

/** name_reported() - the first interface of the host in the result, "" when there is none */
static void name_reported(const struct cni_result *result, char name[static IFNAMSIZ])
{
	for (size_t i = 0; name[0] == '\0' && i < result->interface_count; i++)
		if (result->interfaces[i].sandbox[0] == '\0')
			(void)snprintf(name, IFNAMSIZ, "%s", result->interfaces[i].name);
}

static int find(const struct attachment *want, struct kernel *kernel, char name[static IFNAMSIZ], struct error *err)
{
	if (chained_side_find(want, kernel->host, name, err) < 0)
		return -1;
	name_reported(want->reported, name);
	return 0;
}

int apart_side_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct chained *chained = &want->chained;
	struct link_state side, end;
	bool exists = false, has_end;

	if (chained->policy == POLICY_OPEN)
		return 0;
	if (find(want, kernel, chained->ifname, err) < 0 ||
	    (chained->ifname[0] && link_query(kernel->host, chained->ifname, &side, &exists, err) < 0))
		return -1;
	if (!exists)
		return error_set(err, ERROR_CONFIG, 0,
				 "ingressPolicy: no interface of this host leads to the container");
	if (host_end_query(want, kernel->container, kernel->host, &end, &has_end, err) < 0)
		return -1;
	chained->own_end = has_end && end.ifindex == side.ifindex;
	return record_update_addresses(store, want, err);
}

int apart_side_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	char name[IFNAMSIZ];

	(void)store;
	if (want->chained.policy == POLICY_OPEN)
		return 0;
	if (find(want, kernel, name, err) < 0)
		return -1;
	if (strcmp(name, want->chained.ifname) == 0)
		return 0;
	return error_set(err, ERROR_DRIFT, 0, "the container is behind interface \"%s\", not \"%s\" any more", name,
			 want->chained.ifname);
}

static int isolate(struct rtnl *host, const struct link_state *port, bool isolated, struct error *err)
{
	return rtnl_request(host, bridge_build_isolation(port->ifindex, isolated), err, "%s bridge port %s",
			    isolated ? "isolate" : "do not isolate", port->name);
}

int apart_port_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state end;
	bool exists;

	if (want->chained.policy != POLICY_ISOLATED)
		return 0;
	if (host_end_query(want, kernel->container, kernel->host, &end, &exists, err) < 0)
		return -1;
	if (!exists || !end.master || end.isolated)
		return 0;
	want->chained.isolates_port = true;
	return record_update(store, want, err) < 0 ? -1 : isolate(kernel->host, &end, true, err);
}

int apart_port_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state end;
	bool exists;

	(void)store;
	if (want->chained.policy != POLICY_ISOLATED)
		return 0;
	if (host_end_query(want, kernel->container, kernel->host, &end, &exists, err) < 0)
		return -1;
	if (exists ? end.isolated || (!end.master && !want->chained.isolates_port) : !want->chained.isolates_port)
		return 0;
	return error_set(err, ERROR_DRIFT, 0, "the container's bridge port is not isolated any more");
}

/** take_over() - another link that wants the port isolated, too, has the duty to end it now */
static int take_over(struct attachment *other, const struct attachment *want, struct store *store, struct error *err)
{
	(void)want;
	if (other->chained.policy != POLICY_ISOLATED)
		return 0;
	other->chained.isolates_port = true;
	return record_update(store, other, err) < 0 ? -1 : 1;
}

int apart_port_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(kernel_close) struct kernel visit = KERNEL_CLOSED;
	struct link_state end;
	bool exists;

	if (!want->chained.isolates_port)
		return 0;
	int other = other_link(store, want, take_over, err);
	if (other != 0)
		return other < 0 ? -1 : 0;
	int there = recorded_netns_enter(want, &visit, err);
	if (there <= 0)
		return there;
	if (host_end_query(want, visit.container, kernel->host, &end, &exists, err) < 0)
		return -1;
	return exists && end.master ? isolate(kernel->host, &end, false, err) : 0;
}
