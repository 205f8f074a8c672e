/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/resolv: a resolv.conf that anybody may have written. */
#include "conf/resolv.h"

#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"

/** demand_words() - each ends within its room */
static void demand_words(const char *list, size_t size, size_t count)
{
	for (size_t i = 0; i < count; i++)
		demand(memchr(list + i * size, '\0', size) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = malloc(size + 1);
	struct error err = ERROR_INIT;
	struct dns dns = {.domain = ""};

	demand(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	demand_verdict(resolv_parse(&dns, text, "/etc/resolv.conf", &err), &err);
	demand(dns.nameserver_count <= MAX_NAMESERVERS && dns.search_count <= MAX_DNS_WORDS &&
	       dns.option_count <= MAX_DNS_WORDS);
	demand_words(dns.nameservers[0], sizeof dns.nameservers[0], dns.nameserver_count);
	demand_words(dns.search[0], sizeof dns.search[0], dns.search_count);
	demand_words(dns.options[0], sizeof dns.options[0], dns.option_count);
	demand_words(dns.domain, sizeof dns.domain, 1);
	return 0;
}
