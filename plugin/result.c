/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attachment, printed: there is no result object of its own. Shapes by version: CNI specification, "Result types". */
#include "plugin/result.h"

#include "base/cleanup.h"
#include "conf/bridged.h"
#include "conf/json_text.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { READER_TIMEOUT_MS = 5000 };

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

#define AUTO_JSON CLEANUP(cleanup_json)

/** wait_for_reader() - a pipe that does not block (that is up to whoever made it) is full: until there is room */
static bool wait_for_reader(int fd)
{
	struct pollfd watched = {.fd = fd, .events = POLLOUT};
	int ready;

	do
		ready = poll(&watched, 1, READER_TIMEOUT_MS);
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0;
}

/**
 * write_all() - the document in one piece
 *
 * One that ends in the middle is no JSON, and neither is it with an error object behind it.
 */
static int write_all(int fd, const char *text, size_t length, struct error *err)
{
	while (length > 0) {
		ssize_t put = write(fd, text, length);
		if (put < 0 && (errno == EINTR || (errno == EAGAIN && wait_for_reader(fd))))
			continue;
		if (put < 0)
			return error_set(err, ERROR_IO, errno, "write the result to standard output");
		text += put;
		length -= (size_t)put;
	}
	return 0;
}

static int write_json(const json_t *document, size_t flags, int fd, struct error *err)
{
	AUTO_FREE char *text = json_text(document, flags);

	if (!text)
		return error_set(err, ERROR_INTERNAL, ENOMEM, "encode the result");
	return write_all(fd, text, strlen(text), err);
}

/**
 * put() - a member of an object; consumes @value
 *
 * When there is no memory for the one or the other, *@object becomes NULL and stays it, so that whoever
 * builds a document looks once, at its end, and never prints half of one.
 */
static void put(json_t **object, const char *key, json_t *value)
{
	if (json_object_set_new(*object, key, value) == 0)
		return;
	json_decref(*object);
	*object = NULL;
}

/** object_of() - one with a first member, a text */
static json_t *object_of(const char *key, const char *text)
{
	json_t *object = json_object();

	put(&object, key, json_string(text));
	return object;
}

/** append() - an element of an array, in the manner of put() */
static void append(json_t **array, json_t *value)
{
	if (json_array_append_new(*array, value) == 0)
		return;
	json_decref(*array);
	*array = NULL;
}

static json_t *text_of_ip(const struct ip *ip)
{
	char text[IP_TEXT_SIZE];

	return json_string(ip_format(ip, text));
}

static json_t *text_of_prefix(const struct prefix *prefix)
{
	char text[PREFIX_TEXT_SIZE];

	return json_string(prefix_format(prefix, text));
}

/** has_interfaces() - versions below 0.3.0 know neither interfaces nor more than one address per family */
static bool has_interfaces(enum cni_version version)
{
	return version >= CNI_0_3_0;
}

static json_t *interface_of(const char *name, const uint8_t mac[static MAC_LENGTH], uint32_t mtu, const char *sandbox,
			    enum cni_version version)
{
	char text[MAC_TEXT_SIZE];
	json_t *interface = object_of("name", name);

	put(&interface, "mac", json_string(mac_format(mac, text)));
	if (version >= CNI_1_0_0)
		put(&interface, "mtu", json_integer(mtu));
	if (sandbox[0] != '\0')
		put(&interface, "sandbox", json_string(sandbox));
	return interface;
}

/** append_ifb() - last, as the reference has it: an interface of the host that belongs to the attachment */
static void append_ifb(json_t **interfaces, const struct attachment *attachment, enum cni_version version)
{
	char ifname[IFNAMSIZ];
	uint8_t mac[MAC_LENGTH];

	if (!bandwidth_has_ifb(&attachment->bandwidth))
		return;
	attachment_derive_ifb(attachment, ifname, mac);
	append(interfaces, interface_of(ifname, mac, attachment->mtu, "", version));
}

