/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Public addresses in use, leased like host ports: a static translation excludes everybody else, a pool everybody but
 * its network, a fixed source address both of these but not its like.
 */
#include "base/cleanup.h"
#include "base/file.h"
#include "store/bits.h"
#include "store/page.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/** enum part - the parts of a page, each with a bit per address */
enum part { EXCLUSIVE, FIXED, CHOSEN, PARTS };

enum { PART_BYTES = ADDRESS_PAGE_BITS / 8, PUBLIC_PAGE_BYTES = PARTS * PART_BYTES };

/** struct claim - addresses that an attachment lays claim to. @pool: whose they are, NULL for a single one */
struct claim {
	struct ip first, last;
	enum part part;
	const struct nat_pool *pool;
};

enum { MAX_CLAIMS = MAX_STATIC_NAT + 2 * NAT_FAMILIES };

static struct claim claim_one(const struct ip *ip, enum part part)
{
	return (struct claim){.first = *ip, .last = *ip, .part = part};
}

/** list_claims() - without what was chosen from a pool, which nobody is refused for. Return: how many */
static size_t list_claims(const struct attachment *attachment, struct claim claims[static MAX_CLAIMS])
{
	const struct nat *nat = &attachment->nat;
	size_t count = 0;

	for (size_t i = 0; i < nat->static_count; i++)
		claims[count++] = claim_one(&nat->statics[i].public, EXCLUSIVE);
	for (size_t i = 0; i < NAT_FAMILIES; i++) {
		const struct nat_pool *pool = &nat->pools[i];

		if (ip_is_set(&nat->snat[i]))
			claims[count++] = claim_one(&nat->snat[i], FIXED);
		if (ip_is_set(&pool->first))
			claims[count++] = (struct claim){
				.first = pool->first, .last = pool->last, .part = EXCLUSIVE, .pool = pool};
	}
	return count;
}

/** struct piece - the part of a claim that lies in one page. @rest: where the next one starts, AF_UNSPEC at the end */
struct piece {
	struct page page;
	size_t first, count;
	struct ip rest;
};

static void fill_publics(uint8_t *bits, const struct attachment *record, const struct page *page);

static struct piece piece_at(const struct ip *first, const struct ip *last)
{
	const struct prefix whole = {.ip = *first, .length = (uint8_t)(ip_bits(first->family) - ADDRESS_PAGE_SHIFT)};
	struct piece piece = {
		.page = {.bytes = PUBLIC_PAGE_BYTES, .fill = fill_publics, .block = prefix_network(&whole)}};
	const struct ip end = prefix_last(&piece.page.block);
	const bool ends_here = ip_compare(last, &end) <= 0;
	char text[IP_TEXT_SIZE];

	(void)snprintf(piece.page.name, sizeof piece.page.name, "public-%s_%u", ip_format(&piece.page.block.ip, text),
		       piece.page.block.length);
	piece.first = (size_t)ip_distance(&piece.page.block.ip, first);
	piece.count = (size_t)ip_distance(first, ends_here ? last : &end) + 1;
	if (!ends_here)
		piece.rest = ip_add(&end, 1);
	return piece;
}

/** fill_claim() - mark what of a claim lies in the page */
static void fill_claim(uint8_t *bits, const struct claim *claim, const struct page *page)
{
	for (struct ip from = claim->first; ip_is_set(&from);) {
		const struct piece piece = piece_at(&from, &claim->last);

		if (prefix_equal(&piece.page.block, &page->block))
			bits_set(bits, claim->part * (size_t)ADDRESS_PAGE_BITS + piece.first, piece.count, true);
		from = piece.rest;
	}
}

/** is_chosen() - an address that this attachment has for itself */
static bool is_chosen(const struct nat_pool *pool)
{
	return ip_is_set(&pool->chosen) && !pool->shared;
}

static void fill_publics(uint8_t *bits, const struct attachment *record, const struct page *page)
{
	struct claim claims[MAX_CLAIMS];
	size_t count = list_claims(record, claims);

	for (size_t i = 0; i < count; i++)
		if (claims[i].first.family == page->block.ip.family)
			fill_claim(bits, &claims[i], page);
	for (size_t i = 0; i < NAT_FAMILIES; i++) {
		const struct claim chosen = claim_one(&record->nat.pools[i].chosen, CHOSEN);

		if (is_chosen(&record->nat.pools[i]) && chosen.first.family == page->block.ip.family)
			fill_claim(bits, &chosen, page);
	}
}

/** is_marked() - whether some address of a claim is marked in a part of its pages */
static int is_marked(struct store *store, const struct claim *claim, enum part part, bool *marked, struct error *err)
{
	uint8_t bits[PART_BYTES];

	for (struct ip from = claim->first; ip_is_set(&from);) {
		const struct piece piece = piece_at(&from, &claim->last);
		AUTO_CLOSE int fd = page_open(store, &piece.page, err);

		if (fd < 0 || file_read_at(fd, bits, sizeof bits, (off_t)part * PART_BYTES, piece.page.name, err) < 0)
			return -1;
		*marked |= bits_any(bits, piece.first, piece.count);
		from = piece.rest;
	}
	return 0;
}

