/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The accept-list of tunnels: from what is applied for overlays to elements of our table. */
#include "nat/tunnel_guard.h"

#include "base/cleanup.h"
#include "conf/overlay.h"
#include "kernel/conntrack.h"
#include "nat/rebuild.h"
#include "nat/removal.h"
#include "nat/ruleset.h"
#include "store/overlay_state.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PROTOCOLS = 2, MATCHES_PER_SUBNET = 2 };

/* The sets that hold nothing else */
static const char *const SETS[MAX_EMPTIED] = {"tunnels", "tunnel_local", "tunnel_port", "tunnel_peer4", "tunnel_peer6"};

/** protocols_of() - what packets of a kind of tunnel are on the underlay; 0 behind the last. None: nothing to guard */
static const uint8_t *protocols_of(const struct overlay *overlay)
{
	static const uint8_t protocols[][MAX_PROTOCOLS + 1] = {
		[OVERLAY_IPIP] = {IPPROTO_IPIP},
		[OVERLAY_GRE] = {IPPROTO_GRE},
		[OVERLAY_SIT] = {IPPROTO_IPV6, IPPROTO_IPIP},
		[OVERLAY_VXLAN] = {IPPROTO_UDP},
		[OVERLAY_DIRECT] = {0},
	};

	return protocols[overlay->local.family == AF_INET ? overlay->kind : OVERLAY_DIRECT];
}

/** carries() - whether packets of this protocol may hold others of a family */
static bool carries(uint8_t protocol, sa_family_t inner)
{
	return protocol != (inner == AF_INET ? IPPROTO_IPV6 : IPPROTO_IPIP);
}

static void add_source(struct element_list *list, const struct ip *host, uint8_t protocol, const struct prefix *subnet)
{
	const struct ip last = prefix_last(subnet);
	struct element *element = element_append(list, "tunnel_peer#", subnet->ip.family);

	if (!element)
		return;
	element->nft.kind = NFT_RANGE;
	element->destination = *subnet;
	nft_value_ip(&element->nft.key, host);
	nft_value_protocol(&element->nft.key, protocol);
	element->nft.last = element->nft.key;
	nft_value_ip(&element->nft.key, &subnet->ip);
	nft_value_ip(&element->nft.last, &last);
}

/** add_peer() - what it may send in packets of this protocol: from its subnets, and from its own end of a link */
static void add_peer(struct element_list *list, const struct overlay_peer *peer, uint8_t protocol)
{
	const struct prefix end = {.ip = peer->peer_address,
				   .length = peer->peer_address.family == AF_INET ? IPV4_BITS : IPV6_BITS};

	if (peer->host.family != AF_INET)
		return;
	for (size_t i = 0; i < peer->subnet_count; i++)
		if (carries(protocol, peer->subnets[i].ip.family))
			add_source(list, &peer->host, protocol, &peer->subnets[i]);
	if (peer->point_to_point && carries(protocol, end.ip.family))
		add_source(list, &peer->host, protocol, &end);
}

/** add_end() - where our end of the tunnel is */
static void add_end(struct element_list *list, const struct overlay *overlay, uint8_t protocol)
{
	struct element *way = element_append(list, "tunnels", AF_INET);

	if (way) {
		nft_value_protocol_alone(&way->nft.key, protocol);
		(void)snprintf(way->nft.jump, sizeof way->nft.jump, "tunnel");
	}
	struct element *local = element_append(list, "tunnel_local", AF_INET);
	if (local) {
		nft_value_ip(&local->nft.key, &overlay->local);
		nft_value_protocol(&local->nft.key, protocol);
	}
	struct element *port = protocol == IPPROTO_UDP ? element_append(list, "tunnel_port", AF_INET) : NULL;
	if (port)
		nft_value_port_alone(&port->nft.key, overlay->port ? overlay->port : OVERLAY_VXLAN_PORT);
}

/** add_peers() - all that are @leaving, or all that are not */
static void add_peers(struct element_list *list, const struct overlay *overlay, bool leaving)
{
	for (const uint8_t *protocol = protocols_of(overlay); *protocol; protocol++)
		for (size_t i = 0; i < overlay->peer_count; i++)
			if (overlay->peers[i].leaving == leaving)
				add_peer(list, &overlay->peers[i], *protocol);
}

static void add_overlay(struct element_list *list, const struct overlay *overlay)
{
	for (const uint8_t *protocol = protocols_of(overlay); *protocol; protocol++)
		add_end(list, overlay, *protocol);
	add_peers(list, overlay, false);
}

/** compare() - by set and key; of ranges that begin alike the wide one first */
static int compare(const void *left, const void *right)
{
	const struct nft_element *a = &((const struct element *)left)->nft, *b = &((const struct element *)right)->nft;
	int order = strcmp(a->set, b->set);

	if (order == 0)
		order = memcmp(a->key.bytes, b->key.bytes, sizeof a->key.bytes);
	return order ? order : memcmp(b->last.bytes, a->last.bytes, sizeof a->last.bytes);
}

