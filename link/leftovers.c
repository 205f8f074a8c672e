/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container's interface, the ifb and the note of tuning: each found by a name that follows from the key. */
#include "link/leftovers.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "conf/leftover.h"
#include "conf/leftover_backup.h"
#include "conf/marks.h"
#include "kernel/netns.h"
#include "link/container.h"
#include "link/delete.h"
#include "link/messages.h"
#include "link/recorded_netns.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum { LARGEST_NOTE = 4096 };

/** is_recorded() - an attachment of ours: the reference plugins never saw it */
static bool is_recorded(const struct attachment *want)
{
	return want->mode != MODE_ANY;
}

/** find_inside() - the container's interface; *@exists is false, too, when its namespace is gone */
static int find_inside(const struct attachment *want, struct kernel *kernel, struct link_state *state, bool *exists,
		       struct error *err)
{
	int there = kernel->container ? 1 : recorded_netns_enter(want, kernel, err);

	*exists = false;
	if (there <= 0)
		return there;
	return link_query(kernel->container, want->id.ifname, state, exists, err);
}

/** is_reference_name() - as pkg/ip of the plugins makes it from 4 random bytes */
static bool is_reference_name(const char *name)
{
	enum { PREFIX = 4, DIGITS = 8 };

	return strncmp(name, "veth", PREFIX) == 0 && strlen(name) == PREFIX + DIGITS &&
	       strspn(name + PREFIX, "0123456789abcdef") == DIGITS;
}

/** find_veth() - the host end of a veth that the reference has made for the container */
static int find_veth(const struct attachment *want, struct kernel *kernel, struct link_state *host, bool *exists,
		     struct error *err)
{
	struct link_state inside;

	if (find_inside(want, kernel, &inside, exists, err) < 0)
		return -1;
	if (!*exists)
		return 0;
	*exists = false;
	if (strcmp(inside.kind, "veth") != 0)
		return 0;
	if (link_query_index(kernel->host, inside.peer, host, exists, err) < 0)
		return -1;
	/* The index is one of the other end's namespace, which need not be this one: so it must point back */
	*exists = *exists && strcmp(host->kind, "veth") == 0 && host->peer == inside.ifindex &&
		  host->group != HOST_END_GROUP && is_reference_name(host->name);
	return 0;
}

int leftover_veth_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state host;
	bool exists;

	(void)store;
	if (is_recorded(want))
		return 0;
	if (find_veth(want, kernel, &host, &exists, err) < 0)
		return -1;
	return exists ? link_delete(kernel, &host, err) : 0;
}

int leftover_verify(const struct attachment *want, struct kernel *kernel, bool *theirs, struct error *err)
{
	struct link_state host;

	if (find_veth(want, kernel, &host, theirs, err) < 0)
		return -1;
	return *theirs ? container_verify(want, NULL, kernel, err) : 0;
}

int leftover_ifb_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	char ifname[IFNAMSIZ];
	struct link_state ifb;
	bool exists;

	(void)store;
	if (is_recorded(want))
		return 0;
	if (link_query(kernel->host, leftover_ifb(&want->id, ifname), &ifb, &exists, err) < 0)
		return -1;
	return exists && strcmp(ifb.kind, "ifb") == 0 ? link_delete(kernel, &ifb, err) : 0;
}

/** struct change - what one RTM_NEWLINK changes of an interface; NULL, 0, -1: not this */
struct change {
	const char *name;
	int netns;
	const uint8_t *mac;
	uint32_t mtu;
	const uint32_t *queue_length;
	unsigned flags, flag_mask;
};

static struct nl_msg *build_change(int ifindex, const struct change *change)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC,
					 .ifi_index = ifindex,
					 .ifi_flags = change->flags,
					 .ifi_change = change->flag_mask};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);

	if (msg && nlmsg_append(msg, (void *)(uintptr_t)&header, sizeof header, NLMSG_ALIGNTO) == 0 &&
	    (!change->name || nla_put_string(msg, IFLA_IFNAME, change->name) == 0) &&
	    (change->netns < 0 || nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)change->netns) == 0) &&
	    (!change->mac || nla_put(msg, IFLA_ADDRESS, MAC_LENGTH, change->mac) == 0) &&
	    (!change->mtu || nla_put_u32(msg, IFLA_MTU, change->mtu) == 0) &&
	    (!change->queue_length || nla_put_u32(msg, IFLA_TXQLEN, *change->queue_length) == 0))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/** move_home() - @device is down, and has its old name again */
