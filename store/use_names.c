/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the things are called that attachments share, and which of them one attachment uses. */
#include "base/hash.h"
#include "conf/bridged.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char USE_SPOOF_CHECK[] = "spoof-check";

static const char *name_prefix(char *name, const char *what, const struct prefix *a, const struct prefix *b)
{
	char first[PREFIX_TEXT_SIZE], second[PREFIX_TEXT_SIZE] = "";

	(void)snprintf(name, USE_NAME_SIZE, "%s-%s%s%s", what, prefix_format(a, first), b ? "-" : "",
		       b ? prefix_format(b, second) : "");
	for (char *slash = strchr(name, '/'); slash; slash = strchr(slash, '/'))
		*slash = '_';
	return name;
}

const char *use_name_gateway(const struct ip *gateway, char name[static USE_NAME_SIZE])
{
	char text[IP_TEXT_SIZE];

	(void)snprintf(name, USE_NAME_SIZE, "gateway-%s", ip_format(gateway, text));
	return name;
}

const char *use_name_overlay(const char *network, char name[static USE_NAME_SIZE])
{
	enum { CUT = 64 };
	const uint64_t hash = hash_finish(hash_text(hash_begin(), network), 0);

	if (strlen(network) <= CUT)
		(void)snprintf(name, USE_NAME_SIZE, "overlay-%s", network);
	else
		(void)snprintf(name, USE_NAME_SIZE, "overlay-%.*s~%016llx", CUT, network, (unsigned long long)hash);
	return name;
}

const char *use_name_subnet(const struct prefix *subnet, char name[static USE_NAME_SIZE])
{
	return name_prefix(name, "subnet", subnet, NULL);
}

const char *use_name_own_subnet(const struct attachment *attachment, const struct prefix *subnet,
				char name[static USE_NAME_SIZE])
{
	(void)use_name_subnet(subnet, name);
	if (attachment->mode == MODE_BRIDGE)
		(void)snprintf(name + strlen(name), USE_NAME_SIZE - strlen(name), "-%s", attachment->bridge.segment);
	return name;
}

const char *use_name_bridge(const struct attachment *attachment, char name[static USE_NAME_SIZE])
{
	(void)snprintf(name, USE_NAME_SIZE, "bridge-%s", attachment->bridge.name);
	return name;
}

const char *use_name_segment(const struct attachment *attachment, char name[static USE_NAME_SIZE])
{
	(void)snprintf(name, USE_NAME_SIZE, "segment-%s", attachment->bridge.segment);
	return name;
}

const char *use_name_made(const struct attachment *attachment, size_t index, char name[static USE_NAME_SIZE])
{
	char text[IP_TEXT_SIZE];

	(void)snprintf(name, USE_NAME_SIZE, "made-%s-%s", ip_format(&attachment->addresses[index].gateway, text),
		       attachment->bridge.segment);
	return name;
}

const char *use_name_masquerade(const struct prefix *subnet, char name[static USE_NAME_SIZE])
{
	return name_prefix(name, "masquerade", subnet, NULL);
}

const char *use_name_exclude(const struct prefix *subnet, const struct prefix *destination,
			     char name[static USE_NAME_SIZE])
{
	return name_prefix(name, "exclude", subnet, destination);
}

const char *use_name_apart(const struct attachment *attachment, char name[static USE_NAME_SIZE])
{
	(void)snprintf(name, USE_NAME_SIZE, "apart-%s", attachment->chained.ifname);
	return name;
}

const char *use_name_together(const struct attachment *attachment, char name[static USE_NAME_SIZE])
{
	(void)snprintf(name, USE_NAME_SIZE, "together-%s", attachment->chained.ifname);
	return name;
}

const char *use_name_joint(const struct prefix *subnet, char name[static USE_NAME_SIZE])
{
	return name_prefix(name, "joint", subnet, NULL);
}

const char *use_name_admitted(const struct prefix *subnet, char name[static USE_NAME_SIZE])
{
	return name_prefix(name, "admitted", subnet, NULL);
}

const char *use_name_announce(const struct ip *public, char name[static USE_NAME_SIZE])
{
	char text[IP_TEXT_SIZE];

	(void)snprintf(name, USE_NAME_SIZE, "announce-%s", ip_format(public, text));
	return name;
}

const char *use_name_pool(const char *network, const struct nat_pool *pool, char name[static USE_NAME_SIZE])
{
	uint64_t hash = hash_finish(hash_text(hash_begin(), network), 0);
	char first[IP_TEXT_SIZE], last[IP_TEXT_SIZE];

	(void)snprintf(name, USE_NAME_SIZE, "pool-%s-%s-%016llx", ip_format(&pool->first, first),
		       ip_format(&pool->last, last), (unsigned long long)hash);
	return name;
}

const char *use_name_chain(const struct firewall_chain *chain, char name[static USE_NAME_SIZE])
{
	(void)snprintf(name, USE_NAME_SIZE, "chain-%s", chain->name);
	return name;
}

const char *use_name_mark(const struct mark *mark, sa_family_t family, char name[static USE_NAME_SIZE])
{
	(void)snprintf(name, USE_NAME_SIZE, "rule%d-0x%x_0x%x-%u", family == AF_INET ? 4 : 6, mark->value, mark->mask,
		       mark->table);
	return name;
}

/** add_name() - count one more name unless it is there already: two addresses may share a subnet */
static size_t add_name(char names[static MAX_USES][USE_NAME_SIZE], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], names[count]) == 0)
			return count;
	return count + 1;
}

