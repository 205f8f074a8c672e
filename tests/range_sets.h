/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Range sets out of text, for tests. */
#pragma once

#include "conf/ranges.h"

#include "tests/tap.h"

enum { CASE_RANGES = 3 };

/** struct text_range - a range as the configuration has it; NULL for what is not given */
struct text_range {
	const char *subnet, *first, *last, *gateway;
};

static const struct text_range SMALL[CASE_RANGES] = {{"192.168.1.0/29", NULL, NULL, NULL}};
static const struct text_range TWO[CASE_RANGES] = {{"192.168.1.0/29", NULL, NULL, NULL},
						   {"192.168.2.0/29", "192.168.2.3", "192.168.2.5", NULL}};
static const struct text_range IPV6[CASE_RANGES] = {{"2001:db8::/64", NULL, NULL, NULL}};

static inline struct ip ip(const char *text)
{
	struct ip parsed = {.family = AF_UNSPEC};

	if (text)
		(void)ip_parse(text, &parsed);
	return parsed;
}

static inline const char *text_of(struct ip address)
{
	static char text[IP_TEXT_SIZE];

	return ip_format(&address, text);
}

static inline struct range_set set_of(const struct text_range texts[CASE_RANGES])
{
	struct range_set set = {.count = 0};

	for (; set.count < CASE_RANGES && texts[set.count].subnet; set.count++) {
		struct range *range = &set.ranges[set.count];

		(void)prefix_parse(texts[set.count].subnet, &range->subnet);
		range->first = ip(texts[set.count].first);
		range->last = ip(texts[set.count].last);
		range->gateway = ip(texts[set.count].gateway);
	}
	return set;
}

static inline struct range_set complete(const struct text_range texts[CASE_RANGES])
{
	struct error err = ERROR_INIT;
	struct range_set set = set_of(texts);

	is_int(range_set_complete(&set, &err), 0, texts[0].subnet);
	return set;
}
