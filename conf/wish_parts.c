/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every kind's attachment is made from: addresses, routes, dns, MAC, ports. */
#include "conf/wish_parts.h"

#include "conf/dns.h"
#include "conf/ipam_config.h"
#include "conf/port_mappings.h"
#include "conf/resolv.h"
#include "conf/routes.h"

#include <string.h>

int parts_read(struct parts *parts, const struct request *request, const struct field *root, struct error *err)
{
	bool has_args = request->command == COMMAND_ADD || request->command == COMMAND_CHECK;
	struct field args;

	parts->root = root;
	if (field_object(root, "ipam", &parts->ipam, err) < 0 ||
	    field_object(root, "runtimeConfig", &parts->runtime, err) < 0 ||
	    field_object(root, "args", &args, err) < 0 || field_object(&args, "cni", &parts->args_cni, err) < 0 ||
	    field_object(root, "dns", &parts->dns, err) < 0)
		return -1;
	return args_read(&parts->args, has_args ? request->environment.args : "", err);
}

static int read_pool(struct request *request, const struct parts *parts, struct error *err)
{
	const struct overlay *overlay = request->network.overlay;
	const struct ipam_source source = {.ipam = parts->ipam,
					   .runtime = parts->runtime,
					   .args_cni = parts->args_cni,
					   .args = &parts->args,
					   .one_per_family = request->version < CNI_0_3_0,
					   .version = cni_version_text(request->version),
					   .shares = overlay ? overlay->subnets : NULL,
					   .share_count = overlay ? overlay->subnet_count : 0};
	struct attachment *wish = &request->wish;
	const struct address_pool *pool = &request->network.pool;

	if (ipam_config_read(&request->network.pool, &source, request->network.is_static, err) < 0)
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
static int read_routes(struct request *request, const struct parts *parts, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct field list;

	if (field_array(&parts->ipam, "routes", &list, err) < 0 ||
	    routes_read(wish->routes, &wish->route_count, &list, ROUTES_CONFIGURED, err) < 0)
		return -1;
	wish->default_routes = list.json == NULL;
	/* who only gives addresses does not know what else the interface has */
	if (request->network.mode != MODE_ADDRESSES)
		drop_unserved_routes(wish, err);
	return 0;
}

bool parts_have_no_ipam(const struct request *request, const struct parts *parts)
{
	static const char *const keys[] = {"type", "subnet", "ranges", "addresses"};

	if (!(request->network.mode & (MODE_BRIDGE | MODE_DEVICE)) || request->wish.delegated ||
	    field_get(&parts->runtime, "ipRanges").json)
		return false;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct field member = field_get(&parts->ipam, keys[i]);
		if (member.json && (!json_is_string(member.json) || json_string_length(member.json) > 0))
			return false;
	}
	return true;
}

int parts_read_addresses(struct request *request, const struct parts *parts, bool has_ipam, struct error *err)
{
	struct attachment *wish = &request->wish;

	/* without routes in a delegate's answer there is a default route of ours */
	wish->default_routes = true;
	if (!has_ipam && request->version < CNI_0_3_0)
		return error_set(err, ERROR_CONFIG, 0, "cannot convert: no valid IP addresses");
	if (wish->delegated || !has_ipam)
		return 0;
	return read_pool(request, parts, err) < 0 ? -1 : read_routes(request, parts, err);
}

int parts_read_ipam_dns(struct dns *dns, const struct request *request, const struct parts *parts, struct error *err)
{
	struct field object;
	const char *path = "";

	if (request->network.is_static)
		return field_object(&parts->ipam, "dns", &object, err) < 0 ? -1 : dns_read(dns, &object, err);
	if (field_text(&parts->ipam, "resolvConf", &path, err) < 0)
		return -1;
	return path[0] && request->command != COMMAND_CHECK ? resolv_read(dns, path, err) : 0;
}

int parts_read_dns(struct request *request, const struct parts *parts, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct dns of_ipam = {.domain = ""};
	struct field runtime;

	if (!wish->delegated && parts_read_ipam_dns(&of_ipam, request, parts, err) < 0)
		return -1;
	if (dns_read(&wish->dns, &parts->dns, err) < 0)
		return -1;
	if (dns_is_empty(&wish->dns))
		wish->dns = of_ipam;
	if (field_object(&parts->runtime, "dns", &runtime, err) < 0)
		return -1;
	return dns_read_runtime(&wish->dns, &runtime, err);
}

/** struct mac_source - where a MAC may be said. @code: of a text that is none */
struct mac_source {
	const char *text, *path;
	enum error_code code;
};

/** take_macs() - the last one that is said counts */
static int take_macs(uint8_t mac[static MAC_LENGTH], const struct mac_source sources[], size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (sources[i].text[0] != '\0' && !mac_parse(sources[i].text, mac))
			return error_set(err, sources[i].code, 0, "%s: \"%.64s\" is no unicast MAC address",
					 sources[i].path, sources[i].text);
	return 0;
}

static int read_macs(uint8_t mac[static MAC_LENGTH], const struct parts *parts, bool args_last, struct error *err)
{
	const char *configured = "", *given = "", *runtime = "";

	if (field_text(parts->root, "mac", &configured, err) < 0 ||
	    field_text(&parts->args_cni, "mac", &given, err) < 0 ||
	    field_text(&parts->runtime, "mac", &runtime, err) < 0)
		return -1;
	const struct mac_source of_args = {given, "args.cni.mac", ERROR_CONFIG},
				of_runtime = {runtime, "runtimeConfig.mac", ERROR_CONFIG};
	const struct mac_source sources[] = {{configured, "mac", ERROR_CONFIG},
					     {parts->args.mac, "CNI_ARGS MAC", ERROR_ENVIRONMENT},
					     args_last ? of_runtime : of_args,
					     args_last ? of_args : of_runtime};

	return take_macs(mac, sources, sizeof sources / sizeof *sources, err);
}

int parts_read_mac(struct attachment *wish, const struct parts *parts, struct error *err)
{
	return read_macs(wish->mac, parts, false, err);
}

int parts_read_tuned_mac(uint8_t mac[static MAC_LENGTH], const struct parts *parts, struct error *err)
{
	return read_macs(mac, parts, true, err);
}

int parts_read_ports(struct attachment *wish, const struct parts *parts, struct error *err)
{
	struct field list;

	if (field_array(&parts->runtime, "portMappings", &list, err) < 0)
		return -1;
	return port_mappings_read(wish, &list, err);
}
