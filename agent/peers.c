/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From records to peers. */
#include "agent/peers.h"

#include "agent/log.h"
#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

/** struct places - prefixes that share no address with each other, in order */
struct places {
	struct prefix *prefixes;
	size_t count;
};

/** struct choice - what peers_choose() works with */
struct choice {
	const struct agent_config *config;
	const struct record *own;
	struct places places;
	size_t refused;
};

static size_t find_place(const struct places *places, const struct ip *ip)
{
	size_t low = 0, high = places->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (ip_compare(&places->prefixes[middle].ip, ip) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/** is_taken() - neighbours alone can overlap, as places do not overlap with each other */
static bool is_taken(const struct places *places, const struct prefix *prefix)
{
	const size_t place = find_place(places, &prefix->ip);

	return (place > 0 && prefix_overlaps(&places->prefixes[place - 1], prefix)) ||
	       (place < places->count && prefix_overlaps(&places->prefixes[place], prefix));
}

static bool take_place(struct places *places, const struct prefix *prefix)
{
	const size_t place = find_place(places, &prefix->ip);

	if (is_taken(places, prefix))
		return false;
	memmove(&places->prefixes[place + 1], &places->prefixes[place],
		(places->count - place) * sizeof *places->prefixes);
	places->prefixes[place] = *prefix;
	places->count++;
	return true;
}

/** holds_endpoint() - routes to it would lead through the tunnel that it has to tell about */
static bool holds_endpoint(const struct agent_config *config, const struct prefix *subnet)
{
	for (size_t i = 0; i < config->etcd.endpoint_count; i++) {
		const char *host = strstr(config->etcd.endpoints[i], "://") + 3;
		const bool bracket = host[0] == '[';
		char text[IP_TEXT_SIZE];
		struct ip ip;

		host += bracket;
		const size_t length = strcspn(host, bracket ? "]" : ":/");
		(void)snprintf(text, sizeof text, "%.*s", (int)(length < sizeof text ? length : 0), host);
		if (ip_parse(text, &ip) && ip_in_prefix(&ip, subnet))
			return true;
	}
	return false;
}

/** why_not_subnet() - NULL: nothing is wrong with it by itself */
static const char *why_not_subnet(const struct choice *choice, const struct record *record, const struct prefix *subnet)
{
	const struct overlay *overlay = choice->config->overlay;
	const struct overlay_peer *own = &choice->own->peer;
	const struct prefix *network = overlay_network(overlay, subnet->ip.family);
	const struct prefix link = {.ip = own->host, .length = own->host_length};

	if (!network || !prefix_contains(network, subnet))
		return "is outside of the network";
	if (ip_in_prefix(&own->host, subnet) || (own->host_length && prefix_overlaps(&link, subnet)))
		return "overlaps with the link of this host";
	if (holds_endpoint(choice->config, subnet))
		return "holds an endpoint of etcd";
	if (overlay->kind == OVERLAY_IPIP && !overlay->direct && subnet->ip.family == AF_INET6)
		return "is IPv6, which ipip does not carry";
	if (overlay->kind == OVERLAY_DIRECT && subnet->ip.family != record->peer.host.family)
		return "is of another family than its host, and there is no tunnel";
	return NULL;
}

static const char *why_not_host(const struct choice *choice, const struct record *record)
{
	const struct overlay *overlay = choice->config->overlay;

	if (overlay->kind != OVERLAY_DIRECT && !overlay->direct && record->peer.host.family != AF_INET)
		return "has no IPv4 address, and tunnels lead over IPv4";
	if (overlay->kind == OVERLAY_WIREGUARD && !record->peer.has_key)
		return "has no publicKey";
	return NULL;
}

static void refuse(struct choice *choice, const struct record *record, const char *why)
{
	choice->refused++;
	log_line(LOG_LEVEL_WARNING, "%s of node %s %s: it is left out", record->key, record->node_id, why);
}

/** add_subnets() - of one record to the peer of its host */
static void add_subnets(struct choice *choice, const struct record *record, struct overlay_peer *peer)
{
	for (size_t i = 0; i < record->peer.subnet_count; i++) {
		const struct prefix *subnet = &record->peer.subnets[i];
		const char *why = why_not_subnet(choice, record, subnet);

		if (!why && peer->subnet_count == MAX_PEER_SUBNETS)
			why = "is one more than a host may have";
		if (!why && !take_place(&choice->places, subnet))
			why = "overlaps with what another host had before";
		if (why)
			refuse(choice, record, why);
		else
			peer->subnets[peer->subnet_count++] = *subnet;
	}
}

/** by_node() - the keys of one host together, the one that was made first in front */
static int by_node(const void *a, const void *b)
{
	const struct record *const *left = a, *const *right = b;
	const int order = strcmp((*left)->node_id, (*right)->node_id);

	if (order)
		return order;
	return (*left)->create_revision < (*right)->create_revision ? -1 : 1;
}

/** struct group - the records of one host, @count of them from @first on */
struct group {
	const struct record *const *first;
	size_t count;
};

/** by_age() - who came first keeps what it has */
static int by_age(const void *a, const void *b)
{
	const struct group *left = a, *right = b;
	const int64_t difference = left->first[0]->create_revision - right->first[0]->create_revision;

	if (difference)
		return difference < 0 ? -1 : 1;
	return strcmp(left->first[0]->node_id, right->first[0]->node_id);
}

/** newest() - whose address holds, should the records of one host differ */
static const struct record *newest(const struct group *group)
{
	const struct record *found = group->first[0];

	for (size_t i = 1; i < group->count; i++)
		if (group->first[i]->mod_revision > found->mod_revision)
			found = group->first[i];
	return found;
}

static void add_host(struct choice *choice, const struct group *group, struct overlay *overlay)
{
	const struct record *record = newest(group);
	const struct prefix host = prefix_of_host(&record->peer.host);
	struct overlay_peer *peer = &overlay->peers[overlay->peer_count];
	const char *why = why_not_host(choice, record);

	if (!why && !take_place(&choice->places, &host))
		why = "has an address that another host has, or that is in a subnet";
	if (why) {
		refuse(choice, record, why);
		return;
	}
	*peer = record->peer;
	peer->subnet_count = 0;
	for (size_t i = 0; i < group->count; i++)
		add_subnets(choice, group->first[i], peer);
	overlay->peer_count += peer->subnet_count > 0;
}

/** take_own() - where this host is, and what it has, is nobody else's */
static void take_own(struct choice *choice)
{
	const struct overlay_peer *own = &choice->own->peer;
	const struct prefix host = prefix_of_host(&own->host);

	if (ip_is_set(&own->host))
		(void)take_place(&choice->places, &host);
	for (size_t i = 0; i < own->subnet_count; i++)
		(void)take_place(&choice->places, &own->subnets[i]);
}

/** list_records() - of other hosts, those that could be read. Return: how many */
static size_t list_records(const struct hosts *hosts, const struct record *own, const struct record **records)
{
	size_t count = 0;

	for (size_t i = 0; i < hosts->count; i++)
		if (!hosts->records[i].broken && strcmp(hosts->records[i].node_id, own->node_id) != 0)
			records[count++] = &hosts->records[i];
	qsort(records, count, sizeof(const void *), by_node);
	return count;
}

static size_t list_groups(const struct record *const *records, size_t count, struct group groups[])
{
	size_t made = 0;

	for (size_t i = 0; i < count; i++)
		if (i > 0 && strcmp(records[i]->node_id, records[i - 1]->node_id) == 0)
			groups[made - 1].count++;
		else
			groups[made++] = (struct group){.first = &records[i], .count = 1};
	qsort(groups, made, sizeof *groups, by_age);
	return made;
}

int peers_choose(struct overlay *overlay, const struct hosts *hosts, const struct record *own,
		 const struct agent_config *config, size_t *refused, struct error *err)
{
	AUTO_FREE const struct record **records = calloc(hosts->count + 1, sizeof(const void *));
	AUTO_FREE struct group *groups = calloc(hosts->count + 1, sizeof *groups);
	AUTO_FREE struct prefix *prefixes =
		calloc(hosts->count * (OVERLAY_FAMILIES + 1) + MAX_PEER_SUBNETS + 1, sizeof *prefixes);
	struct choice choice = {.config = config, .own = own, .places = {.prefixes = prefixes}};

	overlay_clear(overlay);
	overlay->peers = calloc(hosts->count + 1, sizeof *overlay->peers);
	if (!records || !groups || !prefixes || !overlay->peers)
		return error_set(err, ERROR_IO, ENOMEM, "list the peers");
	take_own(&choice);
	const size_t count = list_groups(records, list_records(hosts, own, records), groups);
	for (size_t i = 0; i < count; i++)
		if (overlay->peer_count < MAX_PEERS)
			add_host(&choice, &groups[i], overlay);
		else
			refuse(&choice, groups[i].first[0], "is one more than there may be");
	*refused = choice.refused;
	return 0;
}