/** names_of_routing() - what an address shares with others because this host is its router */
static size_t names_of_routing(const struct attachment *attachment, const struct address *address,
			       char names[static MAX_USES][USE_NAME_SIZE], size_t count)
{
	if (ip_is_set(&address->gateway)) {
		(void)use_name_gateway(&address->gateway, names[count]);
		count = add_name(names, count);
	}
	(void)use_name_own_subnet(attachment, &address->subnet, names[count]);
	return add_name(names, count);
}

/** names_of_bridge() - what an attachment in bridge mode shares beside */
static size_t names_of_bridge(const struct attachment *attachment, char names[static MAX_USES][USE_NAME_SIZE])
{
	size_t count = 0;

	if (attachment->mode != MODE_BRIDGE)
		return 0;
	(void)use_name_bridge(attachment, names[count++]);
	if (attachment->bridge.vlan && attachment_is_routed(attachment))
		(void)use_name_segment(attachment, names[count++]);
	if (bridge_has(attachment, BRIDGE_SPOOF_CHECK))
		(void)snprintf(names[count++], USE_NAME_SIZE, "%s", USE_SPOOF_CHECK);
	for (size_t i = 0; i < attachment->address_count; i++) {
		if (!(attachment->bridge.made & 1U << i))
			continue;
		(void)use_name_made(attachment, i, names[count]);
		count = add_name(names, count);
	}
	return count;
}

static size_t names_of_address(const struct attachment *attachment, const struct address *address,
			       char names[static MAX_USES][USE_NAME_SIZE], size_t count)
{
	sa_family_t family = address->subnet.ip.family;

	if (attachment_is_routed(attachment))
		count = names_of_routing(attachment, address, names, count);
	if (attachment->docker_user) {
		(void)use_name_admitted(&address->subnet, names[count]);
		count = add_name(names, count);
	}
	if (attachment_masquerades(attachment, family)) {
		(void)use_name_masquerade(&address->subnet, names[count]);
		count = add_name(names, count);
	}
	for (size_t i = 0; attachment_excludes(attachment, family) && i < attachment->exclusion_count; i++) {
		if (attachment->exclusions[i].ip.family != family)
			continue;
		(void)use_name_exclude(&address->subnet, &attachment->exclusions[i], names[count]);
		count = add_name(names, count);
	}
	return count;
}

static size_t names_of_nat(const struct attachment *attachment, char names[static MAX_USES][USE_NAME_SIZE],
			   size_t count)
{
	const struct nat *nat = &attachment->nat;

	for (size_t i = 0; i < NAT_FAMILIES; i++) {
		if (!ip_is_set(&nat->pools[i].first))
			continue;
		(void)use_name_pool(attachment->id.network, &nat->pools[i], names[count]);
		count = add_name(names, count);
	}
	for (size_t i = 0; i < nat->public_count; i++) {
		(void)use_name_announce(&nat->publics[i].ip, names[count]);
		count = add_name(names, count);
	}
	return count;
}

static size_t names_of_chains(const struct attachment *attachment, char names[static MAX_USES][USE_NAME_SIZE],
			      size_t count)
{
	struct firewall_chain chain;

	for (int direction = 0; direction < FIREWALL_CHAINS; direction++)
		if (firewall_chain(attachment, (enum firewall_direction)direction, &chain))
			(void)use_name_chain(&chain, names[count++]);
	return count;
}

static size_t names_of_marks(const struct attachment *attachment, sa_family_t family,
			     char names[static MAX_USES][USE_NAME_SIZE], size_t count)
{
	for (size_t i = 0; attachment_is_routed(attachment) && i < attachment->mark_count; i++) {
		if (!mark_has_table(&attachment->marks[i]) || !attachment_has_family(attachment, family))
			continue;
		(void)use_name_mark(&attachment->marks[i], family, names[count]);
		count = add_name(names, count);
	}
	return count;
}

/** names_of_policy() - once it is known where the container is */
static size_t names_of_policy(const struct attachment *attachment, char names[static MAX_USES][USE_NAME_SIZE],
			      size_t count)
{
	const struct chained *chained = &attachment->chained;

	if (chained->policy == POLICY_OPEN || chained->ifname[0] == '\0')
		return count;
	(void)use_name_apart(attachment, names[count++]);
	if (chained->policy == POLICY_ISOLATED)
		return count;
	if (!chained->own_end) {
		(void)use_name_together(attachment, names[count++]);
		return count;
	}
	for (size_t i = 0; i < attachment->address_count; i++) {
		(void)use_name_joint(&attachment->addresses[i].subnet, names[count]);
		count = add_name(names, count);
	}
	return count;
}

struct use_names *use_names(const struct attachment *attachment, struct error *err)
{
	struct use_names *names = malloc(sizeof *names);

	if (!names) {
		(void)error_set(err, ERROR_IO, ENOMEM, "make room for the names of what is shared");
		return NULL;
	}
	names->count = names_of_bridge(attachment, names->of);
	for (size_t i = 0; i < attachment->address_count; i++)
		names->count = names_of_address(attachment, &attachment->addresses[i], names->of, names->count);
	names->count = names_of_nat(attachment, names->of, names->count);
	names->count = names_of_marks(attachment, AF_INET, names->of, names->count);
	names->count = names_of_marks(attachment, AF_INET6, names->of, names->count);
	names->count = names_of_chains(attachment, names->of, names->count);
	names->count = names_of_policy(attachment, names->of, names->count);
	if (attachment->in_overlay)
		(void)use_name_overlay(attachment->id.network, names->of[names->count++]);
	return names;
}
