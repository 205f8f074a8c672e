/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attachment that a request asks for. */
#include "conf/wish.h"

#include "conf/args.h"
#include "conf/bandwidth_config.h"
#include "conf/bridge_config.h"
#include "conf/bridged.h"
#include "conf/dns.h"
#include "conf/firewall_chain.h"
#include "conf/firewall_config.h"
#include "conf/ipam_config.h"
#include "conf/mark_config.h"
#include "conf/nat_config.h"
#include "conf/port_mappings.h"
#include "conf/resolv.h"
#include "conf/routes.h"
#include "conf/settings_config.h"
#include "conf/sysctl_allowed.h"
#include "conf/tap_config.h"

#include <stdio.h>
#include <string.h>

/* RFC 8200, section 5: the kernel takes IPv6 off an interface whose MTU is less */
enum { MIN_IPV6_MTU = 1280 };

/** struct parts - the objects of a configuration that a wish is made from, each perhaps absent */
struct parts {
	const struct field *root;
	struct field ipam, runtime, args_cni, dns;
	struct args args;
	bool is_static;
};

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
	if (!request->network.ipam_type || !request->network.ipam_type[0])
		return;
	wish->delegated = true;
	wish->delegate = (struct delegate){.type = request->network.ipam_type,
					   .search_path = environment->path,
					   .config = request->input,
					   .config_length = request->input_length,
					   .environment = environment->all};
}

static int read_parts(struct parts *parts, const struct request *request, const struct field *root, struct error *err)
{
	bool has_args = request->command == COMMAND_ADD || request->command == COMMAND_CHECK;
	struct field args;
	const char *type = "";

	parts->root = root;
	if (field_object(root, "ipam", &parts->ipam, err) < 0 || field_text(&parts->ipam, "type", &type, err) < 0 ||
	    field_object(root, "runtimeConfig", &parts->runtime, err) < 0 ||
	    field_object(root, "args", &args, err) < 0 || field_object(&args, "cni", &parts->args_cni, err) < 0 ||
	    field_object(root, "dns", &parts->dns, err) < 0)
		return -1;
	parts->is_static = strcmp(type, "static") == 0;
	return args_read(&parts->args, has_args ? request->environment.args : "", err);
}

static int read_pool(struct request *request, const struct parts *parts, struct error *err)
{
	const struct ipam_source source = {.ipam = parts->ipam,
					   .runtime = parts->runtime,
					   .args_cni = parts->args_cni,
					   .args = &parts->args,
					   .one_per_family = request->version < CNI_0_3_0,
					   .version = cni_version_text(request->version)};
	struct attachment *wish = &request->wish;
	const struct address_pool *pool = &request->network.pool;

	if (ipam_config_read(&request->network.pool, &source, parts->is_static, err) < 0)
		return -1;
	wish->pool = pool;
	wish->address_count = pool->set_count;
	for (size_t i = 0; i < pool->set_count; i++)
		wish->addresses[i] = (struct address){.subnet = pool->sets[i].ranges[0].subnet,
						      .gateway = pool->sets[i].ranges[0].gateway};
	return 0;
}

/** drop_unserved_routes() - those of a family without an address: there is nothing they could go through */
static void drop_unserved_routes(struct attachment *wish, struct error *err)
{
	char text[PREFIX_TEXT_SIZE];
	size_t kept = 0;

	for (size_t i = 0; i < wish->route_count; i++) {
		sa_family_t family = wish->routes[i].destination.ip.family;

		if (attachment_has_family(wish, family))
			wish->routes[kept++] = wish->routes[i];
		else
			error_warn(err, "ipam.routes: %s left out, the network has no %s address",
				   prefix_format(&wish->routes[i].destination, text),
				   family == AF_INET ? "IPv4" : "IPv6");
	}
	wish->route_count = kept;
}

/** read_routes() - no "routes" means default routes; an empty list means none */
static int read_routes(struct attachment *wish, const struct parts *parts, struct error *err)
{
	struct field list;

	if (field_array(&parts->ipam, "routes", &list, err) < 0 ||
	    routes_read(wish->routes, &wish->route_count, &list, ROUTES_CONFIGURED, err) < 0)
		return -1;
	wish->default_routes = list.json == NULL;
	drop_unserved_routes(wish, err);
	return 0;
}

/** has_no_ipam() - on a bridge, containers may do without addresses of ours: "ipam" absent or with nothing to choose from */
static bool has_no_ipam(const struct request *request, const struct parts *parts)
{
	static const char *const keys[] = {"type", "subnet", "ranges", "addresses"};

	if (request->network.mode != MODE_BRIDGE || request->wish.delegated ||
	    field_get(&parts->runtime, "ipRanges").json)
		return false;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct field member = field_get(&parts->ipam, keys[i]);
		if (member.json && (!json_is_string(member.json) || json_string_length(member.json) > 0))
			return false;
	}
	return true;
}

