/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/ip: what was read is written in one way only, and its arithmetic agrees with itself. tests/test_address compares with Python. */
#include "base/ip.h"

#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"

static void demand_ip(const struct ip *ip)
{
	static const uint8_t zero[16];
	char text[IP_TEXT_SIZE], again[IP_TEXT_SIZE];
	struct ip parsed;

	demand(ip->family == AF_INET || ip->family == AF_INET6);
	demand(memcmp(ip->bytes + ip_size(ip->family), zero, sizeof zero - ip_size(ip->family)) == 0);
	demand(ip_parse(ip_format(ip, text), &parsed) && ip_equal(&parsed, ip));
	demand(strcmp(ip_format(&parsed, again), text) == 0);
}

static void demand_prefix(const struct prefix *prefix)
{
	char text[PREFIX_TEXT_SIZE];
	const struct prefix network = prefix_network(prefix);
	const struct ip last = prefix_last(prefix);
	struct prefix parsed;

	demand_ip(&prefix->ip);
	demand(prefix->length <= ip_bits(prefix->ip.family));
	demand(prefix_parse(prefix_format(prefix, text), &parsed) && prefix_equal(&parsed, prefix));
	demand(ip_compare(&network.ip, &prefix->ip) <= 0 && ip_compare(&prefix->ip, &last) <= 0);
	demand(ip_in_prefix(&prefix->ip, &network) && ip_in_prefix(&last, prefix) &&
	       prefix_contains(prefix, &network) && prefix_overlaps(&network, prefix));
	const struct ip beyond = ip_add(&last, 1);
	demand(prefix->length == 0 || !ip_in_prefix(&beyond, prefix));
	const uint64_t size = ip_distance(&network.ip, &last);
	const struct ip end = ip_add(&network.ip, size);
	demand(size == UINT64_MAX || ip_equal(&end, &last));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = malloc(size + 1);
	struct prefix prefix = {.length = 77};
	struct ip ip = {.family = AF_UNSPEC};

	demand(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (ip_parse(text, &ip))
		demand_ip(&ip);
	else
		demand(ip.family == AF_UNSPEC);
	if (prefix_parse(text, &prefix))
		demand_prefix(&prefix);
	else
		demand(prefix.length == 77);
	return 0;
}
