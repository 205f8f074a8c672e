/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dns" objects into struct dns. */
#include "conf/dns.h"

/** read_list() - texts of at most @size - 1 bytes; an empty or absent list changes nothing */
static int read_list(const struct field *object, const char *key, char *list, size_t size, uint8_t *count, size_t limit,
		     struct error *err)
{
	struct field texts;

	if (field_array(object, key, &texts, err) < 0 || field_limit(&texts, limit, err) < 0)
		return -1;
	for (size_t i = 0; i < field_count(&texts); i++) {
		struct field text = field_item(&texts, i);

		if (field_as_copy(&text, list + i * size, size, err) < 0)
			return -1;
	}
	if (field_count(&texts) > 0)
		*count = (uint8_t)field_count(&texts);
	return 0;
}

static int read_lists(struct dns *dns, const struct field *object, const char *servers, const char *search,
		      struct error *err)
{
	/* an empty list is an answer, too */
	dns->given = dns->given || field_get(object, servers).json || field_get(object, search).json ||
		     field_get(object, "options").json;
	if (read_list(object, servers, dns->nameservers[0], sizeof dns->nameservers[0], &dns->nameserver_count,
		      MAX_NAMESERVERS, err) < 0 ||
	    read_list(object, search, dns->search[0], sizeof dns->search[0], &dns->search_count, MAX_DNS_WORDS, err) <
		    0)
		return -1;
	return read_list(object, "options", dns->options[0], sizeof dns->options[0], &dns->option_count, MAX_DNS_WORDS,
			 err);
}

int dns_read(struct dns *dns, const struct field *object, struct error *err)
{
	if (field_copy(object, "domain", dns->domain, sizeof dns->domain, err) < 0)
		return -1;
	return read_lists(dns, object, "nameservers", "search", err);
}

int dns_read_runtime(struct dns *dns, const struct field *object, struct error *err)
{
	return read_lists(dns, object, "servers", "searches", err);
}

bool dns_is_empty(const struct dns *dns)
{
	return !dns->given && !dns->domain[0] && dns->nameserver_count == 0 && dns->search_count == 0 &&
	       dns->option_count == 0;
}
