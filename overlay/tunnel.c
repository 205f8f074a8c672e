/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tunnel devices. Ownership is name, group and alias: the kernel takes the alias only after the device is made. */
#include "overlay/tunnel.h"

#include "base/cleanup.h"
#include "conf/marks.h"
#include "kernel/link_message.h"
#include "kernel/sysctl.h"
#include "link/delete.h"
#include "link/messages.h"
#include "overlay/users.h"
#include "store/overlay_state.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

enum { ALIAS_SIZE = 128 };

static const char ALIAS_BEGIN[] = "cambric overlay ";

/* The greater of this and that of "all" counts (Documentation/networking/ip-sysctl.rst); inner sources are bound to the
   peers by the ruleset. addr_gen_mode 1 is none: without an address of their own such devices look for no routers */
static const struct sysctl SETTINGS[] = {
	{"ipv4/conf/%s", "rp_filter", "2", true},
	{"ipv6/conf/%s", "addr_gen_mode", "1", true},
};

static const struct nla_policy info_policy[IFLA_INFO_MAX + 1] = {
	[IFLA_INFO_KIND] = {.type = NLA_STRING},
	[IFLA_INFO_DATA] = {.type = NLA_NESTED},
};

static void make_alias(const struct overlay *overlay, const struct overlay_peer *peer, char alias[static ALIAS_SIZE])
{
	char local[IP_TEXT_SIZE], remote[IP_TEXT_SIZE] = "";

	(void)snprintf(alias, ALIAS_SIZE, "%s%s %s%s%s", ALIAS_BEGIN, overlay_kind_name(overlay->kind),
		       ip_format(&overlay->local, local), peer ? " " : "", peer ? ip_format(&peer->host, remote) : "");
}

/**
 * struct query - a device, and what it is compared with
 * @stranger: name of a device of the same kind that is not ours, when all are looked at
 */
struct query {
	const struct overlay *overlay;
	const struct overlay_peer *peer;
	const struct tunnel_kind *kind;
	struct tunnel_device *device;
	char stranger[IFNAMSIZ];
};

static const char *text_of(struct nlattr *attribute)
{
	return attribute ? nla_get_string(attribute) : "";
}

/** struct seen - the parts of an answer that matter here */
struct seen {
	const struct ifinfomsg *header;
	struct nlattr *attributes[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
};

static int look(struct nlmsghdr *answer, struct seen *seen, struct error *err)
{
	memset(seen, 0, sizeof *seen);
	seen->header = nlmsg_data(answer);
	if (answer->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(answer, sizeof *seen->header, seen->attributes, IFLA_MAX, LINK_POLICY) < 0)
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about an interface");
	if (seen->attributes[IFLA_LINKINFO])
		(void)nla_parse_nested(seen->info, IFLA_INFO_MAX, seen->attributes[IFLA_LINKINFO], info_policy);
	return 0;
}

static bool is_kind(const struct seen *seen, const struct query *query)
{
	return strcmp(text_of(seen->info[IFLA_INFO_KIND]), query->kind->link_kind) == 0;
}

/** is_marked() - as one of ours, whichever */
static bool is_marked(const struct seen *seen)
{
	return strncmp(text_of(seen->attributes[IFLA_IFALIAS]), ALIAS_BEGIN, sizeof ALIAS_BEGIN - 1) == 0;
}

static bool has_number(struct nlattr *attribute, uint32_t number)
{
	return attribute && nla_get_u32(attribute) == number;
}

/** read_device() - without alias it is one that was just made, and whose maker was killed */
static int read_device(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct query *query = into;
	struct tunnel_device *device = query->device;
	char alias[ALIAS_SIZE];
	struct seen seen;

	if (look(answer, &seen, err) < 0)
		return -1;
	make_alias(query->overlay, query->peer, alias);
	device->marked = strcmp(text_of(seen.attributes[IFLA_IFALIAS]), alias) == 0;
	device->ifindex = seen.header->ifi_index;
	device->up = seen.header->ifi_flags & IFF_UP;
	const bool grouped = has_number(seen.attributes[IFLA_GROUP], BRIDGE_GROUP);
	device->ours = is_kind(&seen, query) && (device->marked || (!seen.attributes[IFLA_IFALIAS] && grouped));
	device->same = device->ours && grouped &&
		       (!query->overlay->mtu || has_number(seen.attributes[IFLA_MTU], query->overlay->mtu)) &&
		       query->kind->same(query->overlay, query->peer, seen.info[IFLA_INFO_DATA]);
	return 0;
}

static struct nl_msg *build_query(const char *name)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct nl_msg *msg = message_begin(RTM_GETLINK, 0, &header, sizeof header);

