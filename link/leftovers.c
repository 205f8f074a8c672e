/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container's interface, the ifb and the note of tuning: each found by a name that follows from the key. */
#include "link/leftovers.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "conf/leftover.h"
#include "conf/leftover_backup.h"
#include "conf/marks.h"
#include "kernel/link_message.h"
#include "link/container.h"
#include "link/delete.h"
#include "link/host_end.h"
#include "link/messages.h"
#include "link/recorded_netns.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum { LARGEST_NOTE = 4096 };

/** enter() - 1: the container's namespace is open, 0: it is gone */
static int enter(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	return kernel->container ? 1 : recorded_netns_enter(want, kernel, err);
}

/** find_inside() - the container's interface; *@exists is false, too, when its namespace is gone */
static int find_inside(const struct attachment *want, struct kernel *kernel, struct link_state *state, bool *exists,
		       struct error *err)
{
	int there = enter(want, kernel, err);

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
	int there = enter(want, kernel, err);

	*exists = false;
	if (there <= 0)
		return there;
	if (host_end_query(want, kernel->container, kernel->host, host, exists, err) < 0)
		return -1;
	*exists = *exists && host->group != HOST_END_GROUP && is_reference_name(host->name);
	return 0;
}

int leftover_veth_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state host;
	bool exists;

	(void)store;
	if (attachment_has_record(want))
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
	if (attachment_has_record(want))
		return 0;
	if (link_query(kernel->host, leftover_ifb(&want->id, ifname), &ifb, &exists, err) < 0)
		return -1;
	return exists && strcmp(ifb.kind, "ifb") == 0 ? link_delete(kernel, &ifb, err) : 0;
}

/** change_back() - all that the note names, in one request */
static struct nl_msg *change_back(int ifindex, const struct leftover_backup *backup)
{
	return link_message(RTM_NEWLINK, 0,
			    &(struct link_wish){.ifindex = ifindex,
						.mtu = backup->mtu,
						.mac = backup->has_mac ? backup->mac : NULL,
						.queue_length = backup->has_queue_length ? &backup->queue_length : NULL,
						.flags = (backup->promisc ? IFF_PROMISC : 0U) |
							 (backup->allmulti ? IFF_ALLMULTI : 0U),
						.flag_mask = (backup->has_promisc ? IFF_PROMISC : 0U) |
							     (backup->has_allmulti ? IFF_ALLMULTI : 0U)});
}

/** apply_note() - a failure that is none the next time is one of DEL's, any other a warning */
static int apply_note(const struct attachment *want, const char *text, struct kernel *kernel, struct error *err)
{
	struct leftover_backup backup;
	struct error refusal = ERROR_INIT;
	struct link_state inside;
	bool exists = false;

	if (leftover_backup_parse(text, &backup, &refusal) == 0 &&
	    find_inside(want, kernel, &inside, &exists, &refusal) == 0 && exists)
		(void)rtnl_request(kernel->container, change_back(inside.ifindex, &backup), &refusal,
				   "change interface %s back", want->id.ifname);
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
	if (attachment_has_record(want))
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
