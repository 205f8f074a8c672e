/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "nat": every mistake of the user is found here. */
#include "conf/nat_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PORT = 65535, RANGE_TEXT_SIZE = 2 * IP_TEXT_SIZE + 2 };

/** struct ends - two texts around a "-", or twice the same */
struct ends {
	char first[RANGE_TEXT_SIZE], last[RANGE_TEXT_SIZE];
};

/** split() - false when it is too long for any range */
static bool split(const char *text, struct ends *ends)
{
	size_t length = strcspn(text, "-");

	if (strlen(text) >= sizeof ends->first)
		return false;
	(void)snprintf(ends->first, sizeof ends->first, "%.*s", (int)length, text);
	(void)snprintf(ends->last, sizeof ends->last, "%s", text[length] ? text + length + 1 : text);
	return true;
}

/** parse_port() - decimal digits and nothing else; 0 when it is no port */
static uint16_t parse_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long port = strtoul(text, NULL, 10);

	return digits > 0 && digits <= 5 && text[digits] == '\0' && port <= MAX_PORT ? (uint16_t)port : 0;
}

static int read_ports(struct nat *nat, const struct field *object, struct error *err)
{
	const char *text = "";
	struct ends ends;

	if (field_text(object, "ports", &text, err) < 0)
		return -1;
	if (text[0] == '\0')
		return 0;
	if (split(text, &ends)) {
		nat->first_port = parse_port(ends.first);
		nat->last_port = parse_port(ends.last);
	}
	if (nat->first_port && nat->last_port >= nat->first_port)
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "%s.ports: \"%.64s\" is no range of ports, as in \"20000-29999\"",
			 object->path, text);
}

static int read_announce(struct nat *nat, const struct field *object, struct error *err)
{
	const char *text = "";

	if (field_text(object, "announce", &text, err) < 0)
		return -1;
	if (text[0] == '\0' || announce_number(text, &nat->announce))
		return 0;
	return error_set(err, ERROR_CONFIG, 0, "%s.announce: \"%.64s\" is none of proxy, address", object->path, text);
}

/** shared_start() - the first address that a range has in common with a network; false when there is none */
static bool shared_start(const struct ip *first, const struct ip *last, const struct prefix *network, struct ip *start)
{
	const struct ip end = prefix_last(network);

	*start = ip_compare(first, &network->ip) > 0 ? *first : network->ip;
	return network->ip.family == first->family && ip_compare(first, &end) <= 0 &&
	       ip_compare(&network->ip, last) <= 0;
}

/** check_public() - addresses that somebody outside could send a packet to, and that no container has */
static int check_public(const struct attachment *wish, const struct ip *first, const struct ip *last, const char *path,
			struct error *err)
{
	/* this host or network, loopback, link-local, multicast, reserved, broadcast */
	static const struct prefix never[] = {
		{{AF_INET, {0}}, 8},	 {{AF_INET, {127}}, 8},	 {{AF_INET, {169, 254}}, 16},
		{{AF_INET, {224}}, 3},	 {{AF_INET6, {0}}, 127}, {{AF_INET6, {0xfe, 0x80}}, 10},
		{{AF_INET6, {0xff}}, 8},
	};
	char text[IP_TEXT_SIZE], subnet[PREFIX_TEXT_SIZE];
	struct ip start;

	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (shared_start(first, last, &never[i], &start))
			return error_set(err, ERROR_CONFIG, 0, "%s: %s cannot be a public address", path,
					 ip_format(&start, text));
	for (size_t i = 0; i < wish->address_count; i++) {
		const struct prefix network = prefix_network(&wish->addresses[i].subnet);

		if (shared_start(first, last, &network, &start))
			return error_set(err, ERROR_CONFIG, 0, "%s: %s lies in the network's own subnet %s", path,
					 ip_format(&start, text), prefix_format(&network, subnet));
	}
	return 0;
}

/** lacks_family() - with a warning: nothing of this family could ever leave */
static bool lacks_family(const struct attachment *wish, sa_family_t family, const char *path, struct error *err)
{
	if (wish->delegated || attachment_has_family(wish, family))
		return false;
	error_warn(err, "%s left out, the network has no %s address", path, family == AF_INET ? "IPv4" : "IPv6");
	return true;
}

static int refuse_second(const char *path, sa_family_t family, struct error *err)
{
	return error_set(err, ERROR_CONFIG, 0, "%s: a second one for %s", path, family == AF_INET ? "IPv4" : "IPv6");
}

static int take_snat(struct attachment *wish, const struct field *item, struct error *err)
{
	const char *text = "";
	struct ip ip = {0};

	if (field_as_text(item, &text, err) < 0)
		return -1;
	if (!ip_parse(text, &ip))
		return error_set(err, ERROR_CONFIG, 0, "%s: invalid IP address: %.64s", item->path, text);
	struct ip *snat = &wish->nat.snat[nat_family(ip.family)];
	if (check_public(wish, &ip, &ip, item->path, err) < 0)
		return -1;
	if (ip_is_set(snat))
		return refuse_second(item->path, ip.family, err);
	if (!lacks_family(wish, ip.family, item->path, err))
		*snat = ip;
	return 0;
}

