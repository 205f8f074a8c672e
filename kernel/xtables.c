/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading tables of iptables-legacy. */
#include "kernel/xtables.h"

#include "base/cleanup.h"

#include <netinet/in.h> /* before the kernel's, which then leaves out what this one has */
#include <stdio.h>
#include <string.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

enum { READ_ROUNDS = 10 };

/** struct family - the words of one address family. Requests and answers have one layout in both */
struct family {
	int domain, level, info, entries;
	const char *names;
};

static const struct family FAMILIES[] = {
	{AF_INET, SOL_IP, IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES, "/proc/net/ip_tables_names"},
	{AF_INET6, SOL_IPV6, IP6T_SO_GET_INFO, IP6T_SO_GET_ENTRIES, "/proc/net/ip6_tables_names"},
};

_Static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo) &&
		       sizeof(struct ipt_get_entries) == sizeof(struct ip6t_get_entries),
	       "requests of both families are alike");

/** is_in_use() - asking for a table makes it, so first look whether it is there. A kernel without them has no such file */
static int is_in_use(const struct family *family, const char *table, bool *in_use, struct error *err)
{
	char line[XT_TABLE_MAXNAMELEN + 1];
	FILE *names = fopen(family->names, "re");

	*in_use = false;
	if (!names)
		return errno == ENOENT ? 0 : error_set(err, ERROR_KERNEL, errno, "open %s", family->names);
	while (!*in_use && fgets(line, sizeof line, names)) {
		line[strcspn(line, "\n")] = '\0';
		*in_use = strcmp(line, table) == 0;
	}
	(void)fclose(names);
	return 0;
}

/**
 * read_table() - its entries. Return: to be freed by the caller; NULL with errno, EAGAIN when it changed meanwhile
 */
static struct ipt_get_entries *read_table(int fd, const struct family *family, const char *table)
{
	struct ipt_getinfo info = {.size = 0};
	socklen_t length = sizeof info;

	(void)snprintf(info.name, sizeof info.name, "%s", table);
	if (getsockopt(fd, family->level, family->info, &info, &length) < 0)
		return NULL;
	AUTO_FREE struct ipt_get_entries *entries = malloc(sizeof *entries + info.size);
	if (!entries)
		return NULL;
	*entries = (struct ipt_get_entries){.size = info.size};
	(void)snprintf(entries->name, sizeof entries->name, "%s", table);
	length = (socklen_t)(sizeof *entries + info.size);
	if (getsockopt(fd, family->level, family->entries, entries, &length) < 0)
		return NULL;
	struct ipt_get_entries *whole = entries;
	entries = NULL;
	return whole;
}

static int find(const struct family *family, const char *table, const void *bytes, size_t length, bool *contains,
		struct error *err)
{
	AUTO_CLOSE int fd = socket(family->domain, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0)
		return error_set(err, ERROR_KERNEL, errno, "socket for tables of iptables-legacy");
	for (int round = 0; round < READ_ROUNDS; round++) {
		AUTO_FREE struct ipt_get_entries *entries = read_table(fd, family, table);
		if (!entries && errno == EAGAIN)
			continue;
		if (!entries)
			return error_set(err, ERROR_KERNEL, errno, "read table %s of iptables-legacy", table);
		*contains = memmem(entries->entrytable, entries->size, bytes, length) != NULL;
		return 0;
	}
	return error_set(err, ERROR_TRY_AGAIN, EAGAIN, "read table %s of iptables-legacy", table);
}

int xtables_contain(sa_family_t family, const char *table, const void *bytes, size_t length, bool *contains,
		    struct error *err)
{
	const struct family *words = &FAMILIES[family == AF_INET6];
	bool in_use;

	*contains = false;
	if (is_in_use(words, table, &in_use, err) < 0)
		return -1;
	return in_use ? find(words, table, bytes, length, contains, err) : 0;
}
