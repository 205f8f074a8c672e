/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two requests: one makes the device, one gives it its name and its mark. */
#include "link/device.h"

#include "conf/marks.h"
#include "link/device_kind.h"
#include "link/device_messages.h"
#include "link/inside.h"
#include "link/master.h"

#include <string.h>

static const struct device_type *type_of(const struct attachment *want)
{
	return device_type_find(want->id.kind);
}

/** is_named() - it is where and what it should be; is_new() - it has been made, and no more */
static bool is_named(const struct attachment *want, const struct link_state *link)
{
	return strcmp(link->kind, want->id.kind) == 0 && strcmp(link->alias, want->host_ifname) == 0;
}

static bool is_new(const struct attachment *want, const struct link_state *link)
{
	return strcmp(link->kind, want->id.kind) == 0 && link->group == HOST_END_GROUP &&
	       strcmp(link->name, want->host_ifname) == 0;
}

/** is_foreign() - of an attachment without a record: what the reference plugin of the name would have made */
static bool is_foreign(const struct attachment *want, const struct link_state *link)
{
	return want->netns_cookie == 0 && strcmp(link->kind, want->id.kind) == 0 && link->alias[0] == '\0' &&
	       link->group == 0 && strcmp(link->name, want->id.ifname) == 0;
}

static bool is_own(const struct attachment *want, const struct link_state *link)
{
	return is_named(want, link) || is_new(want, link);
}

static bool is_to_go(const struct attachment *want, const struct link_state *link)
{
	return is_own(want, link) || is_foreign(want, link);
}

/** home_of() - where the interface is that the device hangs on */
static struct rtnl *home_of(const struct attachment *want, struct kernel *kernel)
{
	return want->device.inside ? kernel->container : kernel->host;
}

/** clear_leftover() - a device of this very attachment whose record is lost; *@removed tells */
static int clear_leftover(const struct attachment *want, struct kernel *kernel, bool *removed, struct error *err)
{
	struct link_state left;

	if (links_find(kernel->container, want, is_own, &left, removed, err) < 0)
		return -1;
	return *removed ? inside_delete(kernel, &left, err) : 0;
}

static int make(const struct attachment *want, int master, struct kernel *kernel, struct error *err)
{
	const struct device_type *type = type_of(want);
	struct error refusal = ERROR_INIT;

	if (rtnl_request(home_of(want, kernel),
			 device_build(want, type, master, want->device.inside ? -1 : kernel->container_netns), &refusal,
			 "failed to create %s", type->kind) == 0)
		return 0;
	if (refusal.errnum == EOPNOTSUPP)
		return device_kind_refuse(type->kind, type->module, refusal.errnum, err);
	error_merge(err, &refusal);
	return -1;
}

/** name() - what has been made becomes CNI_IFNAME */
static int name(struct attachment *want, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct link_state made;
	bool exists;

	if (link_query(kernel->container, want->host_ifname, &made, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_KERNEL, ENODEV, "interface %s vanished from the container",
				 want->host_ifname);
	want->container_ifindex = made.ifindex;
	want->mtu = made.mtu;
	memcpy(want->mac, made.mac, MAC_LENGTH);
	if (rtnl_request(kernel->container, device_build_names(made.ifindex, want->id.ifname, want->host_ifname),
			 &refusal, "failed to rename %s to \"%s\"", want->id.kind, want->id.ifname) == 0)
		return 0;
	if (refusal.errnum == EEXIST)
		return error_set(err, ERROR_INTERFACE_EXISTS, EEXIST, "interface %s is already in the container",
				 want->id.ifname);
	error_merge(err, &refusal);
	return -1;
}

static int attempt(struct attachment *want, int master, struct kernel *kernel, struct error *err)
{
	return make(want, master, kernel, err) < 0 ? -1 : name(want, kernel, err);
}

int device_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state master = {.ifindex = 0};
	struct error refusal = ERROR_INIT;
	bool removed = false;

	(void)store;
	if (type_of(want)->on_link) {
		if (master_find(want, home_of(want, kernel), &master, err) < 0)
			return -1;
		memcpy(want->device.master, master.name, IFNAMSIZ);
	}
	if (attempt(want, master.ifindex, kernel, &refusal) == 0)
		return 0;
	/* The name may be taken by what nobody remembers */
	if (refusal.errnum == EEXIST && clear_leftover(want, kernel, &removed, err) < 0)
		return -1;
	if (removed)
		return attempt(want, master.ifindex, kernel, err);
	error_merge(err, &refusal);
	return -1;
}

static int verify_master(const struct attachment *want, const struct link_state *link, struct kernel *kernel,
			 struct error *err)
{
	struct link_state master;
	bool exists;

	if (!type_of(want)->on_link)
		return 0;
	if (link_query(home_of(want, kernel), want->device.master, &master, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "failed to lookup master \"%s\": Link not found",
				 want->device.master);
	return link->peer == master.ifindex
		       ? 0
		       : error_set(err, ERROR_DRIFT, 0, "interface %s in the container is not one of %s any more",
				   want->id.ifname, want->device.master);
}

int device_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const char *ifname = want->id.ifname;
	struct link_state link;
	bool exists;

	(void)store;
	if (link_query(kernel->container, ifname, &link, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "interface %s is missing in the container", ifname);
	if (strcmp(link.kind, want->id.kind) != 0)
		return error_set(err, ERROR_DRIFT, 0, "interface %s in the container is of type \"%s\", not %s", ifname,
				 link.kind, want->id.kind);
	if (!is_named(want, &link))
		return error_set(err, ERROR_DRIFT, 0, "interface %s has another alias than we gave it (%s)", ifname,
				 want->host_ifname);
	if (link.variant != want->device.variant)
		return error_set(err, ERROR_DRIFT, 0, "interface %s has mode %u, expected %u", ifname, link.variant,
				 want->device.variant);
	if (link.vlan != want->device.vlan)
		return error_set(err, ERROR_DRIFT, 0, "interface %s is of VLAN %u, expected %u", ifname, link.vlan,
				 want->device.vlan);
	return verify_master(want, &link, kernel, err);
}

int device_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	return inside_remove(want, is_to_go, kernel, err);
}

int device_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct device_type *type = type_of(want);
	struct link_state master;

	(void)store;
	if (device_kind_probe(kernel->host, type->kind, type->module, err) < 0)
		return -1;
	return type->on_link && !want->device.inside ? master_find(want, kernel->host, &master, err) : 0;
}
