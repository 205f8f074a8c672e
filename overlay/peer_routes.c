/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The routes of a network, compared and made so. */
#include "overlay/peer_routes.h"

#include "base/cleanup.h"
#include "conf/bridged.h"
#include "link/messages.h"
#include "overlay/kind.h"
#include "overlay/routes.h"
#include "overlay/tunnel.h"
#include "overlay/users.h"
#include "store/overlay_state.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct plan - what is wished for, what is there, and the difference
 * @tunnel: index of the shared device, 0: there is none
 */
struct plan {
	const struct overlay *overlay;
	int tunnel;
	struct peer_routes wished, there, missing, different;
};

static void plan_free(struct plan *plan)
{
	peer_routes_free(&plan->wished);
	peer_routes_free(&plan->there);
	peer_routes_free(&plan->missing);
	peer_routes_free(&plan->different);
}

/** source_of() - the gateway address, so that the host itself is reached where its containers are; AF_UNSPEC: there is none */
static struct ip source_of(const struct attachment *want, sa_family_t family)
{
	const struct address *address = attachment_is_routed(want) ? attachment_address(want, family) : NULL;

	return address ? address->gateway : (struct ip){.family = AF_UNSPEC};
}

static int find_tunnel(const struct overlay *overlay, const struct overlay_peer *peer, struct rtnl *host, int *ifindex,
		       struct error *err)
{
	struct tunnel_device device;

	if (tunnel_query(overlay, peer, host, &device, err) < 0)
		return -1;
	*ifindex = device.ifindex;
	return 0;
}

/** wish_peer() - @ifindex: of its tunnel */
static void wish_peer(struct plan *plan, const struct attachment *want, const struct overlay_peer *peer, int ifindex)
{
	for (size_t i = 0; i < peer->subnet_count; i++) {
		const struct prefix *subnet = &peer->subnets[i];
		const sa_family_t family = subnet->ip.family;
		struct peer_route route = {
			.destination = *subnet, .type = RTN_UNICAST, .source = source_of(want, family)};

		if (overlay_is_tunnelled(plan->overlay, peer, subnet)) {
			const struct next_hop hop = tunnel_kind_find(plan->overlay->kind)->next_hop(peer, family);

			route.gateway = hop.gateway;
			route.onlink = hop.onlink;
			route.ifindex = ifindex;
			route.mtu = plan->overlay->mtu;
		} else {
			route.gateway = peer->host;
		}
		peer_routes_append(&plan->wished, &route);
	}
}

static int plan_wishes(struct plan *plan, const struct attachment *want, struct rtnl *host, struct error *err)
{
	const struct overlay *overlay = plan->overlay;
	int ifindex = 0;

	if (overlay->tunnel[0] && find_tunnel(overlay, NULL, host, &plan->tunnel, err) < 0)
		return -1;
	for (size_t i = 0; i < overlay->peer_count; i++) {
		const struct overlay_peer *peer = &overlay->peers[i];

		if (peer->leaving)
			continue;
		if (peer->point_to_point && find_tunnel(overlay, peer, host, &ifindex, err) < 0)
			return -1;
		wish_peer(plan, want, peer, peer->point_to_point ? ifindex : plan->tunnel);
	}
	for (size_t i = 0; i < OVERLAY_FAMILIES; i++) {
		const struct peer_route route = peer_routes_unreachable(&overlay->networks[i]);

		if (ip_is_set(&overlay->networks[i].ip))
			peer_routes_append(&plan->wished, &route);
	}
	peer_routes_sort(&plan->wished);
	return 0;
}

static int plan_make(struct plan *plan, const struct attachment *want, struct rtnl *host, struct error *err)
{
	if (plan_wishes(plan, want, host, err) < 0 || peer_routes_read(&plan->there, host, err) < 0)
		return -1;
	peer_routes_compare(&plan->wished, &plan->there, &plan->missing, &plan->different);
	return plan->wished.failed || plan->missing.failed || plan->different.failed
		       ? error_set(err, ERROR_KERNEL, ENOMEM, "compare routes to other hosts")
		       : 0;
}

