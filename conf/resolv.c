/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resolv.conf into the "dns" of a result. */
#include "conf/resolv.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const char SPACE[] = " \t\r\v\f";

static int copy_word(char *into, size_t size, const char *word, const char *path, struct error *err)
{
	if (strlen(word) >= size)
		return error_set(err, ERROR_CONFIG, 0, "resolvConf %s: \"%.64s\" is longer than %zu bytes", path, word,
				 size - 1);
	memcpy(into, word, strlen(word) + 1);
	return 0;
}

/** struct words - a list in struct dns: @size bytes a word; @all: a line has any number of them, else one */
struct words {
	char *list;
	size_t size, limit;
	uint8_t *count;
	bool all;
};

/** add_words() - append what is left of the line to a list */
static int add_words(const struct words *words, char **rest, const char *path, struct error *err)
{
	char *word;

	while ((word = strtok_r(NULL, SPACE, rest))) {
		if (*words->count == words->limit)
			return error_set(err, ERROR_CONFIG, 0,
					 "resolvConf %s: \"%.64s\" is one word too many, %zu are served", path, word,
					 words->limit);
		if (copy_word(words->list + *words->count * words->size, words->size, word, path, err) < 0)
			return -1;
		(*words->count)++;
		if (!words->all)
			return 0;
	}
	return 0;
}

static int parse_line(struct dns *dns, char *line, const char *path, struct error *err)
{
	const struct words nameservers = {dns->nameservers[0], sizeof dns->nameservers[0], MAX_NAMESERVERS,
					  &dns->nameserver_count, false};
	const struct words search = {dns->search[0], sizeof dns->search[0], MAX_DNS_WORDS, &dns->search_count, true};
	const struct words options = {dns->options[0], sizeof dns->options[0], MAX_DNS_WORDS, &dns->option_count, true};
	char *rest = NULL, *key = strtok_r(line, SPACE, &rest), *word;

	if (!key || key[0] == '#' || key[0] == ';')
		return 0;
	if (strcmp(key, "nameserver") == 0)
		return add_words(&nameservers, &rest, path, err);
	if (strcmp(key, "search") == 0)
		return add_words(&search, &rest, path, err);
	if (strcmp(key, "options") == 0)
		return add_words(&options, &rest, path, err);
	if (strcmp(key, "domain") != 0 || !(word = strtok_r(NULL, SPACE, &rest)))
		return 0;
	return copy_word(dns->domain, sizeof dns->domain, word, path, err);
}

int resolv_parse(struct dns *dns, char *text, const char *path, struct error *err)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (parse_line(dns, line, path, err) < 0)
			return -1;
	return 0;
}

/** read_all() - up to the end of the file or of the room. Return: bytes, -1 on failure */
static ssize_t read_all(int fd, char *text, size_t room)
{
	size_t used = 0;

	while (used < room) {
		ssize_t got = read(fd, text + used, room - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

int resolv_read(struct dns *dns, const char *path, struct error *err)
{
	/* O_NONBLOCK: opening a FIFO without a writer would wait for one */
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	AUTO_FREE char *text = NULL;
	struct stat status;
	ssize_t length;

	if (fd < 0 || fstat(fd, &status) < 0)
		return error_set(err, ERROR_IO, errno, "ipam.resolvConf: open %.256s", path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_IO, 0, "ipam.resolvConf: %.256s is no regular file", path);
	text = malloc(MAX_RESOLV_CONF + 2);
	if (!text)
		return error_set(err, ERROR_IO, ENOMEM, "ipam.resolvConf: read %.256s", path);
	length = read_all(fd, text, MAX_RESOLV_CONF + 1);
	if (length < 0)
		return error_set(err, ERROR_IO, errno, "ipam.resolvConf: read %.256s", path);
	if (length > MAX_RESOLV_CONF)
		return error_set(err, ERROR_IO, 0, "ipam.resolvConf: %.256s is larger than %d bytes", path,
				 MAX_RESOLV_CONF);
	text[length] = '\0';
	return resolv_parse(dns, text, path, err);
}