	return msg ? message_finish(msg, nla_put_string(msg, IFLA_IFNAME, name) == 0) : NULL;
}

int tunnel_query(const struct overlay *overlay, const struct overlay_peer *peer, struct rtnl *host,
		 struct tunnel_device *device, struct error *err)
{
	struct query query = {
		.overlay = overlay, .peer = peer, .kind = tunnel_kind_find(overlay->kind), .device = device};
	struct error refusal = ERROR_INIT;
	char name[IFNAMSIZ];

	*device = (struct tunnel_device){.ifindex = 0};
	overlay_tunnel_name(overlay, peer, name);
	if (rtnl_ask(host, build_query(name), read_device, &query, &refusal, "get interface %s", name) == 0 ||
	    refusal.errnum == ENODEV)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

/** struct particulars - what put_data() writes about */
struct particulars {
	const struct overlay *overlay;
	const struct overlay_peer *peer;
	bool change;
};

static bool put_data(struct nl_msg *msg, const void *details)
{
	const struct particulars *of = details;

	return tunnel_kind_find(of->overlay->kind)->put(msg, of->overlay, of->peer, of->change) == 0;
}

static struct nl_msg *build_device(const struct overlay *overlay, const struct overlay_peer *peer)
{
	char name[IFNAMSIZ];

	overlay_tunnel_name(overlay, peer, name);
	return link_message_new(&(struct link_wish){.name = name,
						    .mtu = overlay->mtu,
						    .group = BRIDGE_GROUP,
						    .kind = tunnel_kind_find(overlay->kind)->link_kind,
						    .put = put_data,
						    .details = &(struct particulars){overlay, peer, false}});
}

/** build_change() - what is of the kind alone: vxlan refuses an MTU beside it (drivers/net/vxlan, vxlan_nl2conf) */
static struct nl_msg *build_change(const struct overlay *overlay, const struct overlay_peer *peer, int ifindex)
{
	return link_message(RTM_NEWLINK, 0,
			    &(struct link_wish){.ifindex = ifindex,
						.kind = tunnel_kind_find(overlay->kind)->link_kind,
						.put = put_data,
						.details = &(struct particulars){overlay, peer, true}});
}

/** mark() - the alias makes it ours, last of all */
static int mark(struct rtnl *host, int ifindex, const struct overlay *overlay, const struct overlay_peer *peer,
		struct error *err)
{
	char alias[ALIAS_SIZE];

	make_alias(overlay, peer, alias);
	return rtnl_request(
		host,
		link_message(RTM_SETLINK, 0,
			     &(struct link_wish){
				     .ifindex = ifindex, .mtu = overlay->mtu, .group = BRIDGE_GROUP, .alias = alias}),
		err, "mark interface %d as \"%s\"", ifindex, alias);
}

/** match_stranger() - of the same kind, and neither ours nor one that the kernel makes in every namespace */
static int match_stranger(struct nlmsghdr *answer, void *into, struct error *err)
{
	static const char *const fallbacks[] = {"tunl0", "gre0", "gretap0", "sit0"};
	struct query *query = into;
	struct seen seen;

	if (look(answer, &seen, err) < 0)
		return -1;
	const char *name = text_of(seen.attributes[IFLA_IFNAME]);
	bool stranger = is_kind(&seen, query) && !query->stranger[0] && !is_marked(&seen);
	for (size_t i = 0; i < sizeof fallbacks / sizeof *fallbacks; i++)
		stranger = stranger && strcmp(name, fallbacks[i]) != 0;
	if (stranger)
		(void)snprintf(query->stranger, IFNAMSIZ, "%s", name);
	return 0;
}

/** refuse_stranger() - the kernel says no more than that there is one */
static int refuse_stranger(const struct overlay *overlay, const struct overlay_peer *peer, struct rtnl *host,
			   struct error *err)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct query query = {.overlay = overlay, .peer = peer, .kind = tunnel_kind_find(overlay->kind)};
	struct error ignored = ERROR_INIT;
	char local[IP_TEXT_SIZE];