/** join() - a device that is up, and what its peers need beside routes. @peer: of a point-to-point device, else NULL */
static int join(const struct overlay *overlay, const struct overlay_peer *peer, struct kernel *kernel,
		struct error *err)
{
	const struct tunnel_kind *kind = tunnel_kind_find(overlay->kind);
	struct tunnel_device device;
	char name[IFNAMSIZ];

	overlay_tunnel_name(overlay, peer, name);
	if (tunnel_query(overlay, peer, kernel->host, &device, err) < 0)
		return -1;
	if (!device.ifindex)
		return error_set(err, ERROR_KERNEL, ENODEV, "tunnel %s vanished", name);
	if (!device.up && link_set_up(kernel->host, device.ifindex, true, err) < 0)
		return -1;
	return kind->join ? kind->join(kernel, device.ifindex, overlay, peer ? peer : overlay->peers,
				       peer ? 1 : overlay->peer_count, err)
			  : 0;
}

/** is_wished() - a subnet that has moved from one host to another was replaced in place */
static bool is_wished(const struct overlay *overlay, const struct prefix *subnet)
{
	for (size_t i = 0; i < overlay->peer_count; i++)
		for (size_t j = 0; !overlay->peers[i].leaving && j < overlay->peers[i].subnet_count; j++)
			if (prefix_equal(&overlay->peers[i].subnets[j], subnet))
				return true;
	return false;
}

/** list_subnets() - routes by destination alone. @leaving: of those who leave, else of all */
static void list_subnets(struct peer_routes *list, const struct overlay *overlay, bool leaving,
			 const struct other_overlays *others)
{
	for (size_t i = 0; i < overlay->peer_count; i++) {
		const struct overlay_peer *peer = &overlay->peers[i];

		for (size_t j = 0; (peer->leaving || !leaving) && j < peer->subnet_count; j++) {
			const struct peer_route route = {.destination = peer->subnets[j]};

			if (!(leaving && is_wished(overlay, &route.destination)) &&
			    !others_have_subnet(others, &route.destination))
				peer_routes_append(list, &route);
		}
	}
}

static void list_networks(struct peer_routes *list, const struct prefix networks[], size_t count,
			  const struct other_overlays *others)
{
	for (size_t i = 0; i < count; i++) {
		const struct peer_route route = peer_routes_unreachable(&networks[i]);

		if (ip_is_set(&networks[i].ip) && !others_have_subnet(others, &networks[i]))
			peer_routes_append(list, &route);
	}
}

static int delete_listed(struct peer_routes *list, struct rtnl *host, struct error *err)
{
	int status = list->failed ? error_set(err, ERROR_KERNEL, ENOMEM, "list stale routes")
				  : peer_routes_delete(list, host, err);

	peer_routes_free(list);
	return status;
}

/** part() - those who leave take along what they had at the shared device */
static int part(const struct overlay *overlay, int ifindex, struct kernel *kernel, struct error *err)
{
	const struct tunnel_kind *kind = tunnel_kind_find(overlay->kind);

	for (size_t i = 0; ifindex && kind && kind->part && i < overlay->peer_count; i++)
		if (overlay->peers[i].leaving && !overlay->peers[i].point_to_point)
			return kind->part(kernel, ifindex, overlay, &overlay->peers[i], overlay->peer_count - i, err);
	return 0;
}

/** sweep() - what is left of an earlier wish, once the new one stands */
static int sweep(const struct plan *plan, const char *network, struct store *store, struct kernel *kernel,
		 struct error *err)
{
	CLEANUP(others_free) struct other_overlays others = {.count = 0};
	const struct overlay *overlay = plan->overlay;
	struct peer_routes stale = {.count = 0};

	if (others_load(&others, store, network, err) < 0)
		return -1;
	list_subnets(&stale, overlay, true, &others);
	list_networks(&stale, overlay->old_networks, OVERLAY_OLD, &others);
	return delete_listed(&stale, kernel->host, err) < 0 || part(overlay, plan->tunnel, kernel, err) < 0
		       ? -1
		       : tunnel_drop_old(overlay, &others, kernel, err);
}

