/* SPDX-License-Identifier: GPL-2.0-or-later */
/* There and back again. */
#include "link/host_device.h"

#include "base/cleanup.h"
#include "conf/environment.h"
#include "conf/marks.h"
#include "kernel/lookup.h"
#include "link/device_messages.h"
#include "link/host_device_find.h"
#include "link/inside.h"
#include "link/recorded_netns.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <string.h>

static const char KIND[] = "host-device";
static const char OWN_NETNS[] = "/proc/self/ns/net";
/* As the kernel itself does it with what a namespace leaves (net/core/dev.c, default_device_exit_net) */
static const char ANY_NAME[] = "dev%d";

static bool is_ours(const struct link_state *link)
{
	return link->group == HOST_END_GROUP || link->group == BRIDGE_GROUP || link->group == IFB_GROUP;
}

/** leads_outside() - whether the host's default route of a family is through it */
static int leads_outside(const struct link_state *link, sa_family_t family, struct rtnl *host, bool *leads,
			 struct error *err)
{
	struct route_found found;

	if (route_lookup_default(host, family, &found, err) < 0)
		return -1;
	for (size_t i = 0; found.type == RTN_UNICAST && i < found.hop_count; i++)
		*leads = *leads || found.ifindexes[i] == link->ifindex;
	return 0;
}

/** judge() - may it be taken at all? What the host loses by it is worth a word */
static int judge(const struct link_state *link, struct rtnl *host, struct error *err)
{
	bool leads = false;

	if (link->flags & IFF_LOOPBACK)
		return error_set(err, ERROR_CONFIG, 0, "failed to move link %s: it belongs to its namespace",
				 link->name);
	if (is_ours(link))
		return error_set(err, ERROR_CONFIG, 0, "interface %s belongs to an attachment", link->name);
	if (leads_outside(link, AF_INET, host, &leads, err) < 0 || leads_outside(link, AF_INET6, host, &leads, err) < 0)
		return -1;
	if (leads)
		error_warn(err, "interface %s had the default route of this host", link->name);
	if (link->master)
		error_warn(err, "interface %s was part of another one, and will not be when it comes back", link->name);
	return 0;
}

/** check_name() - before anything is moved: what has arrived under its old name would have to go back */
static int check_name(const struct attachment *want, struct rtnl *container, struct error *err)
{
	struct link_state taken;
	bool exists;

	if (link_query(container, want->id.ifname, &taken, &exists, err) < 0)
		return -1;
	return exists ? error_set(err, ERROR_INTERFACE_EXISTS, EEXIST, "interface %s is already in the container",
				  want->id.ifname)
		      : 0;
}

/** remember() - how it was */
static int remember(struct attachment *want, const struct link_state *link, struct store *store, struct error *err)
{
	memcpy(want->device.master, link->name, IFNAMSIZ);
	memcpy(want->mac, link->mac, MAC_LENGTH);
	want->device.was_up = link->flags & IFF_UP;
	want->mtu = link->mtu;
	return record_update(store, want, err);
}

static int lend(struct attachment *want, const struct link_state *link, struct kernel *kernel, struct error *err)
{
	struct link_state moved;
	bool exists;

	if (rtnl_request(kernel->host,
			 device_build_move(link->ifindex, kernel->container_netns, want->id.ifname, link->name), err,
			 "failed to move link %s", link->name) < 0 ||
	    link_query(kernel->container, want->id.ifname, &moved, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_KERNEL, ENODEV, "interface %s vanished from the container",
				 want->id.ifname);
	want->container_ifindex = moved.ifindex;
	return 0;
}

int host_device_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state link;

	if (host_device_is_userspace(want, &want->device.userspace, err) < 0)
		return -1;
	if (want->device.userspace)
		return 0;
	if (host_device_find(want, kernel->host, &link, err) < 0 || judge(&link, kernel->host, err) < 0 ||
	    check_name(want, kernel->container, err) < 0 || remember(want, &link, store, err) < 0)
		return -1;
	return lend(want, &link, kernel, err);
}

int host_device_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct link_state link;
	bool exists;

	(void)store;
	if (want->device.userspace)
		return 0;
	if (link_query(kernel->container, want->id.ifname, &link, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "interface %s is missing in the container", want->id.ifname);
	return strcmp(link.alias, want->device.master) == 0
		       ? 0
		       : error_set(err, ERROR_DRIFT, 0, "interface %s has another alias than we gave it (%s)",
				   want->id.ifname, want->device.master);
}

/** struct origin - how an interface is to be on the host */
struct origin {
	const char *name;
	const uint8_t *mac;
	bool was_up;
};