static int move_home(struct rtnl *container, const struct link_state *device, struct error *err)
{
	AUTO_CLOSE int home = netns_open("/proc/self/ns/net", err);

	if (home < 0)
		return -1;
	return rtnl_request(container, build_change(device->ifindex, &(struct change){.netns = home}), err,
			    "move interface %s back to the host", device->alias);
}

/** give_name_back() - so that the next DEL finds it by the name that it knows */
static void give_name_back(struct rtnl *container, const struct link_state *device, struct error *err)
{
	const struct change change = {.name = device->name, .netns = -1};

	(void)rtnl_request(container, build_change(device->ifindex, &change), err, "rename interface %s back to %s",
			   device->alias, device->name);
}

int leftover_device_return(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state device;
	struct change down = {.netns = -1, .flag_mask = IFF_UP};
	bool exists;

	(void)store;
	if (is_recorded(want))
		return 0;
	if (find_inside(want, kernel, &device, &exists, err) < 0)
		return -1;
	if (!exists || device.alias[0] == '\0' || strlen(device.alias) >= IFNAMSIZ)
		return 0;
	if (rtnl_request(kernel->container, build_change(device.ifindex, &down), err, "set interface %s down",
			 device.name) < 0)
		return -1;
	down.name = device.alias; /* only what is down can be renamed */
	if (rtnl_request(kernel->container, build_change(device.ifindex, &down), err, "rename interface %s to %s",
			 device.name, device.alias) < 0)
		return -1;
	if (move_home(kernel->container, &device, err) == 0)
		return 0;
	give_name_back(kernel->container, &device, err);
	return -1;
}

static struct change change_back(const struct leftover_backup *backup)
{
	struct change change = {.netns = -1, .mtu = backup->mtu};

	if (backup->has_mac)
		change.mac = backup->mac;
	if (backup->has_queue_length)
		change.queue_length = &backup->queue_length;
	change.flag_mask = (backup->has_promisc ? IFF_PROMISC : 0U) | (backup->has_allmulti ? IFF_ALLMULTI : 0U);
	change.flags = (backup->promisc ? IFF_PROMISC : 0U) | (backup->allmulti ? IFF_ALLMULTI : 0U);
	return change;
}

/** apply_note() - a failure that is none the next time is one of DEL's, any other a warning */
static int apply_note(const struct attachment *want, const char *text, struct kernel *kernel, struct error *err)
{
	struct leftover_backup backup;
	struct error refusal = ERROR_INIT;
	struct link_state inside;
	bool exists = false;

	if (leftover_backup_parse(text, &backup, &refusal) == 0 &&
	    find_inside(want, kernel, &inside, &exists, &refusal) == 0 && exists) {
		const struct change change = change_back(&backup);
		(void)rtnl_request(kernel->container, build_change(inside.ifindex, &change), &refusal,
				   "change interface %s back", want->id.ifname);
	}
	if (refusal.code == ERROR_NONE)
		return 0;
	if (error_retry_helps(&refusal)) {
		error_merge(err, &refusal);
		return -1;
	}
	error_warn(err, "interface %s stays as the reference tuning plugin has changed it: %s", want->id.ifname,
		   refusal.msg);
	return 0;
}

/** read_note() - to be freed by the caller; NULL when there is none, or it cannot be read */
static char *read_note(int directory, const char *place, const char *name, struct error *err)
{
	struct error refusal = ERROR_INIT;
	char *text = NULL;

	/* ENAMETOOLONG: of such a container there never was one */
	if (file_read(directory, name, LARGEST_NOTE, &text, NULL, &refusal) < 0 && refusal.errnum != ENOENT &&
	    refusal.errnum != ENAMETOOLONG)
		error_warn(err, "%s/%s stays: %s", place, name, refusal.msg);
	return text;
}

int leftover_settings_return(const struct attachment *want, struct store *store, struct kernel *kernel,
			     struct error *err)
{
	const char *place = want->notes && want->notes[0] ? want->notes : LEFTOVER_BACKUPS;
	char name[LEFTOVER_BACKUP_NAME_SIZE];
	struct error refusal = ERROR_INIT;

	(void)store;
	if (is_recorded(want))
		return 0;
	AUTO_CLOSE int directory = dir_open(AT_FDCWD, place, false, &refusal);
	if (directory < 0) {
		if (refusal.errnum != ENOENT)
			error_warn(err, "notes of the reference tuning plugin: %s", refusal.msg);
		return 0;
	}
	AUTO_FREE char *text = read_note(directory, place, leftover_backup_name(&want->id, name), err);
	if (!text)
		return 0;
	return apply_note(want, text, kernel, err) == 0 ? file_remove(directory, name, err) : -1;
}