/** parse_range() - "first-last", a prefix, or one address */
static bool parse_range(const char *text, struct nat_pool *pool)
{
	struct prefix prefix;
	struct ends ends;

	*pool = (struct nat_pool){.shared = false};
	if (prefix_parse(text, &prefix)) {
		const struct prefix network = prefix_network(&prefix);

		pool->first = network.ip;
		pool->last = prefix_last(&network);
		return prefix_equal(&network, &prefix);
	}
	return split(text, &ends) && ip_parse(ends.first, &pool->first) && ip_parse(ends.last, &pool->last) &&
	       pool->first.family == pool->last.family && ip_compare(&pool->first, &pool->last) <= 0;
}

static int take_pool(struct attachment *wish, const struct field *item, struct error *err)
{
	const char *text = "";
	struct nat_pool pool;

	if (field_as_text(item, &text, err) < 0)
		return -1;
	if (!parse_range(text, &pool))
		return error_set(err, ERROR_CONFIG, 0,
				 "%s: \"%.100s\" is no range of addresses, as in \"198.51.100.20-198.51.100.27\"",
				 item->path, text);
	if (ip_distance(&pool.first, &pool.last) >= MAX_NAT_POOL)
		return error_set(err, ERROR_CONFIG, 0, "%s: %.100s has more than %d addresses", item->path, text,
				 MAX_NAT_POOL);
	if (check_public(wish, &pool.first, &pool.last, item->path, err) < 0)
		return -1;
	struct nat_pool *place = &wish->nat.pools[nat_family(pool.first.family)];
	if (ip_is_set(&place->first))
		return refuse_second(item->path, pool.first.family, err);
	if (!lacks_family(wish, pool.first.family, item->path, err))
		*place = pool;
	return 0;
}

/** read_per_family() - one text, or a list with one for each family */
static int read_per_family(struct attachment *wish, const struct field *object, const char *key,
			   int (*take)(struct attachment *, const struct field *, struct error *), struct error *err)
{
	struct field member = field_get(object, key);

	if (!member.json)
		return 0;
	if (!json_is_array(member.json))
		return take(wish, &member, err);
	if (field_limit(&member, NAT_FAMILIES, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&member); i++) {
		struct field item = field_item(&member, i);

		if (take(wish, &item, err) < 0)
			return -1;
	}
	return 0;
}

/** check_private() - a container of this network could have it */
static int check_private(const struct attachment *wish, const struct ip *ip, const char *path, struct error *err)
{
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; i < wish->address_count; i++)
		if (ip_in_prefix(ip, &wish->addresses[i].subnet))
			return 0;
	return wish->delegated ? 0
			       : error_set(err, ERROR_CONFIG, 0, "%s.private: %s is in no subnet of the network", path,
					   ip_format(ip, text));
}

/** read_static() - @own: for one container, whose own address is meant where there is no private one */
static int read_static(const struct attachment *wish, const struct field *item, bool own, struct static_nat *entry,
		       struct error *err)
{
	char path[FIELD_PATH_SIZE + sizeof ".public"];

	*entry = (struct static_nat){.private = {.family = AF_UNSPEC}};
	if (field_as_object(item, err) < 0 || field_ip(item, "private", &entry->private, err) < 0 ||
	    field_ip(item, "public", &entry->public, err) < 0)
		return -1;
	(void)snprintf(path, sizeof path, "%s.public", item->path);
	if (!ip_is_set(&entry->public))
		return error_set(err, ERROR_CONFIG, 0, "%s is missing", path);
	if (!ip_is_set(&entry->private) && !own)
		return error_set(err, ERROR_CONFIG, 0, "%s.private is missing", item->path);
	if (ip_is_set(&entry->private) && entry->private.family != entry->public.family)
		return error_set(err, ERROR_CONFIG, 0, "%s: private and public are of two families", item->path);
	if (!ip_is_set(&entry->private) && !wish->delegated && !attachment_has_family(wish, entry->public.family))
		return error_set(err, ERROR_CONFIG, 0, "%s: the network has no %s address", path,
				 entry->public.family == AF_INET ? "IPv4" : "IPv6");
	if (ip_is_set(&entry->private) && check_private(wish, &entry->private, item->path, err) < 0)
		return -1;
	return check_public(wish, &entry->public, &entry->public, path, err);
}

static int check_unique(const struct attachment *wish, const struct static_nat entries[], size_t index,
			const char *path, struct error *err)
{
	const struct ip *public = &entries[index].public;
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; i < index; i++)
		if (ip_equal(&entries[i].public, public))
			return error_set(err, ERROR_CONFIG, 0, "%s.public: %s is there twice", path,
					 ip_format(public, text));
	if (nat_pool_contains(&wish->nat.pools[nat_family(public->family)], public))
		return error_set(err, ERROR_CONFIG, 0, "%s.public: %s is in the pool", path, ip_format(public, text));
	return 0;
}