/** is_lent() - in the container: by its alias */
static bool is_lent(const struct attachment *want, const struct link_state *link)
{
	const char *old = want->device.master;

	if (want->netns_cookie == 0)
		return strcmp(link->name, want->id.ifname) == 0 && !is_ours(link) && link->alias[0] != '\0' &&
		       !ifname_fault(link->alias);
	return old[0] != '\0' && !is_ours(link) && strcmp(link->alias, old) == 0;
}

/** is_known() - by its MAC, whatever the container has made of its alias; of several with that MAC the one with a name that it had */
static bool is_known(const struct attachment *want, const struct link_state *link)
{
	const char *old = want->device.master;

	return old[0] != '\0' && !is_ours(link) && memcmp(link->mac, attachment_current_mac(want), MAC_LENGTH) == 0 &&
	       (strcmp(link->name, want->id.ifname) == 0 || strcmp(link->name, old) == 0);
}

static int find_lent(const struct attachment *want, struct rtnl *container, struct link_state *link, bool *exists,
		     struct error *err)
{
	if (links_find(container, want, is_known, link, exists, err) < 0)
		return -1;
	return *exists ? 0 : links_find(container, want, is_lent, link, exists, err);
}

static bool has_mac(const struct origin *origin, const struct link_state *link)
{
	return memcmp(origin->mac, link->mac, MAC_LENGTH) == 0;
}

/** is_unsettled() - on the host, and not yet as it was. What a namespace leaves is down, and may have any name and MAC */
static bool is_unsettled(const struct origin *origin, const struct link_state *link)
{
	return strcmp(link->alias, origin->name) == 0 && !is_ours(link) &&
	       (strcmp(link->name, origin->name) == 0 || has_mac(origin, link) || !(link->flags & IFF_UP));
}

/** unless_taken() - a name that is somebody else's is no failure, but *@taken */
static int unless_taken(const struct error *refusal, bool *taken, struct error *err)
{
	*taken = refusal->errnum == EEXIST;
	if (*taken)
		return 0;
	error_merge(err, refusal);
	return -1;
}

/** rename_link() - *@taken: the name is somebody else's */
static int rename_link(struct rtnl *rtnl, const struct link_state *link, const char *name, bool *taken,
		       struct error *err)
{
	struct error refusal = ERROR_INIT;

	*taken = false;
	if (strcmp(link->name, name) == 0 ||
	    rtnl_request(rtnl, device_build_names(link->ifindex, name, NULL), &refusal,
			 "failed to restore %s to original name %s", link->name, name) == 0)
		return 0;
	return unless_taken(&refusal, taken, err);
}

/** settle() - on the host: name, MAC, up; and then it is nobody's business any more */
static int settle(const struct origin *origin, const struct link_state *link, struct rtnl *host, struct error *err)
{
	bool taken;

	if (strcmp(link->name, origin->name) != 0 && link_set_up(host, link->ifindex, false, err) < 0)
		return -1;
	if (rename_link(host, link, origin->name, &taken, err) < 0)
		return -1;
	if (taken)
		error_warn(err, "interface %s came back as %s: another one has its name", origin->name, link->name);
	if (!has_mac(origin, link) && rtnl_request(host, device_build_mac(link->ifindex, origin->mac), err,
						   "restore the MAC of %s", origin->name) < 0)
		return -1;
	if (origin->was_up && link_set_up(host, link->ifindex, true, err) < 0)
		return -1;
	return rtnl_request(host, device_build_names(link->ifindex, NULL, ""), err, "clear the alias of %s",
			    origin->name);
}

/** move_home() - *@taken: the name is somebody else's, and so is the one it has in the container. Gone already is success */
static int move_home(const struct origin *origin, const struct link_state *link, int home, const char *name,
		     struct rtnl *container, bool *taken, struct error *err)
{
	struct error refusal = ERROR_INIT;

	*taken = false;
	if (rtnl_request(container, device_build_move(link->ifindex, home, name, origin->name), &refusal,
			 "failed to move %s to host netns", origin->name) == 0 ||
	    refusal.errnum == ENODEV)
		return 0;
	return unless_taken(&refusal, taken, err);
}

/** send_home() - out of the container's namespace, under the old name from the start if that is free there */
static int send_home(const struct origin *origin, const struct link_state *link, struct rtnl *container,
		     struct error *err)
{
	AUTO_CLOSE int home = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
	bool taken;

	if (home < 0)
		return error_set(err, ERROR_NETNS, errno, "open %s", OWN_NETNS);
	if (link_set_up(container, link->ifindex, false, err) < 0 ||
	    rename_link(container, link, origin->name, &taken, err) < 0 ||
	    move_home(origin, link, home, origin->name, container, &taken, err) < 0)
		return -1;
	return taken ? move_home(origin, link, home, ANY_NAME, container, &taken, err) : 0;
}

