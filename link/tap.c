/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tap of a virtual machine, and its way to the veth. */
#include "link/tap.h"

#include "base/cleanup.h"
#include "conf/marks.h"
#include "kernel/link_message.h"
#include "kernel/sysctl.h"
#include "kernel/tun.h"
#include "link/container.h"
#include "link/inside.h"
#include "link/messages.h"
#include "link/traffic_control.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* The namespace's own kernel would speak to the guest, under the guest's link-local address: both have one MAC */
static const struct sysctl NO_IPV6[] = {{"ipv6/conf/%s", "disable_ipv6", "1", true}};

enum { NO_IPV6_COUNT = sizeof NO_IPV6 / sizeof *NO_IPV6 };

/** struct wire - both interfaces in the container */
struct wire {
	struct link_state tap, veth;
};

int tap_mark(const struct attachment *want, int ifindex, struct rtnl *container, struct error *err)
{
	const struct link_wish wish = {.ifindex = ifindex,
				       .mac = want->mac,
				       .mtu = want->mtu,
				       .group = HOST_END_GROUP,
				       .alias = want->host_ifname};

	return rtnl_request(container, link_message(RTM_NEWLINK, 0, &wish), err, "set MAC and MTU of tap %s",
			    want->id.ifname);
}

/** find_wire() - what is missing has index 0 */
static int find_wire(const struct attachment *want, struct rtnl *container, struct wire *wire, struct error *err)
{
	bool tap, veth;

	if (link_query(container, want->id.ifname, &wire->tap, &tap, err) < 0 ||
	    link_query(container, attachment_container_end(want), &wire->veth, &veth, err) < 0)
		return -1;
	if (!tap)
		wire->tap.ifindex = 0;
	if (!veth)
		wire->veth.ifindex = 0;
	return 0;
}

/* The one mark that no other attachment's tap has: group and MAC may be anybody's */
bool tap_is_own(const struct attachment *want, const struct link_state *tap)
{
	return strcmp(tap->kind, "tun") == 0 && strcmp(tap->alias, want->host_ifname) == 0;
}

static int create(const struct attachment *want, int netns, struct error *err)
{
	const struct tun_wish wish = {.ifname = want->id.ifname,
				      .owner = want->tap.owner,
				      .group = want->tap.group,
				      .multi_queue = want->tap.multi_queue};
	struct error refusal = ERROR_INIT;
	int fd = tun_create(netns, &wish, &refusal);

	if (fd < 0 && refusal.errnum == EEXIST)
		return error_set(err, ERROR_INTERFACE_EXISTS, EEXIST, "interface %s is already in the container",
				 want->id.ifname);
	if (fd < 0)
		error_merge(err, &refusal);
	return fd;
}

int tap_make(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct link_state left;
	bool exists = false;
	int fd = create(want, kernel->container_netns, &refusal);

	if (fd >= 0)
		return fd;
	if (refusal.errnum == EEXIST && link_query(kernel->container, want->id.ifname, &left, &exists, err) < 0)
		return -1;
	if (exists && tap_is_own(want, &left))
		return inside_delete(kernel, &left, err) < 0 ? -1 : create(want, kernel->container_netns, err);
	error_merge(err, &refusal);
	return -1;
}

/** redirect() - what @from receives leaves through @to, whatever it is */
static int redirect(struct rtnl *container, const struct link_state *from, const struct link_state *to,
		    struct error *err)
{
	return tc_ingress_add(container, from->ifindex, err) < 0
		       ? -1
		       : tc_redirect_add(container, from->ifindex, to->ifindex, err);
}

static int prepare(const struct attachment *want, const struct wire *wire, struct kernel *kernel, struct error *err)
{
	const char *const names[] = {want->id.ifname, attachment_container_end(want)};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (sysctl_ensure_in(kernel->container_netns, NO_IPV6, NO_IPV6_COUNT, names[i], err) < 0)
			return -1;
	if (tap_mark(want, wire->tap.ifindex, kernel->container, err) < 0)
		return -1;
	return redirect(kernel->container, &wire->tap, &wire->veth, err) < 0
		       ? -1
		       : redirect(kernel->container, &wire->veth, &wire->tap, err);
}

