/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VRF is an interface whose parts have their routes in its table. */
#include "link/vrf.h"

#include "base/cleanup.h"
#include "conf/marks.h"
#include "link/device_kind.h"
#include "link/device_messages.h"
#include "link/inside.h"
#include "link/keep.h"
#include "link/recorded_netns.h"

#include <linux/rtnetlink.h>
#include <string.h>

static const char KIND[] = "vrf";

enum { ATTEMPTS = 16, HIGHEST_TABLE = 500000 };

static bool is_vrf(const struct link_state *link)
{
	return strcmp(link->kind, KIND) == 0;
}

/** find_interface() - that of the container */
static int find_interface(const struct attachment *want, struct rtnl *container, struct link_state *interface,
			  struct error *err)
{
	bool exists;

	if (link_query(container, want->id.ifname, interface, &exists, err) < 0)
		return -1;
	return exists ? 0 : error_set(err, ERROR_CONFIG, 0, "could not get link by name %s", want->id.ifname);
}

/** check_free() - it is nobody's part */
static int check_free(const struct link_state *interface, struct rtnl *container, struct error *err)
{
	struct link_state master = {.name = ""};
	bool exists;

	if (!interface->master)
		return 0;
	if (link_query_index(container, interface->master, &master, &exists, err) < 0)
		return -1;
	return error_set(err, ERROR_CONFIG, 0, "interface %s has already a master set: %s", interface->name,
			 master.name);
}

/** struct tables - VRFs whose table is @wanted */
struct tables {
	uint32_t wanted;
	bool taken;
};

static bool look_at_table(const struct link_state *link, void *argument)
{
	struct tables *tables = argument;

	tables->taken = tables->taken || (is_vrf(link) && link->variant == tables->wanted);
	return !tables->taken;
}

/** choose_table() - the lowest that no VRF of the namespace has; not those that every namespace uses */
static int choose_table(uint32_t *table, struct rtnl *container, struct error *err)
{
	for (uint32_t number = 1; number <= HIGHEST_TABLE; number++) {
		struct tables tables = {.wanted = number};

		if (number >= RT_TABLE_DEFAULT && number <= RT_TABLE_LOCAL)
			continue;
		if (links_visit(container, look_at_table, &tables, err) < 0)
			return -1;
		if (!tables.taken) {
			*table = number;
			return 0;
		}
	}
	return error_set(err, ERROR_KERNEL, 0, "failed to find an available routing id");
}

/** make() - another ADD may have been quicker */
static int make(const struct attachment *want, struct rtnl *container, struct error *err)
{
	struct error refusal = ERROR_INIT;
	uint32_t table = want->vrf.table;

	if (table == 0 && choose_table(&table, container, err) < 0)
		return -1;
	if (rtnl_request(container, device_build_vrf(want->vrf.name, table), &refusal, "could not add VRF %s",
			 want->vrf.name) == 0 ||
	    refusal.errnum == EEXIST)
		return 0;
	if (refusal.errnum == EOPNOTSUPP)
		return device_kind_refuse(KIND, KIND, refusal.errnum, err);
	error_merge(err, &refusal);
	return -1;
}

/** find_vrf() - the one that is there, or a new one; index 0: it has gone again */
static int find_vrf(const struct attachment *want, struct rtnl *container, struct link_state *vrf, struct error *err)
{
	bool exists;

	if (link_query(container, want->vrf.name, vrf, &exists, err) < 0 ||
	    (!exists &&
	     (make(want, container, err) < 0 || link_query(container, want->vrf.name, vrf, &exists, err) < 0)))
		return -1;
	if (!exists) {
		vrf->ifindex = 0;
		return 0;
	}
	if (!is_vrf(vrf))
		return error_set(err, ERROR_CONFIG, 0, "Netlink %s is not a VRF", want->vrf.name);
	if (want->vrf.table && want->vrf.table != vrf->variant)
		return error_set(err, ERROR_CONFIG, 0, "VRF %s already exist with different routing table %u",
				 want->vrf.name, vrf->variant);
	return 0;
}

static int set_master(struct rtnl *container, int ifindex, const void *what, struct error *err)
{
	const int master = *(const int *)what;

	return rtnl_request(container, device_build_master(ifindex, master), err, "could not set %d as master of %d",
			    master, ifindex);
}

