/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to the peers, asked of the kernel. */
#include "overlay/underlay.h"

#include "kernel/message.h"
#include "link/messages.h"
#include "overlay/kind.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

enum { MIN_TUNNEL_MTU = 68, MIN_IPV6_MTU = 1280, INTERRUPTED_DUMPS = 10 };

static const struct nla_policy route_policy[RTA_MAX + 1] = {
	[RTA_OIF] = {.type = NLA_U32},
	[RTA_METRICS] = {.type = NLA_NESTED},
	[RTA_CACHEINFO] = {.type = NLA_UNSPEC, .minlen = sizeof(struct rta_cacheinfo)},
};
static const struct nla_policy metrics_policy[RTAX_MAX + 1] = {[RTAX_MTU] = {.type = NLA_U32}};

bool overlay_reaches_directly(const struct prefix *local, const struct prefix *peer, bool gateway)
{
	return !gateway && local->length > 0 && peer->length > 0 && ip_in_prefix(&local->ip, peer) &&
	       ip_in_prefix(&peer->ip, local);
}

/**
 * struct way - how packets to one host leave
 * @exists:  there is a route
 * @gateway: over another host
 * @mtu:     of the route; 0: it has none of its own
 */
struct way {
	bool exists, gateway;
	int ifindex;
	uint32_t mtu;
	struct ip source;
};

/** read_metrics() - an MTU that was learnt is forgotten again; such routes have an end */
static void read_metrics(struct nlattr *attributes[], struct way *way)
{
	struct nlattr *metrics[RTAX_MAX + 1] = {0};
	const struct rta_cacheinfo *cache = attributes[RTA_CACHEINFO] ? nla_data(attributes[RTA_CACHEINFO]) : NULL;

	if ((cache && cache->rta_expires) || !attributes[RTA_METRICS])
		return;
	if (nla_parse_nested(metrics, RTAX_MAX, attributes[RTA_METRICS], metrics_policy) == 0 && metrics[RTAX_MTU])
		way->mtu = nla_get_u32(metrics[RTAX_MTU]);
}