int tap_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	AUTO_CLOSE int fd = tap_make(want, kernel, err);
	struct wire wire;

	(void)store;
	if (fd < 0 || find_wire(want, kernel->container, &wire, err) < 0)
		return -1;
	if (!wire.tap.ifindex || !wire.veth.ifindex)
		return error_set(err, ERROR_KERNEL, ENODEV, "interface %s vanished from the container",
				 wire.tap.ifindex ? attachment_container_end(want) : want->id.ifname);
	if (prepare(want, &wire, kernel, err) < 0 || tun_keep(fd, want->id.ifname, err) < 0 ||
	    link_set_up(kernel->container, wire.tap.ifindex, true, err) < 0)
		return -1;
	return link_set_up(kernel->container, wire.veth.ifindex, true, err);
}

int tap_verify_access(const struct attachment *want, struct rtnl *container, int ifindex, struct error *err)
{
	const char *name = want->id.ifname;
	struct tun_state state;

	if (tun_query(container, ifindex, &state, err) < 0)
		return -1;
	if (!state.is_tap)
		return error_set(err, ERROR_DRIFT, 0, "interface %s in the container is no tap", name);
	if (!state.persistent)
		return error_set(err, ERROR_DRIFT, 0, "tap %s is not persistent", name);
	if (state.multi_queue != want->tap.multi_queue)
		return error_set(err, ERROR_DRIFT, 0, "tap %s has %s, expected %s", name,
				 state.multi_queue ? "several queues" : "one queue",
				 want->tap.multi_queue ? "several" : "one");
	if (state.owner != want->tap.owner || state.group != want->tap.group)
		return error_set(err, ERROR_DRIFT, 0, "tap %s has owner %d and group %d, expected %d and %d", name,
				 (int)state.owner, (int)state.group, (int)want->tap.owner, (int)want->tap.group);
	return 0;
}

static int verify_redirect(const struct link_state *from, const struct link_state *to, struct rtnl *container,
			   struct error *err)
{
	bool exists;

	if (tc_redirect_exists(container, from->ifindex, to->ifindex, &exists, err) < 0)
		return -1;
	return exists ? 0
		      : error_set(err, ERROR_DRIFT, 0, "what %s receives is not redirected to %s in the container",
				  from->name, to->name);
}

int tap_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct rtnl *container = kernel->container;
	struct wire wire;

	(void)store;
	if (find_wire(want, container, &wire, err) < 0)
		return -1;
	if (!wire.tap.ifindex || !wire.veth.ifindex)
		return error_set(err, ERROR_DRIFT, 0, "interface %s is missing in the container",
				 wire.tap.ifindex ? attachment_container_end(want) : want->id.ifname);
	if (container_verify_interface(want, &wire.tap, err) < 0 ||
	    tap_verify_access(want, container, wire.tap.ifindex, err) < 0)
		return -1;
	if (!tap_is_own(want, &wire.tap))
		return error_set(err, ERROR_DRIFT, 0, "tap %s has another alias than we gave it (%s)", want->id.ifname,
				 want->host_ifname);
	if (!(wire.veth.flags & IFF_UP))
		return error_set(err, ERROR_DRIFT, 0, "interface %s is down in the container", wire.veth.name);
	return verify_redirect(&wire.tap, &wire.veth, container, err) < 0
		       ? -1
		       : verify_redirect(&wire.veth, &wire.tap, container, err);
}

int tap_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)store;
	return inside_remove(want, tap_is_own, kernel, err);
}

int tap_probe(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	(void)want;
	(void)store;
	(void)kernel;
	return tun_probe(err);
}