/** has_interface() - of ours, for addresses to be on */
static bool has_interface(const struct attachment *attachment)
{
	return attachment->mode != MODE_ADDRESSES && !attachment->device.userspace;
}

/**
 * interfaces_of() - the bridge if there is one, host end, container end, to which addresses refer; perhaps an ifb
 *
 * A tap is followed by the interface that a guest will have behind it, of the same name. It is in no namespace of this
 * host, so its sandbox is the container's id: that is how those who start Firecracker look for it.
 */
static json_t *interfaces_of(const struct attachment *attachment, enum cni_version version)
{
	json_t *interfaces = json_array();

	if (!has_interface(attachment))
		return interfaces;
	if (attachment->mode == MODE_BRIDGE)
		append(&interfaces, interface_of(attachment->bridge.name, attachment->bridge.mac,
						 attachment->bridge.mtu, "", version));
	if (attachment->mode != MODE_DEVICE)
		append(&interfaces,
		       interface_of(attachment->host_ifname, attachment->host_mac, attachment->mtu, "", version));
	append(&interfaces,
	       interface_of(attachment->id.ifname, attachment->mac, attachment->mtu, attachment->netns, version));
	if (attachment->mode == MODE_TAP)
		append(&interfaces, interface_of(attachment->id.ifname, attachment->mac, attachment->mtu,
						 attachment->id.container, version));
	append_ifb(&interfaces, attachment, version);
	return interfaces;
}

static json_t *ips_of(const struct attachment *attachment, enum cni_version version)
{
	const int container_interface = attachment->mode == MODE_DEVICE ? 0 : attachment->mode == MODE_ROUTED ? 1 : 2;
	json_t *ips = json_array();

	for (size_t i = 0; i < attachment->address_count; i++) {
		const struct address *address = &attachment->addresses[i];
		const struct prefix own = attachment_prefix(attachment, address);
		json_t *ip = json_object();
		if (version < CNI_1_0_0)
			put(&ip, "version", json_string(own.ip.family == AF_INET ? "4" : "6"));
		if (has_interface(attachment))
			put(&ip, "interface", json_integer(container_interface));
		put(&ip, "address", text_of_prefix(&own));
		if (ip_is_set(&address->next_hop))
			put(&ip, "gateway", text_of_ip(&address->next_hop));
		append(&ips, ip);
	}
	return ips;
}

static void set_number(json_t **object, const char *key, uint32_t value)
{
	if (value)
		put(object, key, json_integer(value));
}

static json_t *route_of(const struct route *route, bool with_metrics)
{
	json_t *object = json_object();

	put(&object, "dst", text_of_prefix(&route->destination));
	if (ip_is_set(&route->gateway))
		put(&object, "gw", text_of_ip(&route->gateway));
	if (!with_metrics)
		return object;
	set_number(&object, "mtu", route->mtu);
	set_number(&object, "advmss", route->advmss);
	set_number(&object, "priority", route->priority);
	if (route->fields & ROUTE_HAS_TABLE)
		put(&object, "table", json_integer(route->table));
	if (route->fields & ROUTE_HAS_SCOPE)
		put(&object, "scope", json_integer(route->scope));
	return object;
}

/** routes_of() - @family AF_UNSPEC for both */
static json_t *routes_of(const struct attachment *attachment, sa_family_t family, bool with_metrics)
{
	json_t *routes = json_array();

	for (size_t i = 0; i < attachment->route_count; i++) {
		const struct route *route = &attachment->routes[i];
		if (family == AF_UNSPEC || route->destination.ip.family == family)
			append(&routes, route_of(route, with_metrics));
	}
	return routes;
}

/** put_unless_empty() - empty arrays and objects are left out; consumes @value */
static void put_unless_empty(json_t **object, const char *key, json_t *value)
{
	if (value && json_array_size(value) == 0 && json_object_size(value) == 0)
		json_decref(value);
	else
		put(object, key, value);
}

static json_t *words_of(const char *words, size_t size, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		append(&array, json_string(words + i * size));
	return array;
}