/** join() - *@joined false: somebody's DEL has found the VRF empty, and taken it away */
static int join(struct attachment *want, const struct link_state *interface, struct rtnl *container, bool *joined,
		struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct link_state vrf;

	*joined = false;
	if (find_vrf(want, container, &vrf, err) < 0)
		return -1;
	if (vrf.ifindex == 0)
		return 0;
	if (link_change_keeping(container, interface->ifindex, RT_TABLE_MAIN, vrf.variant, set_master, &vrf.ifindex,
				&refusal) == 0) {
		*joined = true;
		want->vrf.table = vrf.variant;
		return 0;
	}
	if (refusal.errnum == ENODEV)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

int vrf_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state interface;
	bool joined = false;

	if (find_interface(want, kernel->container, &interface, err) < 0 ||
	    check_free(&interface, kernel->container, err) < 0)
		return -1;
	want->vrf.joined = true;
	if (record_update(store, want, err) < 0)
		return -1;
	for (unsigned attempt = 0; attempt < ATTEMPTS && !joined; attempt++)
		if (join(want, &interface, kernel->container, &joined, err) < 0)
			return -1;
	return joined ? 0
		      : error_set(err, ERROR_TRY_AGAIN, ENODEV, "VRF %s or interface %s comes and goes", want->vrf.name,
				  want->id.ifname);
}

int vrf_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state interface, vrf;
	bool found, exists;

	(void)store;
	if (link_query(kernel->container, want->id.ifname, &interface, &found, err) < 0 ||
	    link_query(kernel->container, want->vrf.name, &vrf, &exists, err) < 0)
		return -1;
	if (!exists || !is_vrf(&vrf))
		return error_set(err, ERROR_DRIFT, 0, "VRF %s is missing in the container", want->vrf.name);
	if (vrf.variant != want->vrf.table)
		return error_set(err, ERROR_DRIFT, 0, "VRF %s has routing table %u, expected %u", want->vrf.name,
				 vrf.variant, want->vrf.table);
	return found && interface.master == vrf.ifindex
		       ? 0
		       : error_set(err, ERROR_DRIFT, 0, "Failed to find %s associated to vrf %s", want->id.ifname,
				   want->vrf.name);
}

/** leave() - *@vrf: the one that it has left or, where the interface is gone, the recorded one; index 0: none */
static int leave(const struct attachment *want, struct rtnl *container, struct link_state *vrf, struct error *err)
{
	struct link_state interface;
	bool found, exists = false;

	if (link_query(container, want->id.ifname, &interface, &found, err) < 0 ||
	    (found && interface.master && link_query_index(container, interface.master, vrf, &exists, err) < 0))
		return -1;
	const bool is_in = exists && is_vrf(vrf) && (!want->vrf.name[0] || strcmp(vrf->name, want->vrf.name) == 0);
	if (is_in)
		return link_change_keeping(container, interface.ifindex, vrf->variant, RT_TABLE_MAIN, set_master,
					   &(const int){0}, err);
	exists = false;
	if (want->vrf.name[0] && link_query(container, want->vrf.name, vrf, &exists, err) < 0)
		return -1;
	if (!exists || !is_vrf(vrf))
		vrf->ifindex = 0;
	return 0;
}

/** struct parts - whether anything is part of @master */
struct vrf_parts {
	int master;
	bool any;
};

static bool look_at_part(const struct link_state *link, void *argument)
{
	struct vrf_parts *parts = argument;

	parts->any = parts->any || link->master == parts->master;
	return !parts->any;
}

int vrf_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(kernel_close) struct kernel visit = KERNEL_CLOSED;
	struct link_state vrf = {.ifindex = 0};

	(void)store;
	if (!want->vrf.joined)
		return 0;
	int there = recorded_netns_enter(want, &visit, err);
	if (there <= 0)
		return there;
	if (leave(want, visit.container, &vrf, err) < 0)
		return -1;
	if (vrf.ifindex == 0 || vrf.group != HOST_END_GROUP)
		return 0;
	struct vrf_parts parts = {.master = vrf.ifindex};
	if (links_visit(visit.container, look_at_part, &parts, err) < 0)
		return -1;
	struct kernel lent = {
		.container = visit.container, .nft = kernel->nft, .container_netns = visit.container_netns};
	return parts.any ? 0 : inside_delete(&lent, &vrf, err);
}

int vrf_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)want;
	(void)store;
	return device_kind_probe(kernel->host, KIND, KIND, err);
}
