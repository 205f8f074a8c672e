/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part "chained" of a record. */
#include "store/record_chained.h"

#include "store/members.h"

#include <stdio.h>
#include <stdlib.h>

static const char POLICY[] = "ingressPolicy", OWN_END[] = "ownEnd", ISOLATES[] = "isolatesPort";
static const char LINKS[] = "links";

enum { HEX = 16, LINK_SIZE = 17, LINKS_SIZE = CHAIN_LINKS * LINK_SIZE };

/** format_links() - hexadecimal, with blanks in between */
static int format_links(const struct chained *chained, json_t *value)
{
	char text[LINKS_SIZE + 1] = "";
	size_t used = 0;

	for (size_t i = 0; i < CHAIN_LINKS && chained->links[i] != 0; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%016llx", i > 0 ? " " : "",
					 (unsigned long long)chained->links[i]);
	return used > 0 ? member_set(value, LINKS, json_string(text)) : 0;
}

static int parse_links(const json_t *value, struct chained *chained, struct error *err)
{
	const char *text = member_text(value, LINKS, LINKS_SIZE, err);
	char *end = NULL;

	for (size_t i = 0; text && i < CHAIN_LINKS && *text != '\0'; i++, text = *end == ' ' ? end + 1 : end) {
		chained->links[i] = strtoull(text, &end, HEX);
		if (end == text)
			break;
	}
	if (!text)
		return -1;
	return *text == '\0' ? 0 : member_refuse(err, LINKS, "are no list of numbers");
}

int record_chained_format(const struct attachment *attachment, json_t **value)
{
	const struct chained *chained = &attachment->chained;

	if (attachment->mode != MODE_CHAINED)
		return 0;
	*value = json_object();
	int status = member_set(*value, "interface", json_string(chained->ifname)) |
		     member_set(*value, "hairpin", json_boolean(chained->hairpin)) |
		     member_set(*value, "masqueradeAll", json_boolean(chained->masquerade_all));
	status |= format_links(chained, *value);
	if (chained->policy != POLICY_OPEN)
		status |= member_set(*value, POLICY, json_string(chained_policy_name(chained->policy))) |
			  member_set(*value, OWN_END, json_boolean(chained->own_end)) |
			  member_set(*value, ISOLATES, json_boolean(chained->isolates_port));
	if (status != 0)
		json_decref(*value);
	return status;
}

static int parse_policy(const json_t *value, struct chained *chained, struct error *err)
{
	const json_t *own_end = json_object_get(value, OWN_END), *isolates = json_object_get(value, ISOLATES);
	const char *policy = member_text(value, POLICY, 16, err);

	if (!policy)
		return -1;
	if (!chained_policy_find(policy, &chained->policy))
		return member_refuse(err, POLICY, "is none of ours");
	if (!json_is_boolean(own_end) || !json_is_boolean(isolates))
		return member_refuse(err, "chained", "has no ownEnd or no isolatesPort");
	chained->own_end = json_is_true(own_end);
	chained->isolates_port = json_is_true(isolates);
	return 0;
}

int record_chained_parse(const json_t *value, struct attachment *into, struct error *err)
{
	const json_t *hairpin = json_object_get(value, "hairpin"), *all = json_object_get(value, "masqueradeAll");
	const char *ifname = member_text(value, "interface", IFNAMSIZ - 1, err);

	if (!ifname)
		return -1;
	if (!json_is_boolean(hairpin) || !json_is_boolean(all))
		return member_refuse(err, "chained", "has no hairpin or no masqueradeAll");
	(void)snprintf(into->chained.ifname, sizeof into->chained.ifname, "%s", ifname);
	into->chained.hairpin = json_is_true(hairpin);
	into->chained.masquerade_all = json_is_true(all);
	if (json_object_get(value, LINKS) && parse_links(value, &into->chained, err) < 0)
		return -1;
	return json_object_get(value, POLICY) ? parse_policy(value, &into->chained, err) : 0;
}