static int read_way(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *attributes[RTA_MAX + 1] = {0};
	const struct rtmsg *header = nlmsg_data(answer);
	struct way *way = into;

	if (answer->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(answer, sizeof *header, attributes, RTA_MAX, route_policy) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a route");
	const size_t size = ip_size(header->rtm_family);
	struct nlattr *source = attributes[RTA_PREFSRC];
	way->exists = header->rtm_type == RTN_UNICAST && attributes[RTA_OIF];
	way->gateway = attributes[RTA_GATEWAY] || attributes[RTA_VIA];
	way->ifindex = attributes[RTA_OIF] ? (int)nla_get_u32(attributes[RTA_OIF]) : 0;
	if (source && size && (size_t)nla_len(source) == size) {
		way->source.family = header->rtm_family;
		memcpy(way->source.bytes, nla_data(source), size);
	}
	read_metrics(attributes, way);
	return 0;
}

/** find_way() - as for a packet; @from: its source, AF_UNSPEC: the kernel's choice */
static int find_way(struct rtnl *host, const struct ip *to, const struct ip *from, struct way *way, struct error *err)
{
	const uint8_t bits = ip_bits(to->family);
	const struct rtmsg header = {
		.rtm_family = (uint8_t)to->family, .rtm_dst_len = bits, .rtm_src_len = ip_is_set(from) ? bits : 0};
	struct nl_msg *msg = message_begin(RTM_GETROUTE, 0, &header, sizeof header);
	struct error refusal = ERROR_INIT;
	char text[IP_TEXT_SIZE];

	*way = (struct way){.exists = false};
	if (msg)
		msg = message_finish(msg, message_put_ip(msg, RTA_DST, to) &&
						  (!ip_is_set(from) || message_put_ip(msg, RTA_SRC, from)));
	if (rtnl_ask(host, msg, read_way, way, &refusal, "look up %s", ip_format(to, text)) == 0)
		return 0;
	/* no route, or one that forbids (net/ipv4/fib_semantics.c, fib_props): perhaps there is one later */
	if (refusal.errnum == ENETUNREACH || refusal.errnum == EHOSTUNREACH || refusal.errnum == EACCES ||
	    refusal.errnum == EINVAL)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

/**
 * struct address_search - an address of this host
 * @wanted:  AF_UNSPEC: the first of @ifindex
 * @ifindex: 0: of any interface
 */
struct address_search {
	struct ip wanted;
	int ifindex;
	sa_family_t family;
	struct prefix found;
	int found_at;
};

static int match_address(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *attributes[IFA_MAX + 1] = {0};
	const struct ifaddrmsg *header = nlmsg_data(answer);
	struct address_search *search = into;
	struct ip ip = {.family = header->ifa_family};

	if (answer->nlmsg_type != RTM_NEWADDR || nlmsg_parse(answer, sizeof *header, attributes, IFA_MAX, NULL) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about an address");
	struct nlattr *local = attributes[IFA_LOCAL] ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
	if (search->found_at || header->ifa_family != search->family || !local ||
	    (size_t)nla_len(local) != ip_size(search->family) ||
	    (search->ifindex && header->ifa_index != (uint32_t)search->ifindex))
		return 0;
	memcpy(ip.bytes, nla_data(local), ip_size(search->family));
	if (ip_is_set(&search->wanted) ? !ip_equal(&ip, &search->wanted)
				       : header->ifa_scope != RT_SCOPE_UNIVERSE || header->ifa_flags & IFA_F_SECONDARY)
		return 0;
	search->found = (struct prefix){.ip = ip, .length = header->ifa_prefixlen};
	search->found_at = (int)header->ifa_index;
	return 0;
}

static int find_address(struct rtnl *host, struct address_search *search, struct error *err)
{
	for (int round = 1;; round++) {
		const struct ifaddrmsg header = {.ifa_family = (uint8_t)search->family};
		struct error attempt = ERROR_INIT;

		if (rtnl_ask(host, message_begin(RTM_GETADDR, NLM_F_DUMP, &header, sizeof header), match_address,
			     search, &attempt, "list addresses") == 0)
			return 0;
		if (attempt.errnum == EINTR && round < INTERRUPTED_DUMPS)
			continue;
		error_merge(err, &attempt);
		return -1;
	}
}

static int find_device(struct rtnl *host, const char *name, int *ifindex, struct error *err)
{
	struct link_state device;
	bool exists;

	*ifindex = 0;
	if (name[0] == '\0')
		return 0;
	if (link_query(host, name, &device, &exists, err) < 0)
		return -1;
	*ifindex = exists ? device.ifindex : 0;
	return exists ? 0 : error_set(err, ERROR_CONFIG, 0, "overlay.device: there is no interface %s", name);
}

/** first_wished() - NULL: there is nobody to reach */
static const struct overlay_peer *first_wished(const struct overlay *overlay, bool tunnelled)
{
	for (size_t i = 0; i < overlay->peer_count; i++)
		if (!overlay->peers[i].leaving && !(tunnelled && overlay->peers[i].direct))
			return &overlay->peers[i];
	return NULL;
}

static int refuse_local(const struct overlay *overlay, const struct ip *local, struct error *err)
{
	char text[IP_TEXT_SIZE];

	if (!ip_is_set(local))
		return error_set(err, ERROR_CONFIG, 0, "overlay.device: %s has no address", overlay->device);
	return error_set(err, ERROR_CONFIG, 0, "overlay.local: %s is no address of %s", ip_format(local, text),
			 overlay->device[0] ? overlay->device : "this host");
}

/** decide_local() - as configured, or as the kernel would send to the first peer; *@local with its length */
static int decide_local(struct overlay *overlay, struct kernel *kernel, struct prefix *local, struct error *err)
{
	const struct overlay_peer *first = first_wished(overlay, false);
	struct address_search search = {.wanted = overlay->local};
	struct link_state device;
	struct way way;
	bool exists;

	if (find_device(kernel->host, overlay->device, &search.ifindex, err) < 0)
		return -1;
	if (!ip_is_set(&search.wanted) && !search.ifindex && first) {
		if (find_way(kernel->host, &first->host, &overlay->local, &way, err) < 0)
			return -1;
		search.wanted = way.source;
	}
	*local = (struct prefix){.length = 0};
	search.family = ip_is_set(&search.wanted) ? search.wanted.family : first ? first->host.family : AF_INET;
	if (!ip_is_set(&search.wanted) && !search.ifindex)
		return 0; /* nobody to reach, or no way to: nothing to be decided yet */
	if (find_address(kernel->host, &search, err) < 0)
		return -1;
	if (!search.found_at)
		return refuse_local(overlay, &search.wanted, err);
	if (link_query_index(kernel->host, search.found_at, &device, &exists, err) < 0)
		return -1;
	if (exists)
		memcpy(overlay->device, device.name, sizeof overlay->device);
	*local = search.found;
	if (overlay->local_length)
		local->length = overlay->local_length;
	return 0;
}

/** struct width - what is known of the devices that peers are behind: mostly it is one */
struct width {
	int ifindex;
	uint32_t mtu;
};

static int egress(struct rtnl *host, const struct way *way, struct width *known, uint32_t *mtu, struct error *err)
{
	struct link_state device;
	bool exists;

	*mtu = way->mtu;
	if (*mtu)
		return 0;
	if (known->ifindex != way->ifindex) {
		if (link_query_index(host, way->ifindex, &device, &exists, err) < 0)
			return -1;
		*known = (struct width){.ifindex = way->ifindex, .mtu = exists ? device.mtu : 0};
	}
	*mtu = known->mtu;
	return 0;
}

static int refuse_link(const struct overlay_peer *peer, const struct way *way, struct error *err)
{
	char text[IP_TEXT_SIZE];

	return error_set(err, ERROR_CONFIG, 0,
			 "overlay: host %s is %s: kind direct needs a link that both hosts are on",
			 ip_format(&peer->host, text), way->exists ? "behind a router" : "out of reach");
}

/** is_tunnelled() - whether anything of a peer needs the tunnel */
static bool is_tunnelled(const struct overlay *overlay, const struct overlay_peer *peer)
{
	for (size_t i = 0; i < peer->subnet_count; i++)
		if (overlay_is_tunnelled(overlay, peer, &peer->subnets[i]))
			return true;
	return false;
}

/** decide_peer() - *@least: of the widths so far, 0: none yet */
static int decide_peer(struct overlay *overlay, struct overlay_peer *peer, const struct prefix *local,
		       struct width *known, uint32_t *least, struct rtnl *host, struct error *err)
{
	const struct prefix theirs = {.ip = peer->host, .length = peer->host_length};
	struct way way;
	uint32_t mtu;

	if (find_way(host, &peer->host, &local->ip, &way, err) < 0)
		return -1;
	peer->direct = overlay->kind == OVERLAY_DIRECT ||
		       (overlay->direct && way.exists && overlay_reaches_directly(local, &theirs, way.gateway));
	if (overlay->kind == OVERLAY_DIRECT && (!way.exists || way.gateway))
		return refuse_link(peer, &way, err);
	if (!is_tunnelled(overlay, peer) || !way.exists)
		return 0;
	if (egress(host, &way, known, &mtu, err) < 0)
		return -1;
	if (!overlay->egress)
		overlay->egress = mtu;
	*least = *least && *least < mtu ? *least : mtu;
	return 0;
}

static bool carries_ipv6(const struct overlay *overlay)
{
	for (size_t i = 0; i < overlay->peer_count; i++)
		for (size_t j = 0; j < overlay->peers[i].subnet_count; j++)
			if (overlay->peers[i].subnets[j].ip.family == AF_INET6 &&
			    overlay_is_tunnelled(overlay, &overlay->peers[i], &overlay->peers[i].subnets[j]))
				return true;
	return false;
}

static int decide_mtu(struct overlay *overlay, uint32_t least, struct error *err)
{
	const struct tunnel_kind *kind = tunnel_kind_find(overlay->kind);
	const uint32_t needed = carries_ipv6(overlay) ? MIN_IPV6_MTU : MIN_TUNNEL_MTU;

	if (!kind || !least)
		return 0;
	const uint32_t fits = least > kind->overhead ? least - kind->overhead : 0;
	if (overlay->mtu > fits)
		error_warn(err, "overlay.mtu: %u is more than the %u that fit through the underlay in a %s tunnel",
			   overlay->mtu, fits, kind->name);
	if (!overlay->mtu)
		overlay->mtu = fits;
	return overlay->mtu >= needed ? 0
				      : error_set(err, ERROR_CONFIG, 0,
						  "overlay: a %s tunnel of %u bytes is too narrow: %u are needed",
						  kind->name, overlay->mtu, needed);
}

/** decide_tunnel() - the device that is shared; point-to-point peers are not behind it */
static int decide_tunnel(struct overlay *overlay, struct error *err)
{
	char text[IP_TEXT_SIZE];
	bool any = false;

	overlay->tunnel[0] = '\0';
	for (size_t i = 0; i < overlay->peer_count; i++) {
		const struct overlay_peer *peer = &overlay->peers[i];

		if (peer->leaving || !is_tunnelled(overlay, peer))
			continue;
		if (!ip_is_set(&overlay->local) || overlay->local.family != AF_INET || peer->host.family != AF_INET)
			return error_set(err, ERROR_CONFIG, 0, "overlay: there is no way over IPv4 to host %s",
					 ip_format(&peer->host, text));
		any = any || !peer->point_to_point;
	}
	if (any)
		overlay_tunnel_name(overlay, NULL, overlay->tunnel);
	return 0;
}

int underlay_decide(struct overlay *overlay, struct kernel *kernel, struct error *err)
{
	struct width known = {.ifindex = 0};
	struct prefix local;
	uint32_t least = 0;

	if (decide_local(overlay, kernel, &local, err) < 0)
		return -1;
	overlay->egress = 0;
	for (size_t i = 0; i < overlay->peer_count; i++)
		if (!overlay->peers[i].leaving &&
		    decide_peer(overlay, &overlay->peers[i], &local, &known, &least, kernel->host, err) < 0)
			return -1;
	overlay->local = local.ip;
	overlay->local_length = local.length;
	return decide_mtu(overlay, least, err) < 0 ? -1 : decide_tunnel(overlay, err);
}

int underlay_has_changed(const struct overlay *overlay, struct kernel *kernel, bool *changed, struct error *err)
{
	const struct overlay_peer *first = first_wished(overlay, overlay->egress > 0);
	struct width known = {.ifindex = 0};
	uint32_t mtu = 0;
	struct way way;

	*changed = false;
	if (!first)
		return 0;
	if (find_way(kernel->host, &first->host, &overlay->local, &way, err) < 0 ||
	    (way.exists && egress(kernel->host, &way, &known, &mtu, err) < 0))
		return -1;
	*changed = !way.exists || (overlay->egress > 0 && mtu != overlay->egress) || (first->direct && way.gateway);
	return 0;
}