/** read_statics() - Return: how many, or -1 */
static int read_statics(const struct attachment *wish, const struct field *object, bool own,
			struct static_nat entries[], size_t limit, struct error *err)
{
	struct field list;

	if (field_array(object, "static", &list, err) < 0 || field_limit(&list, limit, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&list); i++) {
		struct field item = field_item(&list, i);

		if (read_static(wish, &item, own, &entries[i], err) < 0 ||
		    check_unique(wish, entries, i, item.path, err) < 0)
			return -1;
	}
	return (int)field_count(&list);
}

static int check_combination(const struct network *network, const struct nat *nat, const struct field *object,
			     struct error *err)
{
	const bool hides = nat_hides(nat, AF_INET) || nat_hides(nat, AF_INET6);

	for (size_t i = 0; i < NAT_FAMILIES; i++)
		if (ip_is_set(&nat->snat[i]) && ip_is_set(&nat->pools[i].first))
			return error_set(err, ERROR_CONFIG, 0, "%s: pool and snat exclude each other", object->path);
	if (network->masquerade == 0 && (hides || nat->first_port))
		return error_set(err, ERROR_CONFIG, 0, "%s: ports, pool and snat need ipMasq, which is false",
				 object->path);
	return 0;
}

static bool list_has(const struct static_nat_list *list, const struct ip *public)
{
	for (size_t i = 0; list && i < list->count; i++)
		if (ip_equal(&list->entries[i].public, public))
			return true;
	return false;
}

/** check_sources() - a static public address is one container's alone, so nobody else can leave with it */
static int check_sources(const struct attachment *wish, const struct field *object, struct error *err)
{
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; i < NAT_FAMILIES; i++) {
		const struct ip *snat = &wish->nat.snat[i];

		if (ip_is_set(snat) && (nat_has_static(&wish->nat, snat) || list_has(wish->nat.network, snat)))
			return error_set(err, ERROR_CONFIG, 0, "%s: snat %s is a public address of static, too",
					 object->path, ip_format(snat, text));
	}
	return 0;
}

static int read_network(struct request *request, const struct field *root, struct error *err)
{
	struct attachment *wish = &request->wish;
	struct static_nat_list *list = &request->network.static_nat;
	struct field object;

	list->count = 0;
	if (field_object(root, "nat", &object, err) < 0)
		return -1;
	if (!object.json)
		return 0;
	if (read_ports(&wish->nat, &object, err) < 0 || read_announce(&wish->nat, &object, err) < 0 ||
	    read_per_family(wish, &object, "snat", take_snat, err) < 0 ||
	    read_per_family(wish, &object, "pool", take_pool, err) < 0 ||
	    check_combination(&request->network, &wish->nat, &object, err) < 0)
		return -1;
	int count = read_statics(wish, &object, false, list->entries, MAX_NETWORK_STATIC_NAT, err);
	if (count < 0)
		return -1;
	list->count = (size_t)count;
	wish->nat.network = list;
	return check_sources(wish, &object, err);
}

/** refuse_others() - keys that only the network's configuration may say */
static int refuse_others(const struct field *object, struct error *err)
{
	static const char *const keys[] = {"ports", "pool", "announce"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct field member = field_get(object, keys[i]);

		if (member.json)
			return error_set(err, ERROR_UNSUPPORTED_FIELD, 0,
					 "unsupported field %s: it is said for the whole network, in \"nat\"",
					 member.path);
	}
	return 0;
}

/** read_own_snat() - of one family; what was said of the other stays */
static int read_own_snat(struct request *request, const struct field *object, struct error *err)
{
	struct ip *snat = request->wish.nat.snat, before[NAT_FAMILIES];

	memcpy(before, snat, sizeof before);
	memset(snat, 0, sizeof before);
	if (read_per_family(&request->wish, object, "snat", take_snat, err) < 0)
		return -1;
	for (size_t i = 0; i < NAT_FAMILIES; i++)
		if (!ip_is_set(&snat[i]))
			snat[i] = before[i];
	return check_combination(&request->network, &request->wish.nat, object, err);
}

/** read_own() - for this container: replaces what was said before */
static int read_own(struct request *request, const struct field *parent, struct error *err)
{
	static const char *const keys[] = {"snat", "static", "comment", NULL};
	struct attachment *wish = &request->wish;
	struct field object;

	if (field_object(parent, "nat", &object, err) < 0 || refuse_others(&object, err) < 0 ||
	    field_only(&object, keys, err) < 0)
		return -1;
	if (field_get(&object, "snat").json && read_own_snat(request, &object, err) < 0)
		return -1;
	if (field_get(&object, "static").json) {
		int count = read_statics(wish, &object, true, wish->nat.statics, MAX_STATIC_NAT, err);
		if (count < 0)
			return -1;
		wish->nat.static_count = (uint8_t)count;
	}
	return object.json ? check_sources(wish, &object, err) : 0;
}

int nat_config_read(struct request *request, const struct field *root, const struct field *args_cni,
		    const struct field *runtime, struct error *err)
{
	if (read_network(request, root, err) < 0 || read_own(request, args_cni, err) < 0)
		return -1;
	return read_own(request, runtime, err);
}