static json_t *dns_of(const struct dns *dns)
{
	json_t *object = json_object();

	put_unless_empty(&object, "nameservers",
			 words_of(dns->nameservers[0], sizeof dns->nameservers[0], dns->nameserver_count));
	if (dns->domain[0] != '\0')
		put(&object, "domain", json_string(dns->domain));
	put_unless_empty(&object, "search", words_of(dns->search[0], sizeof dns->search[0], dns->search_count));
	put_unless_empty(&object, "options", words_of(dns->options[0], sizeof dns->options[0], dns->option_count));
	return object;
}

/** put_family() - "ip4" or "ip6" of the versions before 0.3.0: the first address of the family */
static void put_family(json_t **result, const char *key, const struct attachment *attachment, sa_family_t family)
{
	const struct address *address = attachment_address(attachment, family);

	if (!address)
		return;
	const struct prefix own = attachment_prefix(attachment, address);
	json_t *object = json_object();
	put(&object, "ip", text_of_prefix(&own));
	if (ip_is_set(&address->next_hop))
		put(&object, "gateway", text_of_ip(&address->next_hop));
	put_unless_empty(&object, "routes", routes_of(attachment, family, false));
	put(result, key, object);
}

/** result_of() - NULL without memory: what could not be built poisons what it was to be put into */
static json_t *result_of(const struct attachment *attachment, enum cni_version version)
{
	json_t *result = object_of("cniVersion", cni_version_text(version));

	if (has_interfaces(version)) {
		put_unless_empty(&result, "interfaces", interfaces_of(attachment, version));
		put_unless_empty(&result, "ips", ips_of(attachment, version));
		put_unless_empty(&result, "routes", routes_of(attachment, AF_UNSPEC, true));
	} else {
		put_family(&result, "ip4", attachment, AF_INET);
		put_family(&result, "ip6", attachment, AF_INET6);
	}
	if (version >= CNI_1_0_0)
		put_unless_empty(&result, "dns", dns_of(&attachment->dns));
	else
		put(&result, "dns", dns_of(&attachment->dns));
	return result;
}

/** tell_tuning() - an interface of the result is not any more as the plugin said that made it */
static void tell_tuning(json_t **interface, const struct attachment *attachment, enum cni_version version)
{
	const struct tuning *tuning = &attachment->tuning;
	char text[MAC_TEXT_SIZE];

	if (tuning->sets_mac)
		put(interface, "mac", json_string(mac_format(tuning->mac, text)));
	if (tuning->mtu && version >= CNI_1_0_0)
		put(interface, "mtu", json_integer(tuning->mtu));
}

static bool is_text(const json_t *object, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value && strcmp(value, text) == 0;
}

/** told_interfaces() - a copy of the list in which what the attachment has changed is told, and what it has added */
static json_t *told_interfaces(const json_t *before, const struct attachment *attachment, enum cni_version version)
{
	json_t *interfaces = json_array(), *interface;
	size_t i;

	json_array_foreach(before, i, interface)
	{
		json_t *told = json_copy(interface);
		if (is_text(told, "name", attachment->id.ifname) && is_text(told, "sandbox", attachment->netns))
			tell_tuning(&told, attachment, version);
		append(&interfaces, told);
	}
	append_ifb(&interfaces, attachment, version);
	return interfaces;
}

/** handed_on() - what came from the plugins before, with all its keys, also those that nobody here knows */
static json_t *handed_on(const struct attachment *attachment, const struct request *request)
{
	json_t *result = json_copy((json_t *)(uintptr_t)request->prev_result);

	put(&result, "cniVersion", json_string(cni_version_text(request->version)));
	if (attachment && has_interfaces(request->version))
		put_unless_empty(&result, "interfaces",
				 told_interfaces(json_object_get(request->prev_result, "interfaces"), attachment,
						 request->version));
	return result;
}