/** change() - mark or unmark all addresses of a claim */
static int change(struct store *store, const struct claim *claim, bool value, struct error *err)
{
	for (struct ip from = claim->first; ip_is_set(&from);) {
		const struct piece piece = piece_at(&from, &claim->last);
		const size_t first = claim->part * (size_t)ADDRESS_PAGE_BITS + piece.first;

		if ((value ? page_set : page_clear)(store, &piece.page, first, piece.count, err) < 0)
			return -1;
		from = piece.rest;
	}
	return 0;
}

static int drop(struct store *store, const struct claim *claim, struct error *err)
{
	for (struct ip from = claim->first; ip_is_set(&from);) {
		const struct piece piece = piece_at(&from, &claim->last);

		if (page_drop(store, &piece.page, err) < 0)
			return -1;
		from = piece.rest;
	}
	return 0;
}

/** struct search - a claim whose holder is looked for */
struct search {
	const struct attachment_id *id;
	const struct claim *claim;
};

/** excludes() - whether @other, of an attachment of the same or another network, stands in the way */
static bool excludes(const struct claim *claim, const struct claim *other, bool same_network)
{
	if (claim->first.family != other->first.family || ip_compare(&claim->first, &other->last) > 0 ||
	    ip_compare(&other->first, &claim->last) > 0)
		return false;
	if (claim->part == FIXED && other->part == FIXED)
		return false;
	/* a network whose configuration was changed: pools and fixed addresses are shared within it anyhow */
	const bool shareable = (claim->pool || claim->part == FIXED) && (other->pool || other->part == FIXED);
	return !(same_network && shareable);
}

static int holds(const struct attachment *record, void *argument, struct error *err)
{
	const struct search *search = argument;
	const bool same_network = strcmp(record->id.network, search->id->network) == 0;
	struct claim claims[MAX_CLAIMS];
	size_t count = attachment_id_equal(&record->id, search->id) ? 0 : list_claims(record, claims);
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; i < count; i++) {
		const struct claim *ours = search->claim, *theirs = &claims[i];
		const struct ip *ip = ip_compare(&ours->first, &theirs->first) > 0 ? &ours->first : &theirs->first;

		if (excludes(ours, theirs, same_network))
			return error_set(err, ERROR_ADDRESS_TAKEN, 0,
					 "public address %s belongs to %scontainer \"%.64s\" interface \"%s\" of "
					 "network \"%s\"",
					 ip_format(ip, text), theirs->pool ? "the pool of " : "", record->id.container,
					 record->id.ifname, record->id.network);
	}
	return 0;
}

/** is_known() - whether somebody of this network has the same pool: then it has been through the check */
static int is_known(struct store *store, const struct attachment *attachment, const struct claim *claim, bool *known,
		    struct error *err)
{
	char name[USE_NAME_SIZE];
	bool last = true;

	if (claim->pool && use_is_last(store, use_name_pool(attachment->id.network, claim->pool, name), &attachment->id,
				       &last, err) < 0)
		return -1;
	*known = !last;
	return 0;
}

static int check_claim(struct store *store, const struct attachment *attachment, const struct claim *claim,
		       struct error *err)
{
	struct search search = {.id = &attachment->id, .claim = claim};
	bool known, marked = false;

	if (is_known(store, attachment, claim, &known, err) < 0)
		return -1;
	if (known)
		return 0;
	if (claim->part == EXCLUSIVE && publics_check_subnets(store, attachment, &claim->first, &claim->last, err) < 0)
		return -1;
	if (is_marked(store, claim, EXCLUSIVE, &marked, err) < 0 ||
	    (claim->part != FIXED && is_marked(store, claim, FIXED, &marked, err) < 0))
		return -1;
	if (!marked)
		return 0;
	/* the records have the answer; marks that none of them explains are forgotten */
	return record_walk(store, NULL, holds, &search, err) < 0 ? -1 : drop(store, claim, err);
}

int publics_check(struct store *store, const struct attachment *attachment, struct error *err)
{
	struct claim claims[MAX_CLAIMS];
	size_t count = list_claims(attachment, claims);

	for (size_t i = 0; i < count; i++)
		if (check_claim(store, attachment, &claims[i], err) < 0)
			return -1;
	return 0;
}

static int change_chosen(struct store *store, const struct attachment *attachment, bool value, struct error *err)
{
	for (size_t i = 0; i < NAT_FAMILIES; i++) {
		const struct claim chosen = claim_one(&attachment->nat.pools[i].chosen, CHOSEN);

		if (is_chosen(&attachment->nat.pools[i]) && change(store, &chosen, value, err) < 0)
			return -1;
	}
	return 0;
}

