/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attachment that a request asks for. */
#include "conf/wish.h"

#include "conf/bandwidth_config.h"
#include "conf/bridge_config.h"
#include "conf/bridged.h"
#include "conf/firewall_chain.h"
#include "conf/firewall_config.h"
#include "conf/mark_config.h"
#include "conf/nat_config.h"
#include "conf/network.h"
#include "conf/overlay_config.h"
#include "conf/settings_config.h"
#include "conf/tap_config.h"
#include "conf/wish_parts.h"

#include <stdio.h>
#include <string.h>

/* RFC 8200, section 5: the kernel takes IPv6 off an interface whose MTU is less */
enum { MIN_IPV6_MTU = 1280 };

/** copy() - texts whose length has been checked before */
static void copy(char *into, size_t size, const char *text)
{
	(void)snprintf(into, size, "%s", text);
}

void wish_read_identity(struct request *request, const char *kind)
{
	struct attachment *wish = &request->wish;
	const struct environment *environment = &request->environment;

	copy(wish->id.network, sizeof wish->id.network, request->network.name);
	copy(wish->id.kind, sizeof wish->id.kind, kind);
	/* GC and STATUS are about no attachment: what their variables hold has not been checked */
	if (request->command != COMMAND_GC && request->command != COMMAND_STATUS) {
		copy(wish->id.container, sizeof wish->id.container, environment->container_id);
		copy(wish->id.ifname, sizeof wish->id.ifname, environment->ifname);
		copy(wish->netns, sizeof wish->netns, environment->netns);
		attachment_derive_names(wish, 0);
	}
	wish->reserved = request->network.reserved;
	wish->reserved.purge = request->command == COMMAND_DEL;
	if (!request->network.ipam_type || !request->network.ipam_type[0])
		return;
	wish->delegated = true;
	wish->delegate = (struct delegate){.type = request->network.ipam_type,
					   .search_path = environment->path,
					   .config = request->input,
					   .config_length = request->input_length,
					   .environment = environment->all};
}

static int read_exclusions(struct attachment *wish, const struct field *root, struct error *err)
{
	struct field list;

	if (field_array(root, "ipMasqExclude", &list, err) < 0 || field_limit(&list, MAX_EXCLUSIONS, err) < 0)
		return -1;
	for (; wish->exclusion_count < field_count(&list); wish->exclusion_count++) {
		struct field item = field_item(&list, wish->exclusion_count);
		struct prefix given = {.length = 0}, network;

		if (field_as_prefix(&item, &given, err) < 0)
			return -1;
		network = prefix_network(&given);
		if (!prefix_equal(&network, &given))
			return error_set(err, ERROR_CONFIG, 0, "%s: %s has host bits set", item.path,
					 json_string_value(item.json));
		wish->exclusions[wish->exclusion_count] = network;
	}
	return 0;
}

static int read_marks(struct attachment *wish, const struct field *root, struct error *err)
{
	const struct field list = field_get(root, "mark");

	return marks_read(wish->marks, &wish->mark_count, &list, err);
}

/**
 * bind_sources() - rules and marks of what a container sends know it by its addresses, so on a bridge it must have no others
 *
 * A routed container is bound to them by the ruleset anyway.
 */
static void bind_sources(struct attachment *wish)
{
	bool bound = false;

	for (size_t i = 0; i < wish->firewall.rule_count; i++)
		bound = bound || wish->firewall.rules[i].direction == FIREWALL_OUT;
	for (size_t i = 0; i < wish->mark_count; i++)
		bound = bound || wish->marks[i].direction == FIREWALL_OUT;
	if (wish->mode == MODE_BRIDGE && bound)
		wish->bridge.flags |= BRIDGE_SPOOF_CHECK;
}

/** check_guest() - behind a tap a guest has an interface of its own, and settings as it likes */
static int check_guest(const struct container_settings *settings, struct error *err)
{
	const struct {
		const char *key;
		bool used;
	} keys[] = {
		{"sysctl", settings->sysctl_count > 0},
		{"promisc", settings->promisc},
		{"allmulti", settings->allmulti},
		{"txQLen", settings->sizes_queue},
		{"sourceRouting", settings->source_routing},
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].used)
			return error_set(err, ERROR_UNSUPPORTED_FIELD, 0,
					 "unsupported field %s: behind a tap it is the guest that decides",
					 keys[i].key);
	return 0;
}

/** read_settings() - the administrator's list is asked where something is to be set, or could be */
static int read_settings(struct attachment *wish, const struct parts *parts, enum command command, struct error *err)
{
	if (settings_read(&wish->settings, parts->root, &parts->args_cni, err) < 0 ||
	    (wish->mode == MODE_TAP && check_guest(&wish->settings, err) < 0))
		return -1;
	return command == COMMAND_CHECK ? 0
					: settings_check_allowed(&wish->settings, parts->root, &parts->args_cni, err);
}

static int take_network(struct attachment *wish, const struct network *network, struct error *err)
{
	wish->mode = network->mode;
	wish->mtu = network->mtu;
	wish->forward_guard = network->forward_guard;
	wish->masquerade_by_subnet = network->masquerade < 0 && !(network->overlay && network->overlay->masquerades);
	wish->masquerade_ipv4 = wish->masquerade_ipv6 = network->masquerade > 0;
	if (wish->mtu > 0 && wish->mtu < MIN_IPV6_MTU && attachment_has_family(wish, AF_INET6))
		return error_set(err, ERROR_CONFIG, 0, "mtu: %u is less than the %d that IPv6 needs", wish->mtu,
				 MIN_IPV6_MTU);
	return 0;
}

