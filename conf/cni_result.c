/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results of every version of the specification turned into plain data. */
#include "conf/cni_result.h"

#include "conf/dns.h"
#include "conf/field.h"
#include "conf/routes.h"
#include "conf/version.h"

#include <string.h>

/** read_address() - "A/P" under @key and its "gateway"; both shapes differ in the key only */
static int read_address(struct cni_result *into, const struct field *object, const char *key, int interface,
			struct error *err)
{
	struct address *address = &into->addresses[into->address_count];
	struct prefix given = {.length = 0};

	if (into->address_count == MAX_ADDRESSES)
		return error_set(err, ERROR_CONFIG, 0, "%s: more than %d addresses", object->path, MAX_ADDRESSES);
	memset(address, 0, sizeof *address);
	if (field_prefix(object, key, &given, err) < 0 || field_ip(object, "gateway", &address->next_hop, err) < 0)
		return -1;
	if (!ip_is_set(&given.ip))
		return error_set(err, ERROR_CONFIG, 0, "%s.%s is missing", object->path, key);
	address->ip = given.ip;
	address->subnet = prefix_network(&given);
	into->address_interface[into->address_count++] = interface;
	return 0;
}

static int read_interface(struct result_interface *interface, const struct field *object, struct error *err)
{
	*interface = (struct result_interface){.name = "", .mac = "", .sandbox = ""};
	if (field_as_object(object, err) < 0 || field_text(object, "name", &interface->name, err) < 0 ||
	    field_text(object, "mac", &interface->mac, err) < 0 ||
	    field_text(object, "sandbox", &interface->sandbox, err) < 0)
		return -1;
	return field_uint32(object, "mtu", &interface->mtu, err);
}

static int read_interfaces(struct cni_result *into, const struct field *root, struct error *err)
{
	struct field list;

	if (field_array(root, "interfaces", &list, err) < 0 || field_limit(&list, MAX_RESULT_INTERFACES, err) < 0)
		return -1;
	for (; into->interface_count < field_count(&list); into->interface_count++) {
		struct field object = field_item(&list, into->interface_count);

		if (read_interface(&into->interfaces[into->interface_count], &object, err) < 0)
			return -1;
	}
	return 0;
}

static int read_ips(struct cni_result *into, const struct field *root, struct error *err)
{
	struct field list;

	if (field_array(root, "ips", &list, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&list); i++) {
		struct field object = field_item(&list, i);
		int64_t interface = -1;

		if (field_as_object(&object, err) < 0 ||
		    field_integer(&object, "interface", 0, (int64_t)into->interface_count - 1, &interface, err) < 0 ||
		    read_address(into, &object, "address", (int)interface, err) < 0)
			return -1;
	}
	return 0;
}

static int read_routes(struct cni_result *into, const struct field *parent, struct error *err)
{
	struct field list;

	if (field_array(parent, "routes", &list, err) < 0)
		return -1;
	return routes_read(into->routes, &into->route_count, &list, ROUTES_REPORTED, err);
}

/** read_oldest_shape() - 0.1.0 and 0.2.0: one address of each family, its routes with it */
static int read_oldest_shape(struct cni_result *into, const struct field *root, struct error *err)
{
	static const char *const keys[] = {"ip4", "ip6"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct field object;

		if (field_object(root, keys[i], &object, err) < 0)
			return -1;
		if (object.json &&
		    (read_address(into, &object, "ip", -1, err) < 0 || read_routes(into, &object, err) < 0))
			return -1;
	}
	return 0;
}

static int read_result(struct cni_result *into, const struct field *root, enum cni_version assumed, struct error *err)
{
	const char *text = cni_version_text(assumed);
	enum cni_version version;

	into->interface_count = into->address_count = into->route_count = 0;
	if (field_as_object(root, err) < 0 || field_text(root, "cniVersion", &text, err) < 0)
		return -1;
	if (text[0] == '\0')
		text = cni_version_text(assumed);
	if (!cni_version_find(text, &version))
		return error_set(err, ERROR_VERSION, 0, "%s.cniVersion: unsupported CNI result version \"%.32s\"",
				 root->path, text);
	if (version < CNI_0_3_0)
		return read_oldest_shape(into, root, err);
	if (read_interfaces(into, root, err) < 0 || read_ips(into, root, err) < 0)
		return -1;
	return read_routes(into, root, err);
}

int cni_result_read(struct cni_result *into, const json_t *result, enum cni_version assumed, struct error *err)
{
	struct field root = field_root(result, "prevResult");

	return read_result(into, &root, assumed, err);
}

/** take_addresses() - what the delegate calls gateway is the address that our gateway bridge has to hold */
static int take_addresses(struct attachment *want, const struct cni_result *result, struct error *err)
{
	char text[IP_TEXT_SIZE], gateway[IP_TEXT_SIZE];

	for (size_t i = 0; i < result->address_count; i++) {
		const struct address *given = &result->addresses[i];

		if (ip_is_set(&given->next_hop) && given->next_hop.family != given->ip.family)
			return error_set(err, ERROR_DELEGATE, 0, "IPAM plugin returned gateway %s for address %s",
					 ip_format(&given->next_hop, gateway), ip_format(&given->ip, text));
		want->addresses[i] =
			(struct address){.ip = given->ip, .subnet = given->subnet, .gateway = given->next_hop};
	}
	want->address_count = result->address_count;
	return 0;
}

static int read_ipam(struct attachment *want, const struct field *root, enum cni_version assumed, struct error *err)
{
	struct cni_result result;
	struct dns dns = {.domain = ""};
	struct field object;

	if (read_result(&result, root, assumed, err) < 0 || field_object(root, "dns", &object, err) < 0 ||
	    dns_read(&dns, &object, err) < 0)
		return -1;
	if (result.address_count == 0)
		return error_set(err, ERROR_DELEGATE, 0, "IPAM plugin returned missing IP config");
	if (take_addresses(want, &result, err) < 0)
		return -1;
	if (result.route_count > 0) {
		memcpy(want->routes, result.routes, result.route_count * sizeof *result.routes);
		want->route_count = result.route_count;
		want->default_routes = false;
	}
	if (dns_is_empty(&want->dns) && !want->delegate.without_dns)
		want->dns = dns;
	return 0;
}

int cni_result_read_ipam(struct attachment *want, const json_t *result, enum cni_version assumed, struct error *err)
{
	struct field root = field_root(result, "IPAM result");
	struct error fault = ERROR_INIT;

	if (!root.json)
		return error_set(err, ERROR_DELEGATE, 0, "IPAM plugin returned missing IP config");
	if (read_ipam(want, &root, assumed, &fault) == 0)
		return 0;
	fault.code = ERROR_DELEGATE;
	error_merge(err, &fault);
	return -1;
}