/** read_addresses() - pool and routes; nothing of it for a delegate, whose "ipam" has keys of its own */
static int read_addresses(struct request *request, const struct parts *parts, bool has_ipam, struct error *err)
{
	struct attachment *wish = &request->wish;

	/* without routes in a delegate's answer there is a default route of ours */
	wish->default_routes = true;
	if (!has_ipam && request->version < CNI_0_3_0)
		return error_set(err, ERROR_CONFIG, 0, "cannot convert: no valid IP addresses");
	if (wish->delegated || !has_ipam)
		return 0;
	return read_pool(request, parts, err) < 0 ? -1 : read_routes(wish, parts, err);
}

/** read_ipam_dns() - what built-in IPAM would report: host-local's resolvConf, static's "dns" */
static int read_ipam_dns(struct dns *dns, const struct parts *parts, enum command command, struct error *err)
{
	struct field object;
	const char *path = "";

	if (parts->is_static)
		return field_object(&parts->ipam, "dns", &object, err) < 0 ? -1 : dns_read(dns, &object, err);
	if (field_text(&parts->ipam, "resolvConf", &path, err) < 0)
		return -1;
	return path[0] && command != COMMAND_CHECK ? resolv_read(dns, path, err) : 0;
}

/** read_dns() - the configuration's "dns" takes the place of IPAM's; the runtime's lists replace either's */
static int read_dns(struct attachment *wish, const struct parts *parts, enum command command, struct error *err)
{
	struct dns of_ipam = {.domain = ""};
	struct field runtime;

	if (!wish->delegated && read_ipam_dns(&of_ipam, parts, command, err) < 0)
		return -1;
	if (dns_read(&wish->dns, &parts->dns, err) < 0)
		return -1;
	if (dns_is_empty(&wish->dns))
		wish->dns = of_ipam;
	if (field_object(&parts->runtime, "dns", &runtime, err) < 0)
		return -1;
	return dns_read_runtime(&wish->dns, &runtime, err);
}

static int take_mac(struct attachment *wish, const char *text, const char *path, enum error_code code,
		    struct error *err)
{
	if (text[0] == '\0' || mac_parse(text, wish->mac))
		return 0;
	return error_set(err, code, 0, "%s: \"%.64s\" is no unicast MAC address", path, text);
}

/** read_mac() - the reference bridge's order: configuration, CNI_ARGS, args.cni, runtimeConfig; the last one counts */
static int read_mac(struct attachment *wish, const struct parts *parts, struct error *err)
{
	const char *configured = "", *given = "", *runtime = "";

	if (field_text(parts->root, "mac", &configured, err) < 0 ||
	    field_text(&parts->args_cni, "mac", &given, err) < 0 ||
	    field_text(&parts->runtime, "mac", &runtime, err) < 0)
		return -1;
	if (take_mac(wish, configured, "mac", ERROR_CONFIG, err) < 0 ||
	    take_mac(wish, parts->args.mac, "CNI_ARGS MAC", ERROR_ENVIRONMENT, err) < 0 ||
	    take_mac(wish, given, "args.cni.mac", ERROR_CONFIG, err) < 0)
		return -1;
	return take_mac(wish, runtime, "runtimeConfig.mac", ERROR_CONFIG, err);
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

static int read_ports(struct attachment *wish, const struct parts *parts, struct error *err)
{
	struct field list;

	if (field_array(&parts->runtime, "portMappings", &list, err) < 0)
		return -1;
	return port_mappings_read(wish, &list, err);
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
	if (command == COMMAND_CHECK || wish->settings.sysctl_count == 0)
		return 0;
	if (sysctls_allowed(field_get(parts->root, "sysctl").json, err) < 0)
		return -1;
	return sysctls_allowed(field_get(&parts->args_cni, "sysctl").json, err);
}

static int take_network(struct attachment *wish, const struct network *network, struct error *err)
{
	wish->mode = network->mode;
	wish->mtu = network->mtu;
	wish->forward_guard = network->forward_guard;
	wish->masquerade_by_subnet = network->masquerade < 0;
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

int wish_read(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct parts parts;

	if (read_parts(&parts, request, root, err) < 0)
		return -1;
	bool has_ipam = !has_no_ipam(request, &parts);
	if (read_addresses(request, &parts, has_ipam, err) < 0 || take_network(wish, &request->network, err) < 0)
		return -1;
	if (wish->mode == MODE_BRIDGE && bridge_config_read(wish, root, has_ipam, !wish->default_routes, err) < 0)
		return -1;
	if (wish->mode == MODE_TAP && tap_config_read(wish, root, &parts.args_cni, &parts.args, err) < 0)
		return -1;
	if (read_exclusions(wish, root, err) < 0 ||
	    nat_config_read(request, root, &parts.args_cni, &parts.runtime, err) < 0 ||
	    read_mac(wish, &parts, err) < 0 || read_dns(wish, &parts, request->command, err) < 0 ||
	    read_firewall(request, root, err) < 0)
		return -1;
	if (bandwidth_read(&wish->bandwidth, root, &parts.runtime, err) < 0 || read_marks(wish, root, err) < 0 ||
	    read_settings(wish, &parts, request->command, err) < 0)
		return -1;
	bind_sources(wish);
	if (read_ports(wish, &parts, err) < 0 || check_addresses(wish, has_ipam, err) < 0)
		return -1;
	/* doubts are worth a word once, when somebody is attached */
	if (request->command == COMMAND_ADD)
		firewall_warn(wish, err);
	return 0;
}