int publics_take(struct store *store, const struct attachment *attachment, struct error *err)
{
	struct claim claims[MAX_CLAIMS];
	size_t count = list_claims(attachment, claims);

	for (size_t i = 0; i < count; i++) {
		bool known = false;

		if (is_known(store, attachment, &claims[i], &known, err) < 0 ||
		    (!known && change(store, &claims[i], true, err) < 0))
			return -1;
	}
	return change_chosen(store, attachment, true, err);
}

/**
 * publics_release() - a fixed source stays marked: others may have the same
 *
 * So does a pool that others of the network use. Where nobody does, its pages are made anew when they are asked for
 * next: another pool of the network may have covered the same addresses.
 */
int publics_release(struct store *store, const struct attachment *attachment, struct error *err)
{
	struct claim claims[MAX_CLAIMS];
	size_t count = list_claims(attachment, claims);

	if (change_chosen(store, attachment, false, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		bool known = false;

		if (claims[i].part == FIXED)
			continue;
		if (!claims[i].pool && change(store, &claims[i], false, err) < 0)
			return -1;
		if (claims[i].pool && (is_known(store, attachment, &claims[i], &known, err) < 0 ||
				       (!known && drop(store, &claims[i], err) < 0)))
			return -1;
	}
	return 0;
}

int publics_forget(struct store *store, const struct attachment *attachment, struct error *err)
{
	struct claim claims[MAX_CLAIMS];
	size_t count = list_claims(attachment, claims);

	/* what was chosen from a pool lies in the pages of the pool */
	for (size_t i = 0; i < count; i++)
		if (drop(store, &claims[i], err) < 0)
			return -1;
	return 0;
}

/** find_free() - the first address from @first to @last that nobody has chosen; AF_UNSPEC when all are taken */
static int find_free(struct store *store, const struct ip *first, const struct ip *last, struct ip *found,
		     struct error *err)
{
	uint8_t bits[PART_BYTES];

	for (struct ip from = *first; ip_is_set(&from);) {
		const struct piece piece = piece_at(&from, last);
		AUTO_CLOSE int fd = page_open(store, &piece.page, err);

		if (fd < 0 || file_read_at(fd, bits, sizeof bits, (off_t)CHOSEN * PART_BYTES, piece.page.name, err) < 0)
			return -1;
		for (size_t i = 0; i < piece.count; i++)
			if (!bits_any(bits, piece.first + i, 1)) {
				*found = ip_add(&from, i);
				return 0;
			}
		from = piece.rest;
	}
	return 0;
}

static int choose(struct store *store, const struct ip *private, struct nat_pool *pool, struct error *err)
{
	const uint64_t size = ip_distance(&pool->first, &pool->last) + 1;
	char text[IP_TEXT_SIZE];
	const struct ip start =
		ip_add(&pool->first, hash_finish(hash_text(hash_begin(), ip_format(private, text)), 0) % size);

	if (find_free(store, &start, &pool->last, &pool->chosen, err) < 0)
		return -1;
	if (!ip_is_set(&pool->chosen) && find_free(store, &pool->first, &start, &pool->chosen, err) < 0)
		return -1;
	pool->shared = !ip_is_set(&pool->chosen);
	if (pool->shared)
		pool->chosen = start;
	return 0;
}

int publics_choose(struct store *store, struct attachment *attachment, struct error *err)
{
	for (size_t i = 0; i < NAT_FAMILIES; i++) {
		struct nat_pool *pool = &attachment->nat.pools[i];
		const struct address *own = attachment_address(attachment, pool->first.family);

		if (!own || !ip_is_set(&pool->first) || ip_is_set(&pool->chosen))
			continue;
		if (choose(store, &own->ip, pool, err) < 0)
			return -1;
	}
	nat_list_publics(&attachment->nat);
	return 0;
}

static int verify_claim(struct store *store, const struct claim *claim, struct error *err)
{
	const struct piece piece = piece_at(&claim->first, &claim->last);
	uint8_t bits[PART_BYTES];
	AUTO_CLOSE int fd = -1;
	char text[IP_TEXT_SIZE];

	if (page_peek(store, &piece.page, O_RDONLY, &fd, err) < 0)
		return -1;
	if (fd < 0)
		return 0;
	if (file_read_at(fd, bits, sizeof bits, (off_t)claim->part * PART_BYTES, piece.page.name, err) < 0)
		return -1;
	return bits_any(bits, piece.first, 1)
		       ? 0
		       : error_set(err, ERROR_DRIFT, 0, "public address %s is not marked as taken in bits/%s",
				   ip_format(&claim->first, text), piece.page.name);
}

int publics_verify(struct store *store, const struct attachment *attachment, struct error *err)
{
	struct claim claims[MAX_CLAIMS];
	size_t count = list_claims(attachment, claims);

	for (size_t i = 0; i < count; i++)
		if (verify_claim(store, &claims[i], err) < 0)
			return -1;
	return 0;
}