/** struct claim - whether an attachment that has a record has borrowed an interface that @link seems to be */
struct claim {
	const struct link_state *link;
	uint64_t netns_cookie;
	bool found;
};

static int look_for_claim(const struct attachment *record, void *argument, struct error *err)
{
	struct claim *claim = argument;

	(void)err;
	claim->found = record->netns_cookie == claim->netns_cookie && record->device.master[0] != '\0' &&
		       strcmp(record->device.master, claim->link->alias) == 0;
	return claim->found;
}

/** check_claims() - without a record, what looks like the reference's may be another attachment's; *@fetched: it is not */
static int check_claims(const struct attachment *want, const struct link_state *link, uint64_t netns_cookie,
			struct store *store, bool *fetched, struct error *err)
{
	struct claim claim = {.link = link, .netns_cookie = netns_cookie};

	if (!*fetched || want->netns_cookie != 0)
		return 0;
	if (record_walk(store, NULL, look_for_claim, &claim, err) < 0)
		return -1;
	*fetched = !claim.found;
	return 0;
}

/** fetch() - *@link: what was in the container, as it is there */
static int fetch(const struct attachment *want, struct store *store, struct link_state *link, bool *fetched,
		 struct error *err)
{
	CLEANUP(kernel_close) struct kernel visit = KERNEL_CLOSED;
	int there = recorded_netns_enter(want, &visit, err);
	struct origin origin = {.name = want->device.master};

	*fetched = false;
	if (there <= 0)
		return there;
	if (find_lent(want, visit.container, link, fetched, err) < 0 ||
	    check_claims(want, link, visit.container_cookie, store, fetched, err) < 0)
		return -1;
	if (origin.name[0] == '\0')
		origin.name = link->alias;
	return *fetched ? send_home(&origin, link, visit.container, err) : 0;
}

/** struct unsettled - a search on the host; the one that has the MAC, too, is preferred */
struct unsettled {
	const struct origin *origin;
	struct link_state *found;
	bool exists;
};

static bool look_at_unsettled(const struct link_state *link, void *argument)
{
	struct unsettled *search = argument;
	const bool surely = has_mac(search->origin, link);

	if (!is_unsettled(search->origin, link) || (search->exists && !surely))
		return true;
	*search->found = *link;
	search->exists = true;
	return !surely;
}

/** find_unsettled() - under its name, as a rule; else wherever the kernel has put it */
static int find_unsettled(const struct origin *origin, struct rtnl *host, struct link_state *link, bool *exists,
			  struct error *err)
{
	struct unsettled search = {.origin = origin, .found = link};

	if (link_query(host, origin->name, link, exists, err) < 0)
		return -1;
	if (*exists && has_mac(origin, link)) {
		*exists = is_unsettled(origin, link);
		return 0;
	}
	if (links_visit(host, look_at_unsettled, &search, err) < 0)
		return -1;
	*exists = search.exists;
	return 0;
}

int host_device_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct origin origin = {.name = want->device.master, .mac = want->mac, .was_up = want->device.was_up};
	struct link_state lent, link;
	bool fetched, exists;

	if (want->device.userspace)
		return 0;
	if (fetch(want, store, &lent, &fetched, err) < 0)
		return -1;
	if (origin.name[0] == '\0' && !fetched)
		return 0;
	if (origin.name[0] == '\0')
		origin = (struct origin){.name = lent.alias, .mac = lent.mac};
	if (find_unsettled(&origin, kernel->host, &link, &exists, err) < 0)
		return -1;
	return exists ? settle(&origin, &link, kernel->host, err) : 0;
}

static int look_for_borrower(const struct attachment *record, void *argument, struct error *err)
{
	(void)err;
	*(bool *)argument = strcmp(record->id.kind, KIND) == 0;
	return *(bool *)argument;
}

int host_device_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct link_state link;
	bool userspace, lent = false;

	if (!want->device.wanted)
		return 0;
	if (host_device_is_userspace(want, &userspace, err) < 0)
		return -1;
	if (userspace || host_device_find(want, kernel->host, &link, &refusal) == 0)
		return 0;
	if (refusal.code == ERROR_CONFIG && record_walk(store, want->id.network, look_for_borrower, &lent, err) < 0)
		return -1;
	if (!lent) {
		error_merge(err, &refusal);
		return -1;
	}
	error_warn(err, "%s: a container of this network has borrowed it", refusal.msg);
	return 0;
}