/** sort_out() - each once: what another one covers goes. Of prefixes one holds the other, or they have nothing in common */
static void sort_out(struct element_list *list)
{
	size_t kept = 0;

	if (list->count)
		qsort(list->elements, list->count, sizeof *list->elements, compare);
	for (size_t i = 0; i < list->count; i++) {
		const struct element *before = kept ? &list->elements[kept - 1] : NULL;
		if (before && strcmp(before->nft.set, list->elements[i].nft.set) == 0 &&
		    element_covers(&before->nft, &list->elements[i].nft))
			continue;
		list->elements[kept++] = list->elements[i];
	}
	list->count = kept;
}

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_KERNEL, ENOMEM, "list who may send through tunnels");
}

static int list_one(struct element_list *list, const struct overlay *overlay, struct error *err)
{
	add_overlay(list, overlay);
	sort_out(list);
	return list->failed ? no_memory(err) : 0;
}

static int visit(const char *network, const struct overlay *state, void *argument, struct error *err)
{
	struct element_list *list = argument;

	(void)network;
	add_overlay(list, state);
	return list->failed ? no_memory(err) : 0;
}

int tunnel_guard_elements(struct element_list *list, struct store *store, const char *but, struct error *err)
{
	if (overlay_states_walk(store, but, visit, list, err) < 0)
		return -1;
	sort_out(list);
	return 0;
}

/** list_anew() - as tunnel_guard_elements(), and all others go in the same transaction: packets never find the list empty */
static int list_anew(struct element_list *list, struct store *store, const char *but, struct error *err)
{
	for (size_t i = 0; i < MAX_EMPTIED; i++)
		(void)snprintf(list->emptied[i], sizeof list->emptied[i], "%s", SETS[i]);
	return tunnel_guard_elements(list, store, but, err);
}

/** apply_anew() - in a section of its own: what the states of all networks say, and nothing else */
static int apply_anew(struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(element_list_free) struct element_list list = ELEMENT_LIST_EMPTY;

	if (store_begin(store, err) < 0)
		return -1;
	int status = list_anew(&list, store, NULL, err);
	if (status == 0)
		status = commit_healing_in_section(&list, 1, store, kernel, err);
	store_end(store);
	return status;
}

int tunnel_guard_ensure(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(element_list_free) struct element_list list = ELEMENT_LIST_EMPTY;
	struct error refusal = ERROR_INIT;

	if (!want->overlay || !*protocols_of(want->overlay))
		return 0;
	if (want->overlay->settled) /* row "nat" has looked after the table, where there is one */
		return attachment_is_overlay(want) ? rebuild_table(store, kernel, REBUILD_IF_MISSING, err) : 0;
	if (list_one(&list, want->overlay, err) < 0)
		return -1;
	if (commit_healing(&list, 1, store, kernel, &refusal) == 0)
		return 0;
	if (refusal.errnum == EEXIST) /* a subnet has become larger or smaller, or was behind somebody else */
		return apply_anew(store, kernel, err);
	error_merge(err, &refusal);
	return -1;
}

/** describe() - what an element stands for. Return: @text */
static const char *describe(const struct element *element, char text[static ELEMENT_TEXT_SIZE])
{
	char host[IP_TEXT_SIZE], subnet[PREFIX_TEXT_SIZE];
	struct ip ip = {.family = AF_INET};

	if (element->nft.kind != NFT_RANGE) {
		(void)snprintf(text, ELEMENT_TEXT_SIZE, "this host's end of a tunnel in nftables set %s",
			       element->nft.set);
		return text;
	}
	memcpy(ip.bytes, element->nft.key.bytes, ip_size(ip.family));
	(void)snprintf(text, ELEMENT_TEXT_SIZE, "host %s with %s in nftables set %s", ip_format(&ip, host),
		       prefix_format(&element->destination, subnet), element->nft.set);
	return text;
}

static int verify_element(const struct element *element, struct kernel *kernel, struct error *err)
{
	char text[ELEMENT_TEXT_SIZE];
	struct nft_element found;
	bool present;

	if (nft_get_element(kernel->nft, NAT_TABLE, &element->nft, &found, &present, err) < 0)
		return -1;
	if (present && element_covers(&found, &element->nft))
		return 0;
	return error_set(err, ERROR_DRIFT, 0, "%s %s", describe(element, text), present ? "was changed" : "is missing");
}

int tunnel_guard_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(element_list_free) struct element_list list = ELEMENT_LIST_EMPTY;
	CLEANUP(overlay_free) struct overlay *state = NULL;

	if (!want->in_overlay)
		return 0;
	if (overlay_state_load(store, want->id.network, &state, err) < 0 || (state && list_one(&list, state, err) < 0))
		return -1;
	for (size_t i = 0; i < list.count; i++)
		if (verify_element(&list.elements[i], kernel, err) < 0)
			return -1;
	return 0;
}

