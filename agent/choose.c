/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A free place in a network. */
#include "agent/choose.h"

#include "agent/backoff.h"

#include <stdlib.h>

bool choose_is_free(const struct prefix *subnet, const struct prefix taken[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (prefix_overlaps(subnet, &taken[i]))
			return false;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct prefix *left = a, *right = b;
	const int order = ip_compare(&left->ip, &right->ip);

	return order ? order : left->length - right->length;
}

/** is_before() - whether all of @a is below @subnet */
static bool is_before(const struct prefix *a, const struct prefix *subnet)
{
	const struct ip last = prefix_last(a);

	return ip_compare(&last, &subnet->ip) < 0;
}

/** step() - the subnet behind this one; false behind the last of @network */
static bool step(const struct prefix *network, struct prefix *subnet)
{
	const struct ip last = prefix_last(subnet);
	const struct ip next = ip_add(&last, 1);

	if (ip_compare(&next, &subnet->ip) <= 0 || !ip_in_prefix(&next, network))
		return false;
	subnet->ip = next;
	return true;
}

bool choose_subnet(const struct prefix *network, uint8_t length, const struct prefix *wanted, struct prefix taken[],
		   size_t count, struct prefix *chosen)
{
	struct prefix subnet = {.ip = network->ip, .length = length}, candidates[CANDIDATES];
	size_t found = 0, next = 0;

	if (wanted && wanted->length == length && prefix_contains(network, wanted) &&
	    choose_is_free(wanted, taken, count)) {
		*chosen = *wanted;
		return true;
	}
	qsort(taken, count, sizeof *taken, compare);
	do {
		while (next < count && is_before(&taken[next], &subnet))
			next++;
		if (next == count || !prefix_overlaps(&taken[next], &subnet))
			candidates[found++] = subnet;
	} while (found < CANDIDATES && step(network, &subnet));
	if (found > 0)
		*chosen = candidates[random_below(found)];
	return found > 0;
}