/** apply() - inside a section, so that nobody applies something older meanwhile */
static int apply(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(plan_free) struct plan plan = {.overlay = want->overlay};

	if (tunnel_each(want->overlay, join, kernel, err) < 0 || plan_make(&plan, want, kernel->host, err) < 0 ||
	    peer_routes_add(&plan.missing, false, kernel->host, err) < 0 ||
	    peer_routes_add(&plan.different, true, kernel->host, err) < 0)
		return -1;
	return want->overlay->settled ? 0 : sweep(&plan, want->id.network, store, kernel, err);
}

static int verify_joined(const struct overlay *overlay, const struct overlay_peer *peer, struct kernel *kernel,
			 struct error *err)
{
	const struct tunnel_kind *kind = tunnel_kind_find(overlay->kind);
	int ifindex = 0;

	if (!kind->joined)
		return 0;
	if (find_tunnel(overlay, peer, kernel->host, &ifindex, err) < 0)
		return -1;
	return kind->joined(kernel, ifindex, overlay, peer ? peer : overlay->peers, peer ? 1 : overlay->peer_count,
			    err);
}

/** look() - at what is applied: *@whole: no route is missing or different, nor what peers need beside routes */
static int look(struct plan *plan, const struct attachment *want, struct kernel *kernel, bool *whole, struct error *err)
{
	struct error difference = ERROR_INIT;

	if (plan_make(plan, want, kernel->host, err) < 0)
		return -1;
	*whole = plan->missing.count == 0 && plan->different.count == 0;
	if (!*whole || tunnel_each(plan->overlay, verify_joined, kernel, &difference) == 0)
		return 0;
	*whole = false;
	if (difference.code == ERROR_DRIFT)
		return 0;
	error_merge(err, &difference);
	return -1;
}

int peer_routes_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(plan_free) struct plan plan = {.overlay = want->overlay};
	bool whole = false;

	if (!want->in_overlay)
		return 0;
	if (want->overlay->settled && look(&plan, want, kernel, &whole, err) < 0)
		return -1;
	if (whole)
		return 0;
	if (store_begin(store, err) < 0)
		return -1;
	int status = apply(want, store, kernel, err);
	store_end(store);
	return status;
}

int peer_routes_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(overlay_free) struct overlay *overlay = NULL;
	CLEANUP(plan_free) struct plan plan = {.tunnel = 0};
	char text[PEER_ROUTE_TEXT_SIZE];

	if (!want->in_overlay)
		return 0;
	if (overlay_state_load(store, want->id.network, &overlay, err) < 0)
		return -1;
	if (!overlay)
		return 0; /* row "tunnel" has said so */
	plan.overlay = overlay;
	if (plan_make(&plan, want, kernel->host, err) < 0)
		return -1;
	if (plan.missing.count || plan.different.count)
		return error_set(err, ERROR_DRIFT, 0, "route to another host: %s %s",
				 peer_route_format((plan.missing.count ? plan.missing : plan.different).routes, text),
				 plan.missing.count ? "is missing" : "was changed");
	return tunnel_each(overlay, verify_joined, kernel, err);
}

int peer_routes_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(others_free) struct other_overlays others = {.count = 0};
	CLEANUP(overlay_free) struct overlay *overlay = NULL;
	struct peer_routes gone = {.count = 0};

	if (overlay_load_last(want, store, &overlay, err) < 0)
		return -1;
	if (!overlay)
		return 0;
	if (others_load(&others, store, want->id.network, err) < 0)
		return -1;
	list_subnets(&gone, overlay, false, &others);
	list_networks(&gone, overlay->networks, OVERLAY_FAMILIES, &others);
	list_networks(&gone, overlay->old_networks, OVERLAY_OLD, &others);
	return delete_listed(&gone, kernel->host, err);
}