	(void)rtnl_ask(host, message_begin(RTM_GETLINK, NLM_F_DUMP, &header, sizeof header), match_stranger, &query,
		       &ignored, "list interfaces");
	return error_set(
		err, ERROR_INTERFACE_EXISTS, EEXIST,
		"overlay: a %s tunnel of address %s cannot be made: %s is in the way, which belongs to somebody else",
		query.kind->name, ip_format(&overlay->local, local),
		query.stranger[0] ? query.stranger : "another interface");
}

static int refuse_kind(const struct tunnel_kind *kind, const struct error *refusal, struct error *err)
{
	return error_set(err, ERROR_KERNEL, refusal->errnum, "this kernel has no %s tunnels (module %s)", kind->name,
			 kind->module);
}

static int make_device(const struct overlay *overlay, const struct overlay_peer *peer, struct rtnl *host,
		       struct tunnel_device *device, struct error *err)
{
	const struct tunnel_kind *kind = tunnel_kind_find(overlay->kind);
	struct error refusal = ERROR_INIT;
	char name[IFNAMSIZ];

	overlay_tunnel_name(overlay, peer, name);
	if (rtnl_request(host, build_device(overlay, peer), &refusal, "add %s tunnel %s", kind->name, name) < 0 &&
	    refusal.errnum != EEXIST) {
		if (refusal.errnum == EOPNOTSUPP)
			return refuse_kind(kind, &refusal, err);
		error_merge(err, &refusal);
		return -1;
	}
	if (tunnel_query(overlay, peer, host, device, err) < 0)
		return -1;
	/* EEXIST: another ADD was faster, or it is somebody else's under another name */
	return device->ifindex ? 0 : refuse_stranger(overlay, peer, host, err);
}

/** settle_device() - as wished and marked */
static int settle_device(const struct overlay *overlay, const struct overlay_peer *peer, struct rtnl *host,
			 struct tunnel_device *device, struct error *err)
{
	char name[IFNAMSIZ];

	overlay_tunnel_name(overlay, peer, name);
	if (!device->ours)
		return error_set(err, ERROR_INTERFACE_EXISTS, EEXIST,
				 "interface %s is not the tunnel that we make: it belongs to somebody else", name);
	if (device->same && device->marked)
		return 0;
	if (!device->same &&
	    rtnl_request(host, build_change(overlay, peer, device->ifindex), err, "change tunnel %s", name) < 0)
		return -1;
	if (!device->marked && sysctl_ensure(SETTINGS, sizeof SETTINGS / sizeof *SETTINGS, name, err) < 0)
		return -1;
	/* the alias last: whoever finds it finds a device that is finished */
	return mark(host, device->ifindex, overlay, peer, err);
}

struct nl_msg *tunnel_pair_message(int type, int flags, const struct overlay_peer *peer, int ifindex)
{
	const struct ifaddrmsg header = {.ifa_family = (uint8_t)peer->address.family,
					 .ifa_prefixlen = ip_bits(peer->address.family),
					 .ifa_index = (uint32_t)ifindex};
	struct nl_msg *msg = message_begin(type, flags, &header, sizeof header);

	return msg ? message_finish(msg, message_put_ip(msg, IFA_LOCAL, &peer->address) &&
						 message_put_ip(msg, IFA_ADDRESS, &peer->peer_address))
		   : NULL;
}

int tunnel_each(const struct overlay *overlay, tunnel_act act, struct kernel *kernel, struct error *err)
{
	if (overlay->tunnel[0] && act(overlay, NULL, kernel, err) < 0)
		return -1;
	for (size_t i = 0; i < overlay->peer_count; i++)
		if (overlay->peers[i].point_to_point && !overlay->peers[i].leaving &&
		    act(overlay, &overlay->peers[i], kernel, err) < 0)
			return -1;
	return 0;
}

static int ensure_device(const struct overlay *overlay, const struct overlay_peer *peer, struct kernel *kernel,
			 struct error *err)
{
	struct rtnl *host = kernel->host;
	struct tunnel_device device;
	char text[IP_TEXT_SIZE];

