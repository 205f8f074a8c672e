/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/ip against Python's ipaddress, text by text: tests/addresses.py makes them and says where we differ on purpose. */
#include "base/ip.h"

#include "tests/tap.h"

#include <inttypes.h>
#include <stdlib.h>

enum { FIELDS = 10, LINE_SIZE = 1 << 15, VALUE_SIZE = 64, SHOWN = 10 };

/** struct said - what one of the two says to one text: fields as addresses.py prints them */
struct said {
	char value[VALUE_SIZE], canonical[VALUE_SIZE], flags[4];
	char prefix[VALUE_SIZE], first[VALUE_SIZE], last[VALUE_SIZE], overlaps[2], sum[VALUE_SIZE];
};

/** struct tally - what the texts were, so that a generator that makes only rubbish is noticed */
struct tally {
	int texts, addresses, prefixes, overlaps, wrong;
	struct prefix before;
};

static char *unhex(char *hex)
{
	size_t length = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;

	for (size_t i = 0; i < length; i++) {
		const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};
		hex[i] = (char)strtoul(digits, NULL, 16);
	}
	hex[length] = '\0';
	return hex;
}

static char *write_value(char into[static VALUE_SIZE], const struct ip *ip)
{
	for (size_t i = 0; i < ip_size(ip->family); i++)
		(void)snprintf(into + 2 * i, 3, "%02x", ip->bytes[i]);
	return into;
}

static void say_address(struct said *said, const struct ip *ip, uint64_t number)
{
	const struct ip sum = ip_add(ip, number);

	(void)ip_format(ip, said->canonical);
	(void)write_value(said->value, ip);
	(void)write_value(said->sum, &sum);
	(void)snprintf(said->flags, sizeof said->flags, "%s%s%s", ip_is_loopback(ip) ? "L" : "",
		       ip_is_multicast(ip) ? "M" : "", ip_is_link_local(ip) ? "l" : "");
	if (said->flags[0] == '\0')
		said->flags[0] = '-';
}

static void say_prefix(struct said *said, const struct prefix *prefix, struct tally *tally)
{
	const struct prefix network = prefix_network(prefix);
	const struct ip last = prefix_last(prefix);
	bool overlaps = prefix_overlaps(prefix, &tally->before);

	(void)write_value(said->first, &network.ip);
	(void)write_value(said->last, &last);
	(void)write_value(said->prefix, &prefix->ip);
	(void)sprintf(said->prefix + strlen(said->prefix), "/%u", prefix->length);
	if (ip_is_set(&tally->before.ip))
		said->overlaps[0] = overlaps ? '1' : '0';
	tally->overlaps += overlaps;
	tally->before = *prefix;
}

static bool agrees(const struct said *said, char *fields[static FIELDS])
{
	return strcmp(said->value, fields[1]) == 0 && strcmp(said->canonical, fields[2]) == 0 &&
	       strcmp(said->flags, fields[3]) == 0 && strcmp(said->prefix, fields[4]) == 0 &&
	       strcmp(said->first, fields[5]) == 0 && strcmp(said->last, fields[6]) == 0 &&
	       strcmp(said->overlaps, fields[7]) == 0 && strcmp(said->sum, fields[9]) == 0;
}

static void compare(char *fields[static FIELDS], struct tally *tally)
{
	struct said said = {"-", "-", "-", "-", "-", "-", "-", "-"};
	struct prefix prefix;
	struct ip ip;

	unhex(fields[0]);
	tally->texts++;
	if (ip_parse(fields[0], &ip)) {
		tally->addresses++;
		say_address(&said, &ip, strtoull(fields[8], NULL, 10));
	}
	if (prefix_parse(fields[0], &prefix)) {
		tally->prefixes++;
		say_prefix(&said, &prefix, tally);
	}
	if (agrees(&said, fields))
		return;
	if (tally->wrong++ < SHOWN)
		printf("# \"%s\" here:   %s %s %s %s %s %s %s %s\n#   in Python: %s %s %s %s %s %s %s %s\n", fields[0],
		       said.value, said.canonical, said.flags, said.prefix, said.first, said.last, said.overlaps,
		       said.sum, fields[1], fields[2], fields[3], fields[4], fields[5], fields[6], fields[7],
		       fields[9]);
}

static void read_all(FILE *from, struct tally *tally)
{
	static char line[LINE_SIZE];

	while (fgets(line, sizeof line, from)) {
		char *fields[FIELDS], *rest = NULL;
		size_t count = 0;

		for (char *word = strtok_r(line, " \n", &rest); word && count < FIELDS;
		     word = strtok_r(NULL, " \n", &rest))
			fields[count++] = word;
		if (count == FIELDS)
			compare(fields, tally);
		else
			tally->wrong++;
	}
}

int main(void)
{
	const char *count = getenv("CAMBRIC_ADDRESSES"), *seed = getenv("CAMBRIC_SEED");
	char command[128];
	struct tally tally = {.texts = 0};

	(void)snprintf(command, sizeof command, "/usr/bin/python3 tests/addresses.py %d %d",
		       count ? atoi(count) : 40000, seed ? atoi(seed) : 1);
	FILE *python = popen(command, "re");
	if (python)
		read_all(python, &tally);
	ok(python && pclose(python) == 0, command);
	is_int(tally.wrong, 0, "every text has the same value here and in Python");
	printf("# %d texts, %d addresses, %d prefixes, %d overlap with the one before\n", tally.texts, tally.addresses,
	       tally.prefixes, tally.overlaps);
	ok(tally.texts > 1000 && tally.addresses > tally.texts / 10 && tally.prefixes > tally.texts / 10 &&
		   tally.addresses + tally.prefixes < tally.texts * 9 / 10 && tally.overlaps > tally.texts / 1000,
	   "some are addresses, some prefixes, some neither");
	return done();
}