static int read_firewall(struct request *request, const struct field *root, struct error *err)
{
	const struct field object = field_get(root, "firewall");

	if (firewall_read(&request->wish.firewall, &object, err) < 0)
		return -1;
	/* what passes between two ports of a bridge meets none of the host's rules */
	if (request->wish.mode == MODE_BRIDGE && firewall_isolates(&request->wish))
		request->wish.bridge.flags |= BRIDGE_ISOLATED;
	return 0;
}

/** check_addresses() - what knows packets by the container's addresses is nothing without them, and must not look like something */
static int check_addresses(const struct attachment *wish, bool has_ipam, struct error *err)
{
	const struct firewall *firewall = &wish->firewall;
	const struct {
		const char *key;
		bool used;
	} keys[] = {
		{"firewall", firewall->ingress != INGRESS_OPEN || firewall->rule_count > 0},
		{"mark", wish->mark_count > 0},
		{"nat", nat_is_used(&wish->nat)},
		{"runtimeConfig.portMappings", wish->port_count > 0},
	};

	for (size_t i = 0; !has_ipam && i < sizeof keys / sizeof *keys; i++)
		if (keys[i].used)
			return error_set(err, ERROR_CONFIG, 0,
					 "%s: this network gives its containers no addresses (ipam)", keys[i].key);
	/* elsewhere the same addresses may be routed: what is known by them would be theirs */
	if (nat_is_used(&wish->nat) && !attachment_is_routed(wish))
		return error_set(err, ERROR_CONFIG, 0, "nat: this host routes nothing for bridge %s (isGateway)",
				 wish->bridge.name);
	return 0;
}

/** read_overlay() - before the addresses, which may come from there */
static int read_overlay(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;

	if (overlay_config_read(&request->network, root, err) < 0 ||
	    overlay_require_ready(request->network.overlay, request->command, err) < 0)
		return -1;
	wish->overlay = request->network.overlay;
	wish->in_overlay = wish->overlay && wish->overlay->kind != OVERLAY_NONE;
	return 0;
}

/** take_overlay() - what follows from it for addresses, sources and packets */
static int take_overlay(struct attachment *wish, struct error *err)
{
	const struct overlay *overlay = wish->overlay;

	if (!overlay)
		return 0;
	if (!attachment_is_routed(wish))
		return error_set(err, ERROR_CONFIG, 0, "overlay: this host routes nothing for bridge %s (isGateway)",
				 wish->bridge.name);
	/* where others have made the tunnels, nothing else says how wide they are */
	if (!wish->mtu && overlay->kind == OVERLAY_NONE)
		wish->mtu = overlay->mtu;
	if (wish->pool && overlay_check_own(overlay, wish->pool, err) < 0)
		return -1;
	return overlay_exclude(wish, err);
}

int wish_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct parts parts;

	if (network_read(&request->network, root, err) < 0 || read_overlay(request, root, err) < 0 ||
	    parts_read(&parts, request, root, err) < 0)
		return -1;
	bool has_ipam = !parts_have_no_ipam(request, &parts);
	if (parts_read_addresses(request, &parts, has_ipam, err) < 0 || take_network(wish, &request->network, err) < 0)
		return -1;
	const struct bridge_defaults defaults = {.gateway = has_ipam && !wish->delegated,
						 .default_gateway = wish->default_routes};
	if (wish->mode == MODE_BRIDGE && bridge_config_read(wish, root, has_ipam, &defaults, err) < 0)
		return -1;
	if (wish->mode == MODE_TAP && tap_config_read(wish, root, &parts.args_cni, &parts.args, err) < 0)
		return -1;
	if (read_exclusions(wish, root, err) < 0 || take_overlay(wish, err) < 0 ||
	    nat_config_read(request, root, &parts.args_cni, &parts.runtime, err) < 0 ||
	    parts_read_mac(wish, &parts, err) < 0 || parts_read_dns(request, &parts, err) < 0 ||
	    read_firewall(request, root, err) < 0)
		return -1;
	if (bandwidth_read(&wish->bandwidth, root, &parts.runtime, err) < 0 || read_marks(wish, root, err) < 0 ||
	    read_settings(wish, &parts, request->command, err) < 0)
		return -1;
	bind_sources(wish);
	if (parts_read_ports(wish, &parts, err) < 0 || check_addresses(wish, has_ipam, err) < 0)
		return -1;
	/* doubts are worth a word once, when somebody is attached */
	if (request->command == COMMAND_ADD)
		firewall_warn(wish, err);
	return 0;
}

int wish_read_overlay(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;

	if (wish_read(request, root, err) < 0)
		return -1;
	if (!wish->overlay)
		return error_set(err, ERROR_CONFIG, 0, "overlay: network %s has none", request->network.name);
	for (size_t i = 0; i < wish->address_count; i++)
		wish->addresses[i].ip = wish->addresses[i].gateway;
	wish->pool = NULL;
	wish->netns[0] = '\0';
	wish->masquerade_ipv4 = wish->masquerade_ipv6 = wish->masquerade_by_subnet = false;
	wish->route_count = wish->exclusion_count = wish->port_count = 0;
	wish->mark_count = 0;
	wish->default_routes = false;
	wish->nat = (struct nat){.static_count = 0};
	wish->bandwidth = (struct bandwidth){.ingress_rate = 0};
	wish->firewall.ingress = INGRESS_OPEN;
	wish->firewall.rule_count = 0;
	return 0;
}