int tunnel_guard_remove(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	CLEANUP(element_list_free) struct element_list list = ELEMENT_LIST_EMPTY;
	struct error refusal = ERROR_INIT;
	char name[USE_NAME_SIZE];
	bool last;

	if (!want->in_overlay)
		return 0;
	if (use_is_last(store, use_name_overlay(want->id.network, name), &want->id, &last, err) < 0 ||
	    (last && list_anew(&list, store, want->id.network, err) < 0))
		return -1;
	if (!last)
		return 0;
	struct nft *nft = nft_begin(NAT_TABLE);
	elements_add(nft, &list);
	if (nft_commit(nft, kernel->nft, &refusal) == 0 || nobody_has_it(&refusal))
		return 0;
	error_merge(err, &refusal);
	return -1;
}

/** forget_connections() - of subnets that have left: of whoever has them next, another way may lead there. A failure is a warning */
static void forget_connections(const struct overlay *overlay, struct kernel *kernel, struct error *err)
{
	AUTO_FREE struct conntrack_match *matches =
		calloc(overlay->peer_count * MAX_PEER_SUBNETS * MATCHES_PER_SUBNET, sizeof *matches);
	static const enum conntrack_side sides[MATCHES_PER_SUBNET] = {CONNTRACK_SOURCE, CONNTRACK_DESTINATION};
	struct error failure = ERROR_INIT;
	size_t count = 0;

	for (size_t i = 0; matches && i < overlay->peer_count; i++)
		for (size_t j = 0; overlay->peers[i].leaving && j < overlay->peers[i].subnet_count; j++)
			for (size_t side = 0; side < MATCHES_PER_SUBNET; side++)
				matches[count++] =
					(struct conntrack_match){.side = sides[side],
								 .family = overlay->peers[i].subnets[j].ip.family,
								 .ip = overlay->peers[i].subnets[j].ip,
								 .length = overlay->peers[i].subnets[j].length,
								 .last_port = UINT16_MAX};
	if (!matches)
		(void)no_memory(&failure);
	if (!matches || (count && conntrack_flush_udp(kernel->host, kernel->nft, matches, count, &failure) < 0))
		error_warn(err, "UDP connections of hosts that left were not flushed: %s", failure.msg);
}

/** put_out() - delete @leaving and add those of @wanted that one of them stood for. *@kept: some are wanted themselves */
static void put_out(struct nft *nft, const struct element_list *leaving, const struct element_list *wanted, bool *kept)
{
	for (size_t i = 0; i < leaving->count; i++) {
		const struct element *element = &leaving->elements[i];
		*kept |= wanted->count && bsearch(element, wanted->elements, wanted->count, sizeof *element, compare);
		nft_delete_element(nft, &element->nft);
		for (size_t j = 0; j < wanted->count; j++)
			if (strcmp(element->nft.set, wanted->elements[j].nft.set) == 0 &&
			    element_covers(&element->nft, &wanted->elements[j].nft))
				nft_add_element(nft, &wanted->elements[j].nft);
	}
}

/** part_in_section() - *@refused: the table has not what these peers should have there, or they have it in another way, too */
static int part_in_section(const struct overlay *overlay, struct store *store, struct kernel *kernel, bool *refused,
			   struct error *err)
{
	CLEANUP(element_list_free) struct element_list wanted = ELEMENT_LIST_EMPTY;
	CLEANUP(element_list_free) struct element_list leaving = ELEMENT_LIST_EMPTY;
	struct error refusal = ERROR_INIT;

	add_peers(&leaving, overlay, true);
	sort_out(&leaving);
	if (leaving.failed)
		return no_memory(err);
	if (tunnel_guard_elements(&wanted, store, NULL, err) < 0)
		return -1;
	struct nft *nft = nft_begin(NAT_TABLE);
	put_out(nft, &leaving, &wanted, refused);
	if (*refused) {
		nft_free(nft);
		return 0;
	}
	if (nft_commit(nft, kernel->nft, &refusal) == 0)
		return 0;
	*refused = refusal.errnum == ENOENT || refusal.errnum == EEXIST;
	if (*refused)
		return 0;
	error_merge(err, &refusal);
	return -1;
}

/**
 * part() - take away who has left
 *
 * One by one, as the kernel needs 0.1 s to take a thousand away and put them back: all anew only where the end of the tunnel
 * or its kind may have changed, or the table is not what it should be.
 */
static int part(const struct overlay *overlay, struct store *store, struct kernel *kernel, struct error *err)
{
	bool anew = overlay->old_tunnels[0] || !*protocols_of(overlay);

	if (!anew) {
		if (store_begin(store, err) < 0)
			return -1;
		int status = part_in_section(overlay, store, kernel, &anew, err);
		store_end(store);
		if (status < 0)
			return -1;
	}
	return anew ? apply_anew(store, kernel, err) : 0;
}

/** is_replaced() - whether something that was applied is not wished for any more */
static bool is_replaced(const struct overlay *overlay)
{
	for (size_t i = 0; i < overlay->peer_count; i++)
		if (overlay->peers[i].leaving)
			return true;
	return overlay->old_tunnels[0];
}

int tunnel_guard_settle(struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	struct overlay *overlay = want->overlay;

	if (!overlay || overlay->settled || !is_replaced(overlay))
		return 0;
	if (part(overlay, store, kernel, err) < 0)
		return -1;
	forget_connections(overlay, kernel, err);
	return 0;
}
