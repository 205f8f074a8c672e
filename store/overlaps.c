/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subnets and public addresses of different networks share no address: found by the names of what is in use. */
#include "store/inside.h"

#include <stdio.h>
#include <string.h>

static const char SUBNET[] = "subnet-", ANNOUNCED[] = "announce-", POOL[] = "pool-";

/** struct thing - what a name says: addresses; @segment of a subnet: "" when it is routed */
struct thing {
	bool public;
	struct ip first, last;
	struct prefix subnet;
	char text[USE_NAME_SIZE];
	const char *segment;
};

/** split() - cut the text at its first "-". Return: what is behind it, "" when there is none */
static char *split(char *text)
{
	char *dash = strchr(text, '-');

	if (!dash)
		return text + strlen(text);
	*dash = '\0';
	return dash + 1;
}

/** parse_subnet() - "10.77.0.0_16-cb-net" */
static bool parse_subnet(struct thing *thing)
{
	thing->segment = split(thing->text);
	char *slash = strchr(thing->text, '_');
	if (slash)
		*slash = '/';
	if (!prefix_parse(thing->text, &thing->subnet))
		return false;
	thing->first = prefix_network(&thing->subnet).ip;
	thing->last = prefix_last(&thing->subnet);
	return true;
}

/** parse_public() - "198.51.100.20" or "198.51.100.20-198.51.100.27-HASH" */
static bool parse_public(struct thing *thing, bool range)
{
	char *last = range ? split(thing->text) : thing->text;

	(void)split(last);
	thing->public = true;
	return ip_parse(thing->text, &thing->first) && ip_parse(last, &thing->last);
}

/** parse() - false for names of other things */
static bool parse(const char *name, struct thing *thing)
{
	const char *const kinds[] = {SUBNET, ANNOUNCED, POOL};

	*thing = (struct thing){.segment = ""};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const size_t length = strlen(kinds[i]);

		if (strncmp(name, kinds[i], length) != 0 || strlen(name) >= USE_NAME_SIZE)
			continue;
		(void)snprintf(thing->text, sizeof thing->text, "%s", name + length);
		return kinds[i] == SUBNET ? parse_subnet(thing) : parse_public(thing, kinds[i] == POOL);
	}
	return false;
}

/** struct comparison - of what @attachment asks for with all that is there */
struct comparison {
	const struct attachment *attachment;
	const struct thing *wanted;
};

static bool shares(const struct thing *a, const struct thing *b)
{
	return a->first.family == b->first.family && ip_compare(&a->first, &b->last) <= 0 &&
	       ip_compare(&b->first, &a->last) <= 0;
}

/** conflicts() - publics among each other have a registry of their own, see publics.c */
static bool conflicts(const struct thing *wanted, const struct thing *other)
{
	const bool same = prefix_equal(&wanted->subnet, &other->subnet) && strcmp(wanted->segment, other->segment) == 0;

	return shares(wanted, other) && !(wanted->public && other->public) &&
	       (wanted->public || other->public || !same);
}

static int refuse(const struct thing *wanted, const struct thing *other, const char *user, struct error *err)
{
	const struct ip *shared = ip_compare(&wanted->first, &other->first) > 0 ? &wanted->first : &other->first;
	const int length = (int)strcspn(user, "@");
	char ours[PREFIX_TEXT_SIZE], theirs[PREFIX_TEXT_SIZE], ip[IP_TEXT_SIZE];

	(void)prefix_format(&wanted->subnet, ours);
	(void)prefix_format(&other->subnet, theirs);
	(void)ip_format(shared, ip);
	if (wanted->public)
		return error_set(err, ERROR_ADDRESS_TAKEN, 0,
				 "public address %s lies in the subnet %s of network \"%.*s\"", ip, theirs, length,
				 user);
	if (other->public)
		return error_set(err, ERROR_ADDRESS_TAKEN, 0, "subnet %s holds public address %s of network \"%.*s\"",
				 ours, ip, length, user);
	return error_set(err, ERROR_CONFIG, 0, "subnet %s overlaps with %s of network \"%.*s\"", ours, theirs, length,
			 user);
}

/** compare() - with one name that is there; what nobody living uses is nothing */
static int compare(struct store *store, const char *name, const void *argument, struct error *err)
{
	const struct comparison *with = argument;
	char user[FILE_NAME_SIZE], own[FILE_NAME_SIZE];
	struct thing other;

	if (!parse(name, &other) || !conflicts(with->wanted, &other))
		return 0;
	if (use_other_user(store, name, use_link_name(&with->attachment->id, own), user, err) < 0)
		return -1;
	return user[0] == '\0' ? 0 : refuse(with->wanted, &other, user, err);
}

int subnet_check_others(struct store *store, const struct attachment *attachment, const struct prefix *subnet,
			struct error *err)
{
	const struct thing wanted = {
		.first = prefix_network(subnet).ip,
		.last = prefix_last(subnet),
		.subnet = *subnet,
		.segment = attachment->mode == MODE_BRIDGE ? attachment->bridge.segment : "",
	};
	const struct comparison with = {.attachment = attachment, .wanted = &wanted};

	return room_walk(store, "use", compare, &with, err);
}

int publics_check_subnets(struct store *store, const struct attachment *attachment, const struct ip *first,
			  const struct ip *last, struct error *err)
{
	const struct thing wanted = {.public = true, .first = *first, .last = *last, .segment = ""};
	const struct comparison with = {.attachment = attachment, .wanted = &wanted};

	return room_walk(store, "use", compare, &with, err);
}