	if (tunnel_query(overlay, peer, host, &device, err) < 0 ||
	    (!device.ifindex && make_device(overlay, peer, host, &device, err) < 0))
		return -1;
	const bool as_it_was = device.same && device.marked;
	if (settle_device(overlay, peer, host, &device, err) < 0)
		return -1;
	if (!peer || (as_it_was && overlay->settled))
		return 0;
	return rtnl_request(host, tunnel_pair_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, peer, device.ifindex),
			    err, "add address %s", ip_format(&peer->address, text));
}

/** match_own() - by its alias, or by the name that only we would make up, before it has one */
static int match_own(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct link_state *found = into;
	struct seen seen;

	if (look(answer, &seen, err) < 0)
		return -1;
	if (is_marked(&seen) ||
	    (!seen.attributes[IFLA_IFALIAS] && has_number(seen.attributes[IFLA_GROUP], BRIDGE_GROUP)))
		found->ifindex = seen.header->ifi_index;
	(void)snprintf(found->name, sizeof found->name, "%s", text_of(seen.attributes[IFLA_IFNAME]));
	return 0;
}

int tunnel_delete(const char *name, struct kernel *kernel, struct error *err)
{
	struct error refusal = ERROR_INIT;
	struct link_state found = {.ifindex = 0};

	if (rtnl_ask(kernel->host, build_query(name), match_own, &found, &refusal, "get interface %s", name) < 0) {
		if (refusal.errnum == ENODEV)
			return 0;
		error_merge(err, &refusal);
		return -1;
	}
	return found.ifindex ? link_delete(kernel, &found, err) : 0;
}

/**
 * make_way() - of two vxlan devices of one VNI and port the kernel takes the first only, whatever their addresses (drivers/net/vxlan,
 * vxlan_vni_in_use()): where this host has another address now, its old device goes before the new one is made
 */
static int make_way(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(others_free) struct other_overlays others = {.count = 0};

	if (store_begin(store, err) < 0)
		return -1;
	const int status = others_load(&others, store, want->id.network, err) < 0
				   ? -1
				   : tunnel_drop_old(want->overlay, &others, kernel, err);
	store_end(store);
	return status;
}

int tunnel_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct overlay *overlay = want->overlay;
	struct error refusal = ERROR_INIT;

	if (!want->in_overlay || !tunnel_kind_find(overlay->kind) ||
	    tunnel_each(overlay, ensure_device, kernel, &refusal) == 0)
		return 0;
	if (refusal.code == ERROR_INTERFACE_EXISTS && overlay->old_tunnels[0])
		return make_way(want, store, kernel, err) < 0 ? -1 : tunnel_each(overlay, ensure_device, kernel, err);
	error_merge(err, &refusal);
	return -1;
}

static int verify_device(const struct overlay *overlay, const struct overlay_peer *peer, struct kernel *kernel,
			 struct error *err)
{
	struct rtnl *host = kernel->host;
	struct tunnel_device device;
	struct prefix address;
	char name[IFNAMSIZ];
	bool exists = true;

	overlay_tunnel_name(overlay, peer, name);
	if (tunnel_query(overlay, peer, host, &device, err) < 0)
		return -1;
	if (!device.ifindex || !device.up)
		return error_set(err, ERROR_DRIFT, 0, "tunnel %s is %s", name, device.ifindex ? "down" : "missing");
	if (!device.same || !device.marked)
		return error_set(err, ERROR_DRIFT, 0, "tunnel %s was changed", name);
	if (!peer)
		return 0;
	address = prefix_of_host(&peer->address);
	if (address_exists(host, device.ifindex, &address, &exists, err) < 0)
		return -1;
	return exists ? 0 : error_set(err, ERROR_DRIFT, 0, "tunnel %s has lost its address", name);
}

int tunnel_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(overlay_free) struct overlay *overlay = NULL;

	if (!want->in_overlay)
		return 0;
	if (overlay_state_load(store, want->id.network, &overlay, err) < 0)
		return -1;
	if (!overlay)
		return error_set(err, ERROR_DRIFT, 0, "what was applied for the overlay of %s is not known",
				 want->id.network);
	if (!tunnel_kind_find(overlay->kind))
		return 0;
	return tunnel_each(overlay, verify_device, kernel, err);
}
