/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way through the range sets; what is taken is the store's business. */
#include "ipam/choose.h"

#include "base/hash.h"
#include "ipam/claims.h"
#include "store/bits.h"

/** set_hash() - a set is its ranges: two networks with the same ones go round together */
static uint64_t set_hash(const struct range_set *set)
{
	uint64_t hash = hash_begin();
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; i < set->count; i++) {
		hash = hash_text(hash, ip_format(&set->ranges[i].first, text));
		hash = hash_text(hash, ip_format(&set->ranges[i].last, text));
	}
	return hash_finish(hash, 0);
}

/** is_open() - of an address that nobody has here: no gateway, not even of another network on this subnet, nor reserved */
static int is_open(const struct attachment *want, const struct places *places, const struct range_set *set,
		   const struct ip *ip, bool *open, struct error *err)
{
	struct reservation reservation;
	bool taken;

	if (gateway_is_used(places->store, ip, &taken, err) < 0)
		return -1;
	*open = !taken && !range_set_is_gateway(set, ip);
	if (!*open)
		return 0;
	if (claim_look(want, places, ip, &reservation, &taken, err) < 0)
		return -1;
	*open = !taken;
	return 0;
}

/** find_between() - the next address that can be given out; each that is passed over is looked at once */
static int find_between(const struct attachment *want, const struct places *places, const struct range_set *set,
			struct ip first, const struct ip *last, struct ip *found, struct error *err)
{
	while (ip_compare(&first, last) <= 0) {
		bool open;

		if (address_find_free(places->store, registry_name(want), &first, last, found, err) < 0)
			return -1;
		if (!ip_is_set(found))
			return 0;
		if (is_open(want, places, set, found, &open, err) < 0)
			return -1;
		if (open)
			return 0;
		if (ip_equal(found, last))
			break;
		first = ip_add(found, 1);
	}
	*found = (struct ip){0};
	return 0;
}

/** last_given() - where the reference gives out, too, what both write down: whoever clears its directory begins anew */
static struct ip last_given(const struct attachment *want, const struct places *places, size_t index)
{
	struct ip last = {0};

	if (!want->reserved.mirrored)
		cursor_load(places->store, set_hash(&want->pool->sets[index]), &last);
	if (!ip_is_set(&last))
		reservation_cursor_load(places->files, index, &last);
	return last;
}

/** find_next() - go round the set once, starting behind the address given out last */
static int find_next(const struct attachment *want, const struct places *places, size_t index, struct ip *found,
		     struct error *err)
{
	const struct range_set *set = &want->pool->sets[index];
	const struct ip cursor = last_given(want, places, index);
	const struct range *at = range_set_find(set, &cursor);
	size_t start = at ? (size_t)(at - set->ranges) : 0;

	*found = (struct ip){0};
	/* One step more than there are ranges: the beginning of the first one comes last */
	for (size_t i = 0; i <= set->count && !ip_is_set(found); i++) {
		const struct range *range = &set->ranges[(start + i) % set->count];
		struct ip first = range->first, last = range_last_unasked(range);

		if (i == 0 && at) {
			if (ip_compare(&cursor, &last) >= 0)
				continue;
			first = ip_add(&cursor, 1);
		}
		if (find_between(want, places, set, first, &last, found, err) < 0)
			return -1;
	}
	return 0;
}

static int refuse(const struct attachment *want, size_t index, const struct ip *ip, struct error *err)
{
	char address[IP_TEXT_SIZE], ranges[RANGE_SET_TEXT_SIZE];

	return error_set(err, ERROR_ADDRESS_TAKEN, 0,
			 "failed to allocate for range %zu: requested IP address %s is not available in range set %s",
			 index, ip_format(ip, address), range_set_format(&want->pool->sets[index], ranges));
}

/** check_reserved() - an address that was asked for and is free in the store */
static int check_reserved(const struct attachment *want, const struct places *places, size_t index, const struct ip *ip,
			  struct error *err)
{
	struct reservation found;
	bool taken;

	if (claim_look(want, places, ip, &found, &taken, err) < 0)
		return -1;
	if (!taken)
		return 0;
	(void)refuse(want, index, ip, err);
	if (found.state == RESERVATION_HELD)
		error_detail(err, "reserved in %.256s/%s for container \"%.64s\" interface \"%s\"", want->reserved.dir,
			     want->id.network, found.container, found.ifname);
	return -1;
}

static int check_request(const struct attachment *want, const struct places *places, size_t index, const struct ip *ip,
			 struct error *err)
{
	char address[IP_TEXT_SIZE];
	bool taken, gateway;

	if (gateway_is_used(places->store, ip, &gateway, err) < 0)
		return -1;
	if (gateway)
		return error_set(err, ERROR_ADDRESS_TAKEN, 0,
				 "failed to allocate for range %zu: requested ip %s is the gateway of another network",
				 index, ip_format(ip, address));
	if (address_is_taken(places->store, registry_name(want), ip, &taken, err) < 0)
		return -1;
	return taken ? refuse(want, index, ip, err) : check_reserved(want, places, index, ip, err);
}

static int choose_one(const struct attachment *want, const struct places *places, size_t index,
		      const struct ip *request, struct address *address, struct error *err)
{
	const struct range_set *set = &want->pool->sets[index];
	char ranges[RANGE_SET_TEXT_SIZE];
	struct ip ip = *request;

	if (ip_is_set(&ip) ? check_request(want, places, index, &ip, err) < 0
			   : find_next(want, places, index, &ip, err) < 0)
		return -1;
	if (!ip_is_set(&ip))
		return error_set(err, ERROR_POOL_FULL, 0,
				 "failed to allocate for range %zu: no IP addresses available in range set: %s", index,
				 range_set_format(set, ranges));
	const struct range *range = range_set_find(set, &ip);
	*address = (struct address){.ip = ip, .subnet = range->subnet, .gateway = range->gateway};
	return 0;
}

int choose_addresses(struct attachment *want, const struct places *places, struct error *err)
{
	const struct address_pool *pool = want->pool;
	struct ip requests[MAX_RANGE_SETS];

	if (!pool)
		return 0;
	want->address_count = 0;
	if (address_pool_assign(pool, requests, err) < 0)
		return -1;
	for (size_t i = 0; i < pool->set_count; i++) {
		if (choose_one(want, places, i, &requests[i], &want->addresses[i], err) < 0)
			return -1;
		want->address_count = i + 1;
	}
	return 0;
}

void choose_done(const struct attachment *want, struct store *store)
{
	for (size_t i = 0; want->pool && i < want->pool->set_count && i < want->address_count; i++)
		cursor_save(store, set_hash(&want->pool->sets[i]), &want->addresses[i].ip);
}