int result_write(const struct attachment *attachment, const struct request *request, int fd, struct error *err)
{
	AUTO_JSON json_t *result = attachment && attachment->mode != MODE_CHAINED
					   ? result_of(attachment, request->version)
					   : handed_on(attachment, request);

	return write_json(result, JSON_INDENT(4), fd, err);
}

/** loopback_address() - of lo, as results of the version have it */
static json_t *loopback_address(const char *text, const char *family, enum cni_version version)
{
	json_t *address = object_of(has_interfaces(version) ? "address" : "ip", text);

	if (has_interfaces(version) && version < CNI_1_0_0)
		put(&address, "version", json_string(family));
	if (has_interfaces(version))
		put(&address, "interface", json_integer(0));
	return address;
}

/** loopback_of() - the container's lo as an attachment, so that it is printed like any other */
static json_t *loopback_of(const struct request *request)
{
	static const uint8_t no_mac[MAC_LENGTH];
	const enum cni_version version = request->version;
	json_t *result = object_of("cniVersion", cni_version_text(version));
	json_t *ip4 = loopback_address("127.0.0.1/8", "4", version), *ip6 = loopback_address("::1/128", "6", version);
	json_t *interface = interface_of("lo", no_mac, 0, request->environment.netns, version);
	json_t *interfaces = json_array(), *ips = json_array();

	(void)json_object_del(interface, "mtu");
	append(&interfaces, interface);
	if (has_interfaces(version)) {
		append(&ips, ip4);
		append(&ips, ip6);
		put(&result, "interfaces", interfaces);
		put(&result, "ips", ips);
	} else {
		json_decref(interfaces);
		json_decref(ips);
		put(&result, "ip4", ip4);
		put(&result, "ip6", ip6);
	}
	if (version < CNI_1_0_0)
		put(&result, "dns", json_object());
	return result;
}

int result_write_loopback(const struct request *request, int fd, struct error *err)
{
	if (request->prev_result)
		return write_json(request->prev_result, JSON_INDENT(4), fd, err);
	AUTO_JSON json_t *result = loopback_of(request);
	return write_json(result, JSON_INDENT(4), fd, err);
}

int result_write_versions(int fd, struct error *err)
{
	json_t *versions = json_array();

	for (int version = CNI_0_1_0; version < CNI_VERSION_COUNT; version++)
		append(&versions, json_string(cni_version_text((enum cni_version)version)));
	AUTO_JSON json_t *answer = object_of("cniVersion", cni_version_text(CNI_1_1_0));
	put(&answer, "supportedVersions", versions);
	if (write_json(answer, JSON_COMPACT, fd, err) < 0)
		return -1;
	return write_all(fd, "\n", 1, err);
}

/** printable() - jansson refuses text that is no UTF-8, and the terminal escapes of a hostile name stay ours */
static json_t *printable(const char *text)
{
	char escaped[4 * ERROR_DETAILS_SIZE + 1];
	size_t length = 0;

	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;
		if (byte == '\n' || (byte >= 0x20 && byte < 0x7f))
			escaped[length++] = (char)byte;
		else
			length += (size_t)snprintf(escaped + length, sizeof escaped - length, "\\x%02x", byte);
	}
	escaped[length] = '\0';
	return json_string(escaped);
}

int result_write_error(const struct error *failure, int fd)
{
	static const char without_memory[] = "{\"code\": 999, \"msg\": \"out of memory while reporting a failure\"}";
	struct error refusal = ERROR_INIT;
	AUTO_JSON json_t *object = object_of("cniVersion", cni_version_text(CNI_1_1_0));

	put(&object, "code", json_integer(failure->code));
	put(&object, "msg", printable(failure->msg));
	if (object &&
	    failure->details[0] != '\0') /* without memory for them, the message alone is worth more than nothing */
		(void)json_object_set_new(object, "details", printable(failure->details));
	if (write_json(object, JSON_INDENT(4), fd, &refusal) == 0)
		return 0;
	return refusal.code == ERROR_IO ? -1 : write_all(fd, without_memory, strlen(without_memory), &refusal);
}
